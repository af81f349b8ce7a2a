# SPDX-License-Identifier: ISC
package Bench::Report;

# From the results of all rounds, by name of the run, to a table and to the
# lines "bench: NAME VALUE".

use strict;
use warnings;

# Name, how to compare, the bar, and the figure of one round: of a run, or
# of the runs of the same round; a less b is a difference; worst_p99 is the
# highest p99 of several runs.
my @BARS = (
    [ 'durable_over_ceiling', '>=', 0.55, rate => qw(creates64 ceiling64) ],
    [ 'durable_over_pgbench', '>=', 2.5, rate => qw(creates64 pgbench64) ],
    [ 'durable_over_php', '>=', 3.5, rate => qw(creates64 php64) ],
    [   'durable_over_alertmanager', '>=', 0.62,
        rate => qw(creates64 alertmanager64)
    ],
    [ 'mixed_over_creates', '>=', 0.90, rate => qw(mixed64 creates64) ],
    [ 'batch_events_per_webhook', '>=', 4, rate => qw(arrays64 creates64) ],
    [ 'dialect_over_native', '>=', 0.85, rate => qw(dialect64 native64) ],
    [   'dialect_batch_over_native', '>=', 0.80,
        rate => qw(dialects64 natives64)
    ],
    [ 'million_over_empty', '>=', 0.95, rate => qw(million64 empty64) ],
    [ 'few_ids_over_empty', '>=', 0.95, rate => qw(few64 empty64) ],
    [   'p50_lone_over_parts', '<=', 1.15,
        p50 => qw(creates1 ceiling1 pgbench1)
    ],
    [ 'lone_over_plain', '<=', 1.3, p50 => qw(pgbench1 pgplain1) ],
    [ 'rss_mib', '<=', 16, resident => qw(creates64) ],
    [ 'pg_us_per_event_64', '', undef, pg_us => qw(creates64) ],
    [ 'app_us_per_event_64', '', undef, app_us => qw(creates64) ],
    [ 'cgi_ms', '<=', 6, p50 => qw(cgi1) ],
    [ 'cgi_over_fcgi_p50', '<=', 2, p50 => 'cgi1 less hello1', 'creates1' ],
    [ 'cgi64_over_floor', '>=', 0.60, rate => qw(cgi64 hello64) ],
    [ 'fcgid64_over_proxy64', '>=', 0.60, rate => qw(fcgid64 proxy64) ],
    [ 'fcgid64', '<=', 3, p99 => qw(fcgid64 proxy64) ],
    [ 'door_start_ms', '<=', 1.3, p50 => qw(first1 firstplain1) ],
    [   'fair_lone_p99_ms', '<=', 100,
        worst_p99 => qw(lone_strangers lone_senders)
    ],
    [ 'watched_over_unwatched', '>=', 0.92,
        rate => qw(watched64 unwatched64)
    ],
    [ 'told_over_unwatched', '>=', 0.70, rate => qw(told64 unwatched64) ],
    [ 'frozen_over_unwatched', '>=', 0.90, rate => qw(frozen64 unwatched64) ],
    [ 'notify_over_silent', '', undef, rate => qw(creates64 silent64) ],
    [ 'spool_over_none', '', undef, rate => qw(creates64 spoolless64) ],
    [ 'other_over_tocsin', '', undef, rate => qw(other64 creates64) ],
);

# The same of a revision and the one before it.
my @COMPARISONS = (
    [ 'pg_us_over_before', '<=', 0.85, pg_us => 'creates64' ],
    [ 'app_us_over_before', '<=', 0.75, app_us => 'creates64' ],
    (   map { [ "${_}_over_before", '>=', 0.97, rate => $_ ] }
            qw(creates64 mixed64 arrays64 pgbench64 proxy64 fcgid64 cgi64)),
    [ 'unwatched64_over_before', '>=', 0.99, rate => 'unwatched64' ],
    (   map { [ "${_}_p50_over_before", '<=', 1.03, p50 => $_ ] }
            qw(creates1 pgbench1 cgi1)),
);

sub median
{
    my @sorted = sort { $a <=> $b } @_;
    my $middle = int(@sorted / 2);
    return undef unless @sorted;
    return $sorted[$middle] if @sorted % 2;
    return ($sorted[ $middle - 1 ] + $sorted[$middle]) / 2;
}

