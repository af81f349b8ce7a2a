# SPDX-License-Identifier: ISC
package Mails;

# A mail server that keeps what it is sent: tests/relay/lib/mail_server.py.
#
#   my $server = Mails->new($dir, $mode, $cert, $key)
#   $server->{port}
#   $server->mails($id)     the mails with that message id, each with from,
#                           recipients, login, tls, data (its bytes), and how
#                           others read it: python, perl
#
# It is gone when the object is.

use strict;
use warnings;

use Email::MIME ();
use FindBin qw($Bin);
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use POSIX ();

use Files qw(peek slurp);
use World qw(await);

sub new
{
    my ($class, $dir, @words) = @_;
    mkdir $dir or die "$dir: $!\n";
    my $self = bless { dir => $dir, owner => $$ }, $class;
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        open STDOUT, '>', "$dir/said";
        open STDERR, '>&', \*STDOUT;
        no warnings 'exec';
        exec '/usr/bin/python3', "$Bin/lib/mail_server.py", $dir, @words;
        POSIX::_exit(127);
    }
    await(60, sub { -e "$dir/port" })
        // die 'no mail server: ' . slurp("$dir/said");
    $self->{port} = slurp("$dir/port");
    return $self;
}

sub mails
{
    my ($self, $id) = @_;
    my @all = map { JSON::PP->new->utf8->decode($_) }
        split /\n/, peek("$self->{dir}/mails") // '';
    for my $mail (@all) {
        $mail->{data} = decode_base64($mail->{data});
        my $parsed = Email::MIME->new($mail->{data});
        $mail->{perl} = {
            subject => $parsed->header_str('Subject'),
            references => $parsed->header_str('References'),
            message_id => $parsed->header_str('Message-ID'),
            in_reply_to => $parsed->header_str('In-Reply-To'),
            from => $parsed->header_str('From'),
            to => $parsed->header_str('To'),
            names => [ map { lc } $parsed->header_names ],
            body => $parsed->body_str =~ s/\r\n/\n/gr,
        };
        $mail->{python}{body} =~ s/\r\n/\n/g;
    }
    return grep { ($_->{python}{message_id} // '') =~ /^<\Q$id\E@/ } @all;
}

sub DESTROY
{
    my ($self) = @_;
    local $? = 0;
    return if $$ != $self->{owner} || !$self->{pid};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
