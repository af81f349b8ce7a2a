# SPDX-License-Identifier: ISC
package History;

# What senders attempted and heard (lib/Load.pm), against what the database
# says in the end.  One judge for every fault:
#
#   lost        answered 2xx, and not in the event log
#   unexpected  in the log, and never sent, or answered 4xx, or under another
#               event id than the answer's
#   duplicates  attempts that are in the log twice, alerts beyond the creates
#   illegal     Ids whose log is not what one event after the other gives,
#               each at some moment between its being sent and its answer
#   misread     answered 200 with another outcome than the log's
#   wronged     good events that were answered 4xx
#
# An attempt without an answer, or with a 5xx, is ambiguous: it may be in the
# log or not, once.

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Test::More;

use Psql ();
use World ();

our @EXPORT_OK = qw(is_prompt read_history judge verdict report quantile);

my @FAULTS = qw(lost unexpected duplicates illegal misread wronged);

# State and type -> state and outcome, as the protocol has them.
my %LIFECYCLE = (
    'none create' => [ 'open', 'created' ],
    'none acknowledge' => [ 'none', 'ignored' ],
    'none resolve' => [ 'none', 'ignored' ],
    'open create' => [ 'open', 'duplicate' ],
    'open acknowledge' => [ 'acknowledged', 'acknowledged' ],
    'open resolve' => [ 'resolved', 'resolved' ],
    'acknowledged create' => [ 'acknowledged', 'duplicate' ],
    'acknowledged acknowledge' => [ 'acknowledged', 'ignored' ],
    'acknowledged resolve' => [ 'resolved', 'resolved' ],
    'resolved create' => [ 'open', 'created' ],
    'resolved acknowledge' => [ 'resolved', 'ignored' ],
    'resolved resolve' => [ 'resolved', 'ignored' ],
);

# All attempts in the files history.*.jsonl of a directory.
sub read_history
{
    my ($dir) = @_;
    my $json = JSON::PP->new;
    my @attempts;

    for my $path (sort glob "$dir/history.*.jsonl") {
        open my $file, '<', $path or die "could not read $path: $!\n";
        push @attempts, map { $json->decode($_) } <$file>;
    }
    return \@attempts;
}

# Rows of a query, each a list of texts; without null.
sub rows
{
    return [ Psql::query(@_) ];
}

