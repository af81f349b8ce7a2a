#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin spool and check look at the spool, drain it, and put back in line
# what could not be stored.
use strict;
use warnings;

use FindBin;
use IO::Socket::UNIX;
use POSIX ();
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'own', qw(await);
use Run;

my $spool = "$DIR/spool";
my @with = ('-o', "spool=$spool", '-o', 'spool_volatile=yes');
my $cgi = "$FindBin::Bin/../../build/tocsin.fcgi";
my $int = json_of(tocsin('integration', 'add', 'spooled', '--json'))
    ->{integration_id};

# A request by CGI, to a database that is not there unless the environment
# names one.
sub post
{
    my ($body, %env) = @_;
    my $run = finish(start({
        program => $cgi,
        in => $body,
        env => {
            TOCSIN_DATABASE => 'host=/nonexistent',
            TOCSIN_SPOOL => $spool,
            TOCSIN_SPOOL_VOLATILE => 'yes',
            %env,
            REQUEST_METHOD => 'POST',
            SCRIPT_NAME => "/integration/$int",
            CONTENT_TYPE => 'application/json',
            CONTENT_LENGTH => length $body,
        },
    }));
    return $run->{out} =~ /^Status: (\d+)/ ? $1 : "none: $run->{err}";
}

sub waiting
{
    return json_of(tocsin(@with, qw(spool status --json)));
}

refuses(tocsin('spool', 'status'), 7, qr/set spool to a directory/,
    'without a spool there is nothing to look at');
says(tocsin('check'), qr/^ok +spool +none/m, 'check says that there is none');
is(post('{"event_type":"create","Id":"1","Title":"t"}'), 503,
    'without a copy of the integrations nothing is spooled');

says(tocsin(@with, qw(spool drain)), qr/^0 stored, 0 to bad/,
    'drain finds nothing to do, and makes the copy');
ok(waiting()->{admits}, 'now events can be admitted');
is(post('{}'), 422, 'what breaks a rule is refused at once');
says(tocsin(@with, 'check'), qr{^ok +spool +\Q$spool\E, 0 events waiting$}m,
    'check finds the spool well');

is(post('{"event_type":"create","Id":"1","Title":"t"}'), 202,
    'with the copy an event is spooled');
is(post('{"event_type":"resolve","Id":"1"}'), 202, 'and one after it');
my $state = waiting();
is($state->{waiting}, 2, 'status counts both');
is($state->{directory}, $spool, 'status says where');
says(tocsin(@with, qw(spool status)), qr/^waiting +2$/m,
    'status says it to people too');
is(tocsin(@with, '-d', 'host=/nonexistent', qw(spool drain))->{status}, 4,
    'drain without a database fails as such');
is(waiting()->{waiting}, 2, 'and the events go on waiting');
says(tocsin(@with, qw(spool drain)), qr/^2 stored, 0 to bad/,
    'drain stores them');
is(sql("select string_agg(outcome, ' ' order by id) from tocsin.events"
            . " where source = 'spool'"),
    'created resolved', 'in their order');

# A file that somebody damaged.
is(post('{"event_type":"create","Id":"2","Title":"t"}'), 202,
    'another is spooled');
my ($file) = glob "$spool/new/*";
my ($name) = $file =~ m{([^/]+)$};
open my $f, '+<', $file or die "$file: $!\n";
seek $f, -8, 2;
print {$f} 'X';
close $f;
is(tocsin(@with, qw(spool drain))->{status}, 7,
    'drain says that not all was stored');
open $f, '<', "$spool/bad/$name.why" or die "$name.why: $!\n";
like(<$f>, qr/checksum/, 'the reason stands beside the file');
close $f;
my $run = tocsin(@with, qw(spool status --json));
is($run->{status}, 7, 'status tells it by its exit status');
is(json_of({ %$run, status => 0 })->{bad}, 1, 'and counts it');
$run = tocsin(@with, 'check');
is($run->{status}, 7, 'check fails for it');
like($run->{out}, qr/^FAILED +spool +1 events could not be stored/m,
    'and says so');

open $f, '+<', "$spool/bad/$name" or die "$name: $!\n";
seek $f, -8, 2;
print {$f} substr '{"event_type":"create","Id":"2","Title":"t"}' . "\nEND\n",
    -8, 1;
close $f;
says(tocsin(@with, qw(spool retry-bad)), qr/^1 put back into the spool/,
    'mended, it is put back into the spool');
is_deeply([ glob "$spool/bad/*" ], [], 'bad/ is empty again');
says(tocsin(@with, qw(spool drain)), qr/^1 stored/, 'and is stored');

# A file that cannot be read: it alone waits, and everybody hears of it.
is(post("{\"event_type\":\"create\",\"Id\":\"s$_\",\"Title\":\"t\"}"), 202,
    "s$_ is spooled")
    for 1 .. 3;
my ($stuck) = map { m{([^/]+)$} } sort glob "$spool/new/*";
rename "$spool/new/$stuck", "$DIR/elsewhere" or die "$stuck: $!\n";
symlink "$DIR/elsewhere", "$spool/new/$stuck" or die "$stuck: $!\n";
$run = tocsin(@with, qw(spool drain));
like($run->{out}, qr/^2 stored, 0 to bad/, 'a link holds up nothing else');
is($run->{status}, 7, 'drain says by its exit status that one is left');
like($run->{err}, qr/cannot be stored now/, 'and in words');
$run = tocsin(@with, qw(spool status --json));
is($run->{status}, 7, 'so does status');
$state = json_of({ %$run, status => 0 });
is("$state->{held} $state->{held_file}", "1 $stuck", 'and names the file');
like($state->{held_reason}, qr/cannot be read: .*symbolic link/,
    'and the reason');
