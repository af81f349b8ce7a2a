#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Mails, from the relay through a real mail program, or to a server over SMTP,
# and what Python and Perl read in them there.  The long form has the mail
# programs that take the place of another one, each in a copy of the machine.
use strict;
use warnings;
use utf8;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/lib";
use File::Copy qw(copy);
use Test::More;
use World postgres => 'empty', qw(await need);
use Files qw(peek save slurp);
use Mails ();
use Psql qw(sql);
use Relayed qw(prepare add told once);
use Run qw(write_file $DIR);

binmode $_, ':utf8' for map { Test::More->builder->$_ }
    qw(output failure_output todo_output);

# Each with the packages it needs besides what a mail program always has, its
# files, by name, in which PORT is the server's, and what starts it.
my %PROGRAMS = (
    'postfix' => {
        files => {
            '/etc/postfix/main.cf' => <<'END',
compatibility_level = 3.6
relayhost = [127.0.0.1]:PORT
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = host.example
mydestination =
alias_maps =
smtp_host_lookup = native
END
        },
        start => 'postfix start',
    },
    'exim4-daemon-light' => {
        files => {
            '/etc/exim4/exim4.conf' => <<'END',
primary_hostname = host.example
begin routers
all:
  driver = manualroute
  transport = out
  route_list = * 127.0.0.1 byname
  self = send
begin transports
out:
  driver = smtp
  port = PORT
  allow_localhost
begin retry
* * F,1m,1s
END
        },
    },
    'opensmtpd' => {
        files => {
            '/etc/smtpd.conf' => <<'END',
listen on localhost port 10025
action "out" relay host smtp://127.0.0.1:PORT
match from any for any action "out"
END
        },
        start => 'smtpd',
    },
    'nullmailer' => {
        files => {
            '/etc/nullmailer/remotes' => "127.0.0.1 smtp --port=PORT\n",
            '/etc/nullmailer/me' => "host.example\n",
        },
        start => 'runuser -u mail -- nullmailer-send >/dev/null 2>&1 &',
        # Full at once: it keeps each mail there.
        queue => '/var/spool/nullmailer',
    },
);

my $secrets = write_file('secrets', "smtp_password = pAsSwOrD\n", 0600);
my $number = 0;

# A relay's configuration.
sub settings
{
    my (@lines) = @_;
    return write_file('relay.conf', join '', map { "$_\n" }
            'mail_from = tocsin@host.example', "relay_secrets = $secrets",
            "log = $DIR/relay.log", @lines);
}

# What a title and a body can do.
my $BODY = "Disk \N{U+1F525} full on »db-1«\n.\n..\n.dot\nFrom here on\n"
    . "a trailing space \n" . 'long ' x 400 . "\n" . "ümlaut\n\n";
my @TITLES = (
    "disk \N{U+1F525} full on db-1",
    "short\r\nBcc: evil\@example.org\r\nX-Evil: yes\r\n\r\nbody",
    '=?UTF-8?Q?not_encoded?=',
    "\N{U+20AC}" x 150,
);

# Send one mail for each title and read what came of them.
sub through
{
    my ($name, $conf, $server) = @_;
    my (@messages, @ids);

    for my $title (@TITLES) {
        push @ids, sprintf 'n%d-%d', $$, ++$number;
        push @messages, add(
            kind => 'mail',
            mail_to => 'duty@example.org',
            mail_subject => $title,
            mail_message_id => $ids[-1],
            mail_references => 'thread-1',
            body => $BODY);
    }
    once($conf);
    for my $i (0 .. $#TITLES) {
        my $said = told($messages[$i]);
        is($said->{status}, 0, "$name takes a mail")
            || diag($said->{error}, $said->{excerpt});
        my @mails;
        await(60, sub { @mails = $server->mails($ids[$i]) });
        is(scalar @mails, 1, "$name: it arrives once") or next;
        read_well($name, $mails[0], $TITLES[$i], $ids[$i]);
    }
    return;
}

