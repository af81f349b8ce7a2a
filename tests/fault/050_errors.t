#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Every call by which one CGI request writes to the spool, or drains it, fails
# with each of the errors that a disk may give.  The answer is 202 only if the
# event is whole in new/, else it tells the sender to retry; a drain leaves or
# stores what waits, and moves nothing to bad/.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;

use Cgi;
use Files qw(peek preload save);
use Psql qw(integration query);
use Responder;
use World qw(need);

need('strace', 'cc');
my @ERRORS = qw(EIO ENOSPC EDQUOT EROFS EINTR);
my %FILE_CALL = map { ($_ => 1) }
    qw(openat mkdir mkdirat getdents64 read pread64 write pwrite64 fsync
    close renameat2 renameat unlinkat flock fstatfs statfs newfstatat
    utimensat);
my $OLD_S = 3600;

my $world = World->new;
my $integration = integration(token => 'secret');
my (%promised, %sent, %count);
my $number = 0;

sub attempt
{
    my ($type, %o) = @_;
    my $id = $o{id} // 'e' . ++$number;
    my $answer = Cgi::run(
        world => $world,
        integration => $integration,
        token => 'secret',
        event => { event_type => $type, Id => $id, Title => 'A title' },
        %o);
    $sent{$id}++;
    $promised{ $answer->{json}{event_id} } = $id
        if $answer->{status} =~ /^2/ && $answer->{json};
    $answer->{trace} = peek("$world->{dir}/trace") if $o{strace};
    return $answer;
}

# The calls on files of a run without a fault, from the first that matches.
sub calls
{
    my ($begin, %o) = @_;
    my (%n, @calls, %seen);

    my $answer = attempt('create', strace => [], %o);
    for (split /\n/, $answer->{trace}) {
        my ($thread, $name) = /^(\d+) +(\w+)\(/ or next;
        my $call = "$name:" . ++$n{"$thread $name"};
        # A thread that comes to its n-th later is never the one hit.
        next if $seen{$call}++ || !$FILE_CALL{$name};
        push @calls, $call if @calls || /$begin/;
    }
    return @calls;
}

# What is wrong with one answer in the presence of an error, or ''.
sub objection
{
    my ($answer) = @_;
    my $status = $answer->{status};

    return "killed by signal $answer->{killed}" if $answer->{killed};
    if ($status == 202) {
        my $id = $answer->{json}{event_id} // '';
        return '202 without a whole file' unless grep {
            (World::event_in("$world->{spool}/new/$_") // {})->{id} // '' eq $id
        } $world->spooled('new');
    } elsif ($status == 503) {
        return '503 without Retry-After'
            if $answer->{header} !~ /^Retry-After: \d/m;
    } elsif ($status != 200) {
        # The error may have been that of the answer itself.
        return "status $status"
            unless $answer->{trace} =~ /write\(1,.*INJECTED/;
    }
    my %broken;
    for (split /\n/, $answer->{trace}) {
        $broken{$1} = 1 if /fsync\((\d+)\).*= -1/;
        return 'fsync again after an error'
            if /fsync\((\d+)\) += 0/ && $broken{$1};
        delete $broken{$1} if /close\((\d+)\)/ || /openat.*= (\d+)$/;
    }
    return '';
}

# Each of the errors in each of the calls.
sub sweep
{
    my ($way, $calls, $before, %o) = @_;
    my @objections;

    for my $call (@$calls) {
        my ($name, $n) = split /:/, $call;
        for my $error (@ERRORS) {
            $before->() if $before;
            my $answer = attempt('create',
                strace => [ '-e', "inject=$name:error=$error:when=$n" ], %o);
            next unless $answer->{trace} =~ /INJECTED/;
            $count{$way}++;
            $count{"$way $answer->{status}"}++;
            my $objection = objection($answer);
            push @objections, "$error of $call: $objection" if $objection;
        }
    }
    is(join("\n", @objections), '',
        "no error on the way $way breaks a promise");
    is(join(' ', $world->torn), '', "the way $way left no torn file");
    is(join(' ', $world->spooled('bad')), '', "the way $way condemned nothing");
}

# At most n of them, evenly, in the quick form.
sub thin
{
    my ($n, @all) = @_;
    return @all if $World::LONG || @all <= $n;
    return map { $all[ $_ * @all / $n ] } 0 .. $n - 1;
}

# Calls that write a few bytes at a time, and are interrupted.
sub short_writes
{
    my $library = preload("$FindBin::Bin/lib/short.c", $world->{dir});
    my $answer = attempt('create',
        away => 1,
        env => { LD_PRELOAD => $library });
    is($answer->{status}, 202, 'writes of three bytes are gone on with');
    is(join(' ', $world->torn), '', 'and make a whole file');
    like(peek("$world->{dir}/cgi.$$.err"), qr/^short: \d\d+ calls$/m,
        'there were short writes');
}

# The first request makes the spool and the copy of the integrations.
is(attempt('create')->{status}, 200, 'the database is there');
sweep('into the spool', [ thin(12, calls(qr/mkdir.*spool/, away => 1)) ],
    undef, away => 1);
cmp_ok($count{'into the spool 202'}, '>', 5, 'some errors do not matter');
cmp_ok($count{'into the spool 503'}, '>', 5, 'many do');
short_writes();

ok(Responder::drain($world), 'all of it is drained');
attempt('create', away => 1);
my @calls = calls(qr/write\(1, "Status/);
sweep('of the drain', [ thin(5, @calls) ],
    sub { attempt('create', away => 1) });
cmp_ok($count{'of the drain 200'}, '>', 10, 'the answer came before it');

# Events of one Id must not pass each other.
ok(Responder::drain($world), 'all of it is drained again');
my $first = attempt('create', id => 'gate', away => 1);
is($first->{status}, 202, 'an event waits');
for my $error (@ERRORS) {
    my $second = attempt('acknowledge', id => 'gate',
        strace => [
            '-e', 'inject=flock:error=EAGAIN:when=1..12', # nor the counts
            '-e', "inject=getdents64:error=$error:when=1"
        ]);
    like($second->{trace}, qr/getdents64.*INJECTED/,
        "the spool cannot be read: $error");
    isnt($second->{status}, 200, 'then the next one of its Id does not pass');
}

# What was left in tmp/ goes away; one process a minute looks there.
unlink "$world->{spool}/clean";
save("$world->{spool}/tmp/leftover", 'half an event');
utime time - $OLD_S, time - $OLD_S,
    map { "$world->{spool}/tmp/$_" } $world->spooled('tmp');
attempt('create');
is(join(' ', $world->spooled('tmp')), '', 'tmp/ is cleaned of what is old');

ok(Responder::drain($world), 'what waits is drained');
my %stored = map { ($_->[0] => $_->[1]) }
    query('select id, external_id from tocsin.events');
is(join(' ', map { $promised{$_} } grep { !$stored{$_} } keys %promised), '',
    'nothing that was answered 2xx is lost');
is(join(' ', grep { !$sent{$_} } values %stored), '',
    'nothing is stored that was not sent');
is(query("select string_agg(event_type || ' ' || outcome, ', ' order by"
            . " received_at) from tocsin.events where external_id = 'gate'"
            . " and outcome <> 'ignored'"),
    'create created, acknowledge acknowledged',
    'what waited was applied in order');
is(join(' ', $world->spooled('bad')), '', 'nothing went to bad/');
note(join ', ', map { "$_: $count{$_}" } sort keys %count);

done_testing();