cmp_ok($state->{held_seconds}, '<', 60, 'and since when');
like(tocsin(@with, 'check')->{out},
    qr/^FAILED +spool +1 events are set aside, .*symbolic link/m,
    'check fails for it');
rename "$DIR/elsewhere", "$spool/new/$stuck" or die "$stuck: $!\n";
says(tocsin(@with, qw(spool drain)), qr/^1 stored/, 'mended, it is stored');
is(waiting()->{held}, 0, 'and nothing is set aside');

# A web server that sets another spool than the tool reads.
my $conf = write_file('web.conf', '');
for my $set ("$DIR/elsewhere", $spool, "$DIR/elsewhere", "$spool/") {
    # The copy must be due.
    unlink "$set/integrations";
    is( post('{"event_type":"resolve","Id":"none"}',
            TOCSIN_DATABASE => 'user=tocsin_web',
            TOCSIN_CONF => $conf,
            TOCSIN_SPOOL => $set),
        200,
        "a responder with the spool $set");
    my $found = tocsin(@with, 'check');
    my $none = tocsin('check');
    if ($set eq "$DIR/elsewhere") {
        is($found->{status}, 7, 'check fails in another one');
        like($found->{out},
            qr/^FAILED +spool .*with \Q$conf, uses $set\E, and .* \Q$spool\E:/m,
            'and says how both were started');
        like($none->{out}, qr/^FAILED +spool .* \Q$set\E, .* has none:/m,
            'also in none');
    } else {
        says($found, qr/^ok +spool/m, 'check is content in the same one');
    }
}

# A responder that stays, and has no spool.
my $socket = IO::Socket::UNIX->new(Local => "$DIR/socket", Listen => 1)
    or die "no socket: $!\n";
my $pid = fork // die "could not fork: $!\n";
if (!$pid) {
    @ENV{qw(TOCSIN_DATABASE TOCSIN_LOG)} = ('user=tocsin_web', "$DIR/log");
    open STDIN, '<&', $socket or POSIX::_exit(1);
    exec { $cgi } $cgi or POSIX::_exit(1);
}
ok(
    defined await(
        30,
        sub {
            tocsin(@with, 'check')->{out} =~
                /^FAILED +spool .* has no spool/m;
        }
    ),
    'check says so where the tool has one');
says(tocsin('check'), qr/^ok +spool +none/m,
    'and is content where it has none');
kill 'TERM', $pid;
waitpid $pid, 0;
is($?, 0, 'the responder ends');
unlink "$spool/integrations"; # so that it reports
is( post('{"event_type":"resolve","Id":"none"}',
        TOCSIN_DATABASE => 'user=tocsin_web'),
    200,
    'the next one has the spool');

# A second database that is told to use the same spool.
my $other = "other_$$";
sql("create database $other template template0 encoding 'UTF8'");
sql("alter database $other owner to tocsin_owner");
END {
    my $status = $?;
    sql("drop database if exists $other with (force)") if $other;
    $? = $status;
}
my @other = (@with, '-d', "dbname=$other");
is(tocsin(@other, 'init')->{status}, 0, 'there is another database');
is(post('{"event_type":"create","Id":"mine","Title":"t"}'), 202,
    'an event of the first is spooled');
refuses(tocsin(@other, qw(spool drain)), 7, qr/is another database's/,
    'it is not drained into the other one');
like(tocsin(@other, 'check')->{out},
    qr/^FAILED +spool .*is another database's/m, 'check says why');
is(waiting()->{waiting}, 1, 'it waits for the first one');
says(tocsin(@with, qw(spool drain)), qr/^1 stored, 0 to bad/,
    'which takes it');
says(tocsin(@with, 'check'), qr{^ok +spool }m, 'and finds its spool well');
unlink "$spool/integrations";
is(tocsin(@other, qw(spool drain))->{status}, 0,
    'an empty spool without a copy can change hands');
refuses(tocsin(@with, qw(spool drain)), 7, qr/is another database's/,
    'and is then not the first one\'s');
unlink "$spool/integrations";
says(tocsin(@with, qw(spool drain)), qr/^0 stored/, 'which can have it back');

# What is no file.
unlink "$spool/integrations";
POSIX::mkfifo("$spool/integrations", 0600) or die "no FIFO: $!\n";
ok(!waiting()->{admits}, 'a FIFO in the place of the copy admits nobody');
is(post('{"event_type":"create","Id":"1","Title":"t"}'), 503,
    'and holds nobody up');
says(tocsin(@with, qw(spool drain)), qr/^0 stored/, 'the next copy');
ok(waiting()->{admits}, 'takes its place');

# A spool that can not keep a promise.
is(tocsin('-o', "spool=/dev/shm/tocsin-$$", 'check')->{status}, 7,
    'check refuses a spool in memory');
rmdir "/dev/shm/tocsin-$$";
chmod 0777, $spool;
like(tocsin(@with, 'check')->{out}, qr/^FAILED +spool .*chmod go-w/m,
    'and one that others may write to');
is(tocsin(@with, qw(spool empty))->{status}, 2, 'an unknown verb is misuse');

done_testing();
