# SPDX-License-Identifier: ISC
package Sink;

# A web server that keeps what it is sent.
#
#   my $sink = Sink->new(%answers);     by path: the bytes to send, or a list
#                                       of seconds to wait and the bytes ('':
#                                       close without an answer), or code that
#                                       returns one of these for a request;
#                                       200 for any other path
#   $sink->{base}                       the beginning of its URLs
#   $sink->requests($path)              what came there, in this order: hashes
#                                       with method, path, headers (names in
#                                       lower case), body, and the status that
#                                       it was then answered, 0 for none
#
# It is gone when the object is.

use strict;
use warnings;

use File::Temp qw(tempfile);
use IO::Socket::INET ();
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(sleep);

use Files qw(slurp);

sub new
{
    my ($class, %answers) = @_;
    my $socket = IO::Socket::INET->new(Listen => 64,
        LocalAddr => '127.0.0.1') or die "could not listen: $!\n";
    my (undef, $path) = tempfile(UNLINK => 1);
    my $self = bless {
        base => 'http://127.0.0.1:' . $socket->sockport,
        path => $path,
        owner => $$
    }, $class;

    $self->{pid} = fork // die "fork: $!\n";
    return $self if $self->{pid};
    $SIG{CHLD} = 'IGNORE';
    while (my $peer = $socket->accept) {
        next if fork;
        srand;
        1 while answer($peer, $path, \%answers);
        POSIX::_exit(0);
    }
    POSIX::_exit(1);
}

# Serve one request of a connection; false: it is over.
sub answer
{
    my ($peer, $kept, $answers) = @_;
    my $request = '';
    my $wanted = 0;

    while (!$wanted || length $request < $wanted) {
        sysread $peer, $request, 65_536, length $request or return;
        my $head = index $request, "\r\n\r\n";
        next if $head == -1;
        my ($length) = substr($request, 0, $head) =~
            /^content-length: (\d+)/im;
        $wanted = $head + 4 + ($length // 0);
    }
    my ($head, $body) = split /\r\n\r\n/, $request, 2;
    my ($method, $path) = $head =~ /^(\S+) (\S+)/;
    my %headers = map { lc($_->[0]) => $_->[1] }
        map { [split /: ?/, $_, 2] } grep { /:/ } split /\r\n/, $head;
    my $answer = $answers->{$path}
        // "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    $answer = $answer->() if ref $answer eq 'CODE';
    (my $seconds, $answer) = ref $answer ? @$answer : (0, $answer);
    my ($status) = $answer =~ m{^HTTP/1\.1 (\d+)};
    my $line = JSON::PP->new->utf8->encode({ method => $method,
            path => $path, headers => \%headers, body => $body,
            status => $status // 0 }) . "\n";
    open my $out, '>>', $kept or die "$kept: $!\n";
    syswrite $out, $line;
    close $out or die "$kept: $!\n";
    sleep $seconds if $seconds;
    syswrite $peer, $answer;
    return $answer ne '';
}

sub requests
{
    my ($self, $path) = @_;
    my @all = map { JSON::PP->new->utf8->decode($_) }
        split /\n/, slurp($self->{path});
    return grep { $_->{path} eq $path } @all;
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