# The median over the rounds of what the bar compares in each.  undef when a
# run of it was left out.
sub figure
{
    my ($results, $what, @names) = @_;
    if ($what eq 'worst_p99') {
        my @p99 = map { figure($results, 'p99', $_) // return undef } @names;
        return (sort { $b <=> $a } @p99)[0];
    }
    my ($lead, $less) = split / less /, shift @names;
    my ($first, @rest) =
        map { $results->{$_} or return undef } $lead, @names;
    my @figures;

    return undef if $less && !$results->{$less};
    for my $round (0 .. $#$first) {
        my $parts = 0;
        $parts += $_->[$round] ? $_->[$round]{$what} : 0 for @rest;
        next if @rest && $parts == 0;
        my $value = $first->[$round]{$what};
        $value -= $results->{$less}[$round]{$what} if $less;
        push @figures, $value / (@rest ? $parts : 1);
    }
    return median(@figures);
}

# What the bar says of the revision before, where that took part.
sub figure_before
{
    my ($results, $what, @names) = @_;
    my $name = sub { $results->{"$_[0]-before"} ? "$_[0]-before" : $_[0] };
    my @before =
        map { join ' less ', map { $name->($_) } split / less / } @names;

    return "@before" eq "@names" ? undef : figure($results, $what, @before);
}

# The lines, and beside each whether the bar is met.
sub lines
{
    my ($results) = @_;
    my (@lines, @verdicts);

    for my $bar (@BARS, map { [ @$_, "$_->[-1]-before" ] } @COMPARISONS) {
        my ($name, $how, $limit, @figure) = @$bar;
        my $value = figure($results, @figure) // next;
        my $before = figure_before($results, @figure);
        push @lines, sprintf("bench: %s %.3f\n", $name, $value);
        push @lines, sprintf("bench: %s_before %.3f\n", $name, $before)
            if defined $before && "@figure" !~ /-before/;
        next unless $how;
        my $met = $how eq '>=' ? $value >= $limit : $value <= $limit;
        push @verdicts,
            sprintf("%-26s %8.3f  %s %-5s %s\n",
            $name, $value, $how, $limit, $met ? 'met' : 'NOT MET');
    }
    return (join('', @lines), join('', @verdicts));
}

# CPU is in seconds per 1000 events: of the web server, of what answers, of
# PostgreSQL, of these together, and apart from them of the load.
sub header
{
    my @top = ('', qw(events p50 p99 CPU-s CPU-s CPU-s CPU-s load mem),
        '/com');
    my @names = (qw(run /s ms ms web app pg all CPU MiB), 'mit');
    my $format = '%-16s%7s%8s%7s' . '%7s' x 4 . "%6s%6s%5s\n";

    return sprintf($format, @top) . sprintf($format, @names);
}

# One row: medians over the rounds.
sub row
{
    my ($name, @rounds) = @_;
    my %m;

    for my $key (keys %{ $rounds[0] }) {
        next if ref $rounds[0]{$key};
        $m{$key} = median(grep { defined } map { $_->{$key} } @rounds);
    }
    for my $who (qw(web app postgres)) {
        $m{$who} = median(
            map { 1000 * $_->{cpu}{$who} / ($_->{measured} || 1) } @rounds);
    }
    $m{all} = median(
        map {
            my $cpu = $_->{cpu};
            1000 * ($cpu->{web} + $cpu->{app} + $cpu->{postgres})
                / ($_->{measured} || 1)
        } @rounds);
    $m{load} = 1000 * $m{load} / ($m{acknowledged} || 1);
    my @columns = qw(rate p50 p99 web app postgres all load proportional
        per_commit);
    return sprintf(
        '%-16s%7.0f%8.2f%7.1f' . '%7.3f' x 4 . "%6.3f%6.1f%5.0f\n",
        $name, map { $m{$_} // 0 } @columns);
}

# How the connections of a run ended that got no answer, or nothing.
sub broken
{
    my ($name, @rounds) = @_;
    my %n;

    for my $round (@rounds) {
        $n{$_} += $round->{broken}{$_} for keys %{ $round->{broken} };
    }
    return %n ? "broken: $name "
        . join(', ', map { "$n{$_} in $_" } sort keys %n) . "\n" : '';
}

1;
