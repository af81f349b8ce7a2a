#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Memory does not grow with the number of requests: the responder under
# valgrind, after 500 requests and after 2,500 more.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_STREAM);
use Test::More;
use Time::HiRes qw(sleep);

my $root = abs_path(dirname(__FILE__) . '/../..');
if (!$^C && !$ENV{WITH_POSTGRES}) {
    exec "$root/tests/lib/with-postgres", $^X, $0
        or die "could not run with-postgres: $!\n";
}

my $tmp = tempdir(CLEANUP => 1);
my $path = "$tmp/s";
my $integration = `psql -XAtqc "select integration_id
    from tocsin_api.integration_add('leaks', null, true, 'medium')"`;
chomp $integration;

sub start
{
    my $listen = IO::Socket::UNIX->new(
        Type => SOCK_STREAM, Local => $path, Listen => 128)
        or die "$path: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::dup2(fileno $listen, 0);
        open STDERR, '>', "$tmp/stderr";
        $ENV{TOCSIN_DATABASE} = 'user=tocsin_web';
        $ENV{TOCSIN_WORKERS} = 2;
        exec 'valgrind', '-q', "--log-file=$tmp/valgrind",
            '--leak-check=full', '--freelist-vol=100000',
            '--show-leak-kinds=definite,indirect',
            '--errors-for-leak-kinds=definite,indirect',
            '--error-exitcode=9', "$root/build/tocsin.fcgi"
            or POSIX::_exit(127);
    }
    return $pid;
}

# FastCGI records of version 1 for request 1 (its specification, 3.3).
sub record
{
    my ($type, $content) = @_;
    return pack('CCnnCx', 1, $type, 1, length $content, 0) . $content;
}

sub pair
{
    my ($name, $value) = @_;
    return pack('NN', map { 0x80000000 | length } $name, $value)
        . $name . $value;
}

sub post
{
    my ($body) = @_;
    my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path)
        or return 0;
    my %env = (
        REQUEST_METHOD => 'POST',
        SCRIPT_NAME => "/integration/$integration",
        CONTENT_TYPE => 'application/json',
        CONTENT_LENGTH => length $body,
    );
    print {$s} record(1, pack('nCx5', 1, 0)),
        record(4, join '', map { pair($_, $env{$_}) } keys %env),
        record(4, ''), record(5, $body), record(5, '');
    local $/;
    my $answer = <$s> // '';
    return $answer =~ /Status: (\d+)/ ? $1 : 0;
}

# A body of every kind, good and bad, and the status it gets.
my @kinds = (
    [ '{"event_type":"create","Id":"%d","Title":"a\\u00e9\\ud83d\\ude00",'
        . '"Tags":["x",1,null],"Meta":{"incident":"true","k":[1,2]},'
        . '"extra":{"a":1},"Description":"\\"quoted\\""}', 200 ],
    [ '{"event_type":"acknowledge","Id":"%d"}', 200 ],
    [ '{"event_type":"resolve","Id":"%d"}', 200 ],
    [ '{"event_type":"create","Id":"%d"}', 422 ],
    [ '{"event_type":"create","Id":"%d"', 400 ],
    [ '[{"event_type":"create","Id":"b%d","Title":"t"},7]', 200 ],
);

sub requests
{
    my ($n) = @_;
    my $wrong = 0;
    for my $i (1 .. $n) {
        my ($body, $status) = @{ $kinds[ $i % @kinds ] };
        $wrong++ if post(sprintf $body, $i / @kinds) != $status;
    }
    return $wrong;
}

sub resident_kib
{
    my ($pid) = @_;
    open my $f, '<', "/proc/$pid/status" or return 0;
    my ($kib) = map { /^VmRSS:\s+(\d+)/ ? $1 : () } <$f>;
    return $kib // 0;
}

my $pid = start();
END { kill 'KILL', $pid if $pid }
my $up = 0;
for (1 .. 300) {
    last if $up = post('{}') == 422;
    sleep 0.1;
}
ok($up, 'the responder answers under valgrind');
is(requests(500), 0, '500 requests are answered as they should be');
my $before = resident_kib($pid);
is(requests(2_500), 0, 'and 2,500 more');
my $grown = resident_kib($pid) - $before;
cmp_ok($grown, '<=', 256, "memory grew by no more than 256 KiB ($grown)");

kill 'TERM', $pid;
waitpid $pid, 0;
undef $pid;
is($?, 0, 'valgrind found no error and no leak');
ok(-z "$tmp/valgrind", 'and says nothing') or diag(`cat $tmp/valgrind`);

done_testing();