# Both readers find what was sent, and nothing else.
sub read_well
{
    my ($name, $mail, $title, $id) = @_;
    my $wanted = {
        subject => $title =~ s/[\r\n]/ /gr =~ s/\s+\z//r,
        message_id => "<$id\@host.example>",
        references => '<thread-1@host.example>',
        in_reply_to => '<thread-1@host.example>',
        from => 'tocsin@host.example',
        to => 'duty@example.org',
        body => $BODY,
    };

    is($mail->{from}, 'tocsin@host.example', "$name: from the sender");
    is_deeply($mail->{recipients}, ['duty@example.org'],
        "$name: to the one recipient");
    for my $reader (qw(python perl)) {
        my %read = %{ $mail->{$reader} };
        my @strange = grep {
            !/^(?:received|return-path|from|to|subject|date|message-id)$/
                && !/^(?:in-reply-to|references|auto-submitted)$/
                && !/^(?:x-auto-response-suppress|mime-version)$/
                && !/^content-(?:type|transfer-encoding)$/
        } @{ delete $read{names} };
        my $defects = delete $read{defects} // [];
        is_deeply(\%read, $wanted, "$name: as $reader reads it");
        is("@strange@$defects", '', "$name: with no other header");
    }
    return;
}

# The program of a package, in a machine that is thrown away.
sub through_installed
{
    my ($package) = @_;
    my $program = $PROGRAMS{$package};
    my $server = Mails->new("$DIR/server", 'plain');

    save('/usr/sbin/policy-rc.d', "#!/bin/sh\nexit 101\n");
    chmod 0755, '/usr/sbin/policy-rc.d';
    local $ENV{DEBIAN_FRONTEND} = 'noninteractive';
    # Its index takes longer than all the rest.
    unlink '/var/lib/man-db/auto-update';
    my $said = qx(dpkg -i --force-confold $ENV{MAIL_DEBS}/*.deb 2>&1);
    is($?, 0, "$package installs") || diag($said);
    for my $path (keys %{ $program->{files} }) {
        unlink $path;
        save($path, $program->{files}{$path} =~ s/PORT/$server->{port}/gr);
    }
    $said = qx(($program->{start}) 2>&1) if $program->{start};
    diag($said) if $?;
    my $conf = settings();
    # A program of the system writes where it has to.
    through($package, $conf, $server);
    return if !$program->{queue};

    qx(mount -t tmpfs -o size=4k,mode=777 none $program->{queue});
    my $mail = add(kind => 'mail', mail_to => 'duty@example.org',
        mail_subject => 'full', body => $BODY);
    once($conf);
    my $status = told($mail)->{status};
    ok($status != 0 && $status !~ /^6[457]$/,
        "$package: a full disk is tried again: status $status");
    return;
}

if ($ENV{MACHINE}) {
    prepare();
    through_installed($ENV{MAIL_PROGRAM});
    done_testing();
    exit 0;
}

need(qw(msmtp openssl));
prepare();

# One that any user may install, and that sends at once.
my $server = Mails->new("$DIR/server", 'plain');
my $home = "$DIR/home";
mkdir $home or die "$home: $!\n";
save("$home/.msmtprc", "account default\nhost 127.0.0.1\n"
        . "port $server->{port}\nfrom nobody\@host.example\n");
chmod 0600, "$home/.msmtprc";
{
    local $ENV{HOME} = $home;
    through('msmtp', settings('sendmail = ' . World::has_program('msmtp')),
        $server);
}

# A server over SMTP.
sub certificate
{
    my ($name) = @_;
    my $path = "$DIR/$name";
    qx(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
        -keyout $path.key -out $path.pem -days 2 -subj /CN=$name \\
        -addext subjectAltName=IP:127.0.0.1 2>&1);
    is($?, 0, 'a certificate');
    return ("$path.pem", "$path.key");
}

my ($ca, $key) = certificate('mail');
my $starttls = Mails->new("$DIR/starttls", 'starttls', $ca, $key);
my $tls = Mails->new("$DIR/tls", 'tls', $ca, $key);
my @login = ("relay_ca = $ca", 'smtp_user = relay');
my $good = "smtp_url = smtp://127.0.0.1:$starttls->{port}";

through('SMTP', settings($good, @login), $starttls);
is_deeply([ map { $_->{login}[0] } $starttls->mails("n$$-$number") ],
    ['relay'], 'as the user that the configuration names');
through('SMTP over TLS',
    settings("smtp_url = smtps://127.0.0.1:$tls->{port}", $login[0]), $tls);

# What a server says, and what becomes of it.
for (
    [ 'unknown@example.org', 'x', 67, 'one that has no such user refuses' ],
    [ 'busy@example.org', 'x', 75, 'one that is busy is asked again' ],
    [ 'unknown@example.org busy@example.org', 'x', 75,
        'as it is if it may take one later' ],
    [ 'unknown@example.org duty@example.org', 'x', 0,
        'if it takes one, that is enough' ],
    [ 'duty@example.org', 'REFUSE', 75, 'what is in a mail may be mended' ])
{
    my ($to, $subject, $status, $name) = @$_;
    my $mail = add(kind => 'mail', mail_to => $to, mail_subject => $subject,
        body => "x\n", mail_message_id => "v$status");
    once(settings($good, @login));
    my $said = told($mail);
    is($said->{status}, $status, $name) || diag($said->{error});
    ok($status ? defined $said->{error} : !defined $said->{error},
        'an error is told');
}
my ($reached) = $starttls->mails('v0');
is_deeply($reached->{recipients}, ['duty@example.org'], 'it has it');

# Where nothing is sent.
my $wrong = write_file('wrong', "smtp_password = wRoNgWrOnG\n", 0600);
my ($other) = certificate('other');
for (
    [ [ $good, $login[1] ], qr/certificate/, 'a stranger' ],
    [ [ $good, "relay_ca = $other", $login[1] ], qr/certificate/, 'another' ],
    [ [ "smtp_url = smtp://127.0.0.1:$server->{port}", $login[0] ],
        qr/STARTTLS/, 'a server without TLS' ],
    [ [ $good, $login[0], $login[1] ], qr/[Ll]ogin/, 'a wrong password',
        $wrong ],
    [ [ 'smtp_url = smtp://169.254.169.254', $login[0] ],
        qr/169\.254\.169\.254 is link-local, multicast or/, 'no server' ],
    [ [ 'smtp_url = smtp://127.0.0.1:1', $login[0] ], qr/./, 'nobody' ])
{
    my ($lines, $error, $name, $file) = @$_;
    my $mail = add(kind => 'mail', mail_to => 'duty@example.org',
        mail_subject => 'x', body => "x\n", mail_message_id => 'none');
    my $conf = settings(@$lines);
    once($conf, $file ? ('-o', "relay_secrets = $file") : ());
    my $said = told($mail);
    like($said->{error}, $error, "$name: nothing is sent, and why");
    unlike(join('', map { $_ // '' } %$said), qr/wRoNg/, 'without secrets');
    ok(!defined $said->{status} || $said->{status} == 75,
        'it is tried again');
}
is(scalar(map { $_->mails('none') } $server, $starttls, $tls), 0,
    'nobody has any');
my $mail = add(kind => 'mail', mail_to => 'duty@example.org',
    mail_subject => 'x', body => "x\n");
once(settings($good, @login), '-o', 'relay_secrets =');
like(told($mail)->{error}, qr/relay_secrets is not set/,
    'a user needs a password');

# Those that take the place of the machine's own.
for my $package ($World::LONG ? sort keys %PROGRAMS : ()) {
    SKIP: {
        my $debs = "$DIR/$package";
        mkdir $debs;
        chmod 0755, $debs;
        mkdir "$debs/partial";
        my $said = qx(apt-get -y -o Dir::Cache::archives=$debs \\
            -o APT::Sandbox::User=root --no-install-recommends \\
            --download-only install $package 2>&1);
        skip "$package cannot be fetched: " . (split /\n/, $said)[-1], 1
            if $?;
        local @ENV{qw(MAIL_PROGRAM MAIL_DEBS)} = ($package, $debs);
        delete local @ENV{qw(WORLD WITH_POSTGRES)};
        $said = qx($World::ROOT/tests/lib/machine /usr/bin/perl \\
            $Bin/050_mail.t 2>&1);
        skip 'no overlay and namespaces here', 1 if $? >> 8 == 77;
        is($?, 0, "$package, in a copy of the machine") || diag($said);
    }
}
done_testing();