# Stop the senders of a world, wait for its spool to be empty, and judge.
# Options: drain (seconds).
sub verdict
{
    my ($world, %o) = @_;

    $world->stop_loads;
    my $seconds = 0;
    if ($world->{front}) {
        $seconds = World::await($o{drain} // 30, sub { !$world->spooled });
        ok(defined $seconds, 'the spool is empty in time');
        is(scalar(grep { !/\.why$/ } $world->spooled('bad')),
            0, 'nothing went to bad/');
    }
    my $v = judge(read_history($world->{dir}), $world->{integration});
    $v->{drain_seconds} = $seconds // 0;
    return $v;
}

# Compare the attempts with what the database that the environment names
# has of an integration.  Returns counts.
sub judge
{
    my ($attempts, $integration) = @_;
    my %v = map { $_ => 0 } @FAULTS,
        qw(attempts acknowledged queued ambiguous unsent refused stored);
    my (%by_request, %log, %by_id);

    $v{details} = [];
    for my $row (@{ rows("select request_id, id, external_id, event_type,"
            . " outcome from tocsin.events"
            . " where integration_id = '$integration'") })
    {
        push @{ $log{ $row->[0] } }, $row;
        $v{stored}++;
    }
    for my $a (@$attempts) {
        $by_request{ $a->{request_id} } = $a;
        count(\%v, $a);
        compare(\%v, $a, $log{ $a->{request_id} } // []);
        push @{ $by_id{ $a->{external_id} } },
            [ $a, $log{ $a->{request_id} }[0] ]
            if $log{ $a->{request_id} };
    }
    for my $request (grep { !$by_request{$_} } keys %log) {
        blame(\%v, 'unexpected', "$request was never sent");
    }
    judge_ids(\%v, \%by_id, $integration);
    $v{latency} = [ sort { $a <=> $b }
            map { $_->{done} - $_->{invoke} } grep { $_->{sent} } @$attempts ];
    return \%v;
}

sub blame
{
    my ($v, $fault, $what) = @_;
    $v->{$fault}++;
    push @{ $v->{details} }, "$fault: $what" if @{ $v->{details} } < 20;
}

sub count
{
    my ($v, $a) = @_;
    my $status = $a->{status};

    $v->{attempts}++;
    $v->{acknowledged}++ if $status =~ /^2/;
    $v->{queued}++ if $status == 202;
    $v->{unsent}++ if !$a->{sent};
    $v->{refused}++ if $status =~ /^4/;
    $v->{ambiguous}++
        if $a->{type} ne 'invalid' && $a->{sent} && $status !~ /^[24]/;
}

# One attempt, and its rows in the log.
sub compare
{
    my ($v, $a, $rows) = @_;
    my $said = "$a->{request_id} ($a->{type} $a->{external_id},"
        . " $a->{status} " . ($a->{event_id} // '-') . ')';
    my $good = $a->{type} ne 'invalid';

    blame($v, 'wronged', $said) if $good && $a->{status} =~ /^4/;
    blame($v, 'duplicates', $said) if @$rows > 1;
    blame($v, 'lost', $said) if $a->{status} =~ /^2/ && !@$rows;
    return if !@$rows;
    my ($request, $id, undef, undef, $outcome) = @{ $rows->[0] };
    blame($v, 'unexpected', "$said is in the log as $id")
        if !$good || $a->{status} =~ /^4/
        || (defined $a->{event_id} && $a->{event_id} ne $id);
    blame($v, 'misread', "$said: $outcome, not $a->{outcome}")
        if $a->{status} == 200 && ($a->{outcome} // $outcome) ne $outcome;
}

sub judge_ids
{
    my ($v, $by_id, $integration) = @_;
    my (%alerts, %final);

    for my $row (@{ rows("select external_id, count(*),"
            . " coalesce(max(status) filter (where status <> 'resolved'),"
            . " 'resolved') from tocsin.alerts"
            . " where integration_id = '$integration' group by 1") })
    {
        my ($id, $n, $status) = @$row;
        $final{$id} = $status;
        $alerts{$id} = $n;
    }
    for my $id (keys %$by_id) {
        my $pairs = $by_id->{$id};
        my $created = grep { $_->[1][4] eq 'created' } @$pairs;
        blame($v, 'duplicates', "$id: $alerts{$id} alerts of $created creates")
            if ($alerts{$id} // 0) > $created;
        blame($v, 'illegal', "$id: " . story($pairs, $final{$id} // 'none'))
            unless is_legal($pairs, $final{$id} // 'none');
    }
}

sub story
{
    my ($pairs, $final) = @_;
    return join(', ', map {
        sprintf '%.3f-%.3f %s %d %s', @{ $_->[0] }{qw(invoke done type status)},
            $_->[1][4]
    } @$pairs) . ", now $final";
}

# Whether the events of an Id can have been applied in some order that gives
# the outcomes in the log and the status in the end, and in which an event
# that was accepted before another was sent comes before it.
sub is_legal
{
    my ($pairs, $final) = @_;
    my $n = @$pairs;
    my (@before, %seen);

    return $pairs->[0][1][4] eq 'created' && $final eq 'open'
        if $n == 1 && $pairs->[0][0]{type} eq 'create';
    for my $i (0 .. $n - 1) {
        $before[$i] = 0;
        for my $j (0 .. $n - 1) {
            my ($this, $other) = ($pairs->[$i][0], $pairs->[$j][0]);
            $before[$i] |= 1 << $j
                if $other->{status} =~ /^2/
                && $other->{done} < $this->{invoke};
        }
    }
    my @todo = ([ 0, 'none' ]);
    while (my $step = pop @todo) {
        my ($done, $state) = @$step;
        next if $seen{"$done $state"}++;
        return 1 if $done == (1 << $n) - 1 && $state eq $final;
        for my $i (0 .. $n - 1) {
            next if $done & 1 << $i || ($before[$i] & $done) != $before[$i];
            my ($to, $outcome) =
                @{ $LIFECYCLE{"$state $pairs->[$i][0]{type}"} };
            $to = 'resolved' if is_overtaken($pairs, $i, $done);
            push @todo, [ $done | 1 << $i, $to ]
                if $outcome eq $pairs->[$i][1][4];
        }
    }
    return 0;
}

# Whether a create that may come out of a spool comes after a resolve that was
# sent later and found nothing: then it is resolved as well.
sub is_overtaken
{
    my ($pairs, $i, $done) = @_;
    my $this = $pairs->[$i][0];

    return 0 if $this->{type} ne 'create' || $this->{status} == 200;
    return scalar grep {
        my ($other, $stored) = @{ $pairs->[$_] };
        $done & 1 << $_
            && $other->{type} eq 'resolve'
            && $stored->[4] eq 'ignored'
            && $other->{invoke} > $this->{invoke};
    } 0 .. $#$pairs;
}

# The q-quantile of sorted numbers.
sub quantile
{
    my ($sorted, $q) = @_;
    return 0 unless @$sorted;
    my $i = int($q * @$sorted);
    return $sorted->[ $i < @$sorted ? $i : -1 ];
}

# Test that the longest answer came in the 3 s that are promised and what the
# way there takes.  The quick form runs beside other tests: it grants the 4 s
# that an impatient sender waits.
sub is_prompt
{
    my ($seconds) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $most = World::pick(3.2, 4);
    cmp_ok($seconds, '<=', $most, "every answer comes within $most seconds");
}

# Test that nothing is at fault, and that the run was worth something: each
# of %least is a count of the verdict, or one the caller adds (faults), and
# what it must come to.
sub report
{
    my ($v, %least) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %what = (
        lost => 'no event that was answered 2xx is lost',
        unexpected => 'nothing is stored that was not sent or was refused',
        duplicates => 'nothing is stored twice',
        illegal => 'the history of every Id is legal',
        misread => 'every 200 says what the log says',
        wronged => 'no good event is answered 4xx',
    );

    diag(sprintf '%d faults; %d attempts: %d acknowledged (%d queued),'
            . ' %d ambiguous, %d unsent, %d refused; %d stored;'
            . ' p50 %.0f ms, p99 %.0f ms, max %.0f ms',
        $v->{faults} // 0,
        @$v{qw(attempts acknowledged queued ambiguous unsent refused stored)},
        map { 1000 * quantile($v->{latency}, $_) } 0.5, 0.99, 1);
    is($v->{$_}, 0, $what{$_}) for @FAULTS;
    diag($_) for @{ $v->{details} };
    for my $count (sort keys %least) {
        cmp_ok($v->{$count}, '>=', $least{$count},
            "the run is not vacuous: at least $least{$count} $count");
    }
}

1;
