#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# More bodies that never come to their end than there are workers do not
# keep others out: mod_proxy_fcgi passes them on as they come.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use Psql qw(integration);
use Test::More;
use Time::HiRes qw(sleep time);
use World front => 'apache-proxy';

my ($host, $port) = ($ENV{BASE_URL} // '') =~ m{^http://([^:/]+):(\d+)/};
my $int = integration();

# Head and body of a request; what length its head promises.
sub begin
{
    my ($body, $length) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
        or die "$host:$port: $!\n";
    print {$s} "POST /integration/$int HTTP/1.1\r\nHost: $host\r\n"
        . "Content-Type: application/json\r\nConnection: close\r\n"
        . "Content-Length: $length\r\n\r\n$body";
    return $s;
}

sub post
{
    my ($id) = @_;
    my $body = qq({"event_type":"create","Id":"$id","Title":"t"});
    my $began = time;
    my $s = begin($body, length $body);
    my $line = <$s> // '';
    return ($line =~ /^HTTP\S+ (\d+)/ ? $1 : 0, time - $began);
}

my ($status) = post('before');
is($status, 200, 'a request is answered');
my @slow = map { begin('{"event_type":', 60_000) } 1 .. 80;
sleep 0.5;
($status, my $took) = post('meanwhile');
is($status, 200, 'so is one behind 80 that do not come to an end');
cmp_ok($took, '<', 4, sprintf('within what senders wait (%.1f s)', $took));
close $_ for @slow;
($status) = post('after');
is($status, 200, 'and one when they are gone');

done_testing();
