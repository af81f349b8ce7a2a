#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin-relay beside a database that has only the functions which it calls:
# what it sends, and what it reports.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/lib";
use Test::More;
use World postgres => 'empty', qw(await);
use Files qw(peek save slurp);
use Psql qw(sql value);
use Relayed qw(prepare told $RELAY);
use Run qw(tocsin start finish write_file $DIR);
use Sink ();

prepare();

my $sink = Sink->new(
    '/503' => "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\n"
        . "Content-Length: 0\r\n\r\n",
    '/hooks/sEcReTsEcReT' => "HTTP/1.1 404 No\r\nContent-Length: 24\r\n\r\n"
        . 'no hook for sEcReTsEcReT',
    '/slow' => [3, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
);
my $secrets = write_file('secrets', "key = bEaReRkEy\n", 0600);
my $log = "$DIR/relay.log";
mkdir "$DIR/commands" or die "could not make it: $!\n";
chmod 0755, "$DIR/commands";
chmod 0755, $DIR;
write_file('sendmail', <<"END", 0755);
#!/bin/sh
{ echo "\$*"; cat; } >$DIR/mail
[ ! -e $DIR/full ] || { echo 'disk full' >&2; exit 75; }
END
write_file('commands/page-duty', <<"END", 0755);
#!/bin/sh
{ env; cat; } >$DIR/page
END
my $conf = write_file('relay.conf', <<"END");
relay_allow = 127.0.0.0/8
relay_secrets = $secrets
relay_commands = $DIR/commands
mail_from = tocsin\@host.example
sendmail = $DIR/sendmail
log = $log
log_level = debug
END

# One for a path of the sink, or any other.
sub add
{
    my (%job) = @_;
    my $path = delete $job{path};
    $job{address} = $sink->{base} . $path if defined $path;
    return Relayed::add(%job);
}

sub once
{
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Relayed::once($conf, @_);
}

once();
ok(value(q{select count(*) from said where what in ('hello', 'bye')}) == 2,
    'it says that it is there, and that it goes');

# Webhooks.
my $notice = add(path => '/machine', webhook_id => 'msg_1', hops => 2,
    secrets => ['00' x 24, '\\x' . '01' x 24],
    headers => { 'X-Key' => 'Bearer {{secret.key}}' },
    body => '{"key":"{{secret.key}}","title":"{{secret.key}}"}',
    secret_paths => ['/key']);
my $chat = add(path => '/hooks/sEcReTsEcReT');
my $busy = add(path => '/503');
my $private = add(address => 'https://10.1.2.3/hooks/sEcReTsEcReT');
my $unknown = add(path => '/x', kind => 'pigeon');
my @many = map { add(path => "/many/$_") } 1 .. 100;
once();
my ($request) = $sink->requests('/machine');
is($request->{method}, 'POST', 'a webhook is posted');
is($request->{body}, '{"key":"bEaReRkEy","title":"{{secret.key}}"}',
    'with the secret in its place and no other');
is($request->{headers}{'x-key'}, 'Bearer bEaReRkEy', 'and in a header');
is($request->{headers}{'webhook-id'}, 'msg_1', 'it has its id');
is($request->{headers}{'tocsin-hops'}, 2, 'its hops');
like($request->{headers}{'webhook-signature'}, qr/^v1,\S{44} v1,\S{44}$/,
    'and a signature for each secret');
my $said = told($notice);
is_deeply([@$said{qw(status error after excerpt)}], [200, undef, undef, 'ok'],
    'the answer is told');
$said = told($chat);
is($said->{status}, 404, 'so is a refusal');
is($said->{excerpt}, 'no hook for ***', 'without what the URL hides');
$said = told($busy);
is_deeply([@$said{qw(status after)}], [503, 9], 'and when to come again');
$said = told($private);
is($said->{status}, undef, 'where there was no answer, there is none');
like($said->{error}, qr/^10\.1\.2\.3 is private: it needs relay_allow/,
    'but an error');
is(told($unknown)->{error}, 'the job has an unknown kind',
    'a job of another version is refused');
is(scalar(grep { told($_)->{status} == 200 } @many), 100,
    'more than it can hold at once are taken');
is(scalar(map { $sink->requests("/many/$_") } 1 .. 100), 100,
    'and came once each');

# Mail and commands.
my %mail = (kind => 'mail', mail_to => 'a@example.org, b@example.org',
    mail_subject => "disk full\r\nBcc: x\@example.org", body => "full\n",
    mail_message_id => '1', mail_references => '2');
my $mail = add(%mail);
my $page = add(kind => 'command', address => 'page-duty',
    alert_id => '00000000-0000-0000-0000-000000000001');
my $shell = add(kind => 'command', address => '../sendmail');
once();
is(told($mail)->{status}, 0, 'sendmail takes a mail');
my ($arguments, $text) = split /\n/, slurp("$DIR/mail"), 2;
is($arguments, '-oi -f tocsin@host.example -- a@example.org b@example.org',
    'with the recipients as arguments');
like($text, qr/^Subject: disk full  Bcc: x\@example\.org$/m,
    'and no header out of a title');
like($text, qr/^Message-ID: <1\@host\.example>\nIn-Reply-To: <2\@host/m,
    'in the thread of its alert');
is(told($page)->{status}, 0, 'a command is executed');
like(slurp("$DIR/page"), qr/^TOCSIN_ALERT_ID=00000000-.*1$/m,
    'with the alert in its environment');
like(slurp("$DIR/page"), qr/^\{"a":1\}\z/m, 'and the body as its input');
like(told($shell)->{error}, qr/not a valid name of a command/,
    'nothing else is');
write_file('full', '');
$mail = add(%mail);
once();
$said = told($mail);
is_deeply([@$said{qw(status excerpt)}], [75, 'disk full '],
    'an exit status is told, and what was said');

write_file('sendmail', "#!/bin/sh\nsleep 600\n", 0755);
$mail = add(%mail, timeout_ms => 1000);
once();
$said = told($mail);
is_deeply([@$said{qw(status error)}], [undef, 'the program took too long'],
    'one that hangs is killed when its time is over');

# A monitor elsewhere.
for (
    [ 'https://10.1.2.3/sEcReTsEcReT',
        qr/fetch relay_ping_url: 10\.1\.2\.3 is private: it needs relay_/ ],
    [ "$sink->{base}/hooks/sEcReTsEcReT",
        qr/relay_ping_url answered 404: no hook for \*\*\*$/m ],
    [ "$sink->{base}/ping", undef ])
{
    my ($url, $logged) = @$_;
    truncate $log, 0;
    once('-o', "relay_ping_url = $url");
    if ($logged) {
        like(slurp($log), $logged, "why $url was not fetched");
    } else {
        unlike(slurp($log), qr/relay_ping_url/, "$url was");
    }
}
sql(q{insert into said (what) values ('overdue')});
once('-o', "relay_ping_url = $sink->{base}/ping");
is(scalar($sink->requests('/ping')), 1, 'once, and not while all is not well');

# As a daemon.
sql('truncate said');
my $daemon = start({ program => $RELAY }, '-c', $conf);
await(30, sub { value(q{select count(*) from said}) });
my $slow = add(path => '/slow');
sql(q{notify tocsin, '{}'});
ok(await(30, sub { $sink->requests('/slow') }), 'a notification wakes it');
sql('alter function tocsin_api.relay_done rename to relay_gone');
sql(q{select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'tocsin'});
await(30, sub { (peek($log) // '') =~ /refused a call/ })
    // diag(peek($log) // 'no log');
is(value(q{select count(*) from said where what = 'done'}), 0,
    'while the database cannot be told, nothing is');
sql('alter function tocsin_api.relay_gone rename to relay_done');
is(told($slow)->{status}, 200, 'then it is');
is(scalar($sink->requests('/slow')), 1, 'and was sent once');
$slow = add(path => '/slow?again');
$said = add(path => '/slow');
sql(q{notify tocsin, '{}'});
ok(await(30, sub { $sink->requests('/slow') == 2 }), 'one flies');
kill 'TERM', $daemon->{pid};
my $end = finish($daemon);
is($end->{status}, 0, 'after SIGTERM it ends well');
is(told($said)->{status}, 200, 'and tells of what flew');
is(value(q{select what from said order by n desc limit 1}), 'bye',
    'before it says that it goes');
unlike(slurp($log), qr/sEcReT|bEaReR|http:|https:\/\/\S+\//,
    'no line of the log has a URL or a secret');

# What cannot work.
my $run = tocsin({ program => $RELAY }, '-o', 'relay_allow = 10.1.2.3/8',
    '--once');
is($run->{status}, 1, 'a configuration that is broken is told');
like($run->{err}, qr/relay_allow: "10\.1\.2\.3\/8": has bits after/,
    'on stderr');
$run = tocsin({ program => $RELAY }, '-o', "database = host=$DIR/none",
    '--once');
is_deeply([@$run{qw(status out err)}], [0, '', ''],
    'a database that is away is not, since cron would mail it');
$run = tocsin({ program => $RELAY }, '--budget', '5');
is($run->{status}, 2, 'a budget without --once is a wrong usage');
$run = tocsin({ program => $RELAY }, '--started');
is($run->{status}, 2, 'as is --started');

if ($> != 0) {
    SKIP: { skip 'only root makes a network', 1; }
    done_testing();
    exit;
}

# In a network where every address answers, only those that are public, or
# that relay_allow names, are ever connected to.
my $net = "$DIR/net";
mkdir $net or die "could not make it: $!\n";
save("$net/hosts", "127.0.0.1 localhost\n10.1.2.3 inside.example\n"
    . "203.0.113.5 outside.example\n::ffff:10.1.2.3 mapped.example\n"
    . "169.254.169.254 metadata.example\nfd00::1 site.example\n");

# What the name server says, from the next question on.
sub resolve
{
    save("$net/names.new", map { "$_\n" } @_);
    rename "$net/names.new", "$net/names";
    return if !-e "$net/dns.pid";
    my $before = () = slurp("$net/dns.log") =~ /^.*read \S+names/mg;
    kill 'HUP', slurp("$net/dns.pid");
    await(30, sub {
        (() = slurp("$net/dns.log") =~ /^.*read \S+names/mg) > $before;
    }) // die "the name server does not read its names\n";
}

# The relay in that network.
my @inside = ({
        program => "$Bin/lib/netns",
        env => { http_proxy => 'http://10.1.2.3:80',
            ALL_PROXY => 'http://10.1.2.3:80' }
    },
    $net, $RELAY, '-c', $conf, '-o', 'relay_plain_http = yes',
    '-o', 'relay_allow = 192.168.7.0/24', '-o', "log = $log");

my %may = map { $_ => 1 } qw(203.0.113.5 outside.example 192.168.7.7
    [2001:db8::5] public.example moved.example);
my @hosts = (sort(keys %may), qw(10.1.2.3 inside.example mapped.example
    metadata.example site.example localhost 127.0.0.1 169.254.169.254
    167838211 0x0a010203 012.1.2.3 10.66051 0 [::1] [::] [::ffff:10.1.2.3]
    [64:ff9b::a01:203] [2002:a01:203::1] [2001:0:cb00:7105::f5fe:fdfc]
    [fd00::1] 192.168.8.1 172.16.0.1 100.64.0.1 224.0.0.1 255.255.255.255
    private.example));
resolve('203.0.113.6 public.example', '10.1.2.4 private.example',
    '192.168.7.8 moved.example');
my %message = map { $_ => add(address => "http://$_/") } @hosts;
$run = tocsin(@inside, '--once');
is_deeply([@$run{qw(status out err)}], [0, '', ''],
    'a relay runs in a network of its own');
is(told($message{$_})->{status}, $may{$_} ? 204 : undef,
    "$_ is " . ($may{$_} ? 'asked' : 'not asked')) for @hosts;
is(join(' ', sort split /\n/, slurp("$net/met")), join(' ', sort
        qw(2001:db8::5 ::ffff:203.0.113.5 ::ffff:203.0.113.5
        ::ffff:203.0.113.6 ::ffff:192.168.7.7 ::ffff:192.168.7.8)),
    'and nobody else was connected to');
my ($refused, $allowed) = slurp("$net/packets") =~ /(\d+)/g;
cmp_ok($allowed, '>', 0, 'packets are counted');
is($refused, 0, 'and none went where it may not');

# A name that leads elsewhere when it is asked for again: while the relay runs,
# it keeps the answer or the connection that it had.
unlink "$net/met";
resolve('203.0.113.6 rebinds.example');
my $inside = start(@inside);
my $first = add(address => 'http://rebinds.example/1');
is(told($first)->{status}, 204, 'a name leads to a public address');
resolve('10.1.2.3 rebinds.example');
my $again = add(address => 'http://rebinds.example/2');
my $status = told($again)->{status};
ok(!defined $status || $status == 204, 'then to a private one');
kill 'TERM', $inside->{pid};
is(finish($inside)->{status}, 0, 'a relay ends');
$again = add(address => 'http://rebinds.example/3');
tocsin(@inside, '--once');
like(told($again)->{error}, qr/^10\.1\.2\.3 is private/,
    'the next one refuses that');
like(slurp("$net/met"), qr/^(::ffff:203\.0\.113\.6\n)+\z/,
    'nobody inside was connected to');
is((slurp("$net/packets") =~ /(\d+)/)[0], 0, 'by no packet');
resolve('10.1.2.3 rebinds.example', '203.0.113.6 rebinds.example');
$again = add(address => 'http://rebinds.example/4');
tocsin(@inside, '--once');
is(told($again)->{status}, 204, 'of several addresses those allowed are tried');
is((slurp("$net/packets") =~ /(\d+)/)[0], 0, 'and no other');
done_testing();
