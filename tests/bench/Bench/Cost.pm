# SPDX-License-Identifier: ISC
package Bench::Cost;

# What processes cost: CPU seconds and memory, read from /proc.

use strict;
use warnings;

use POSIX ();

my $TICKS = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# Programs that are the web server; the rest of a contender answers requests.
my %IS_WEB = map { $_ => 1 } qw(lighttpd apache2);

# CPU seconds so far of the processes in @$roots and below, as web and app,
# and of those below the postmaster, as postgres.  A process that has ended
# counts for the one that waited for it: a CGI program for its web server.
sub sample
{
    my ($roots, $postmaster) = @_;
    my $processes = processes();
    my %cpu = (web => 0, app => 0, postgres => 0);

    for my $p (tree($processes, @$roots)) {
        $cpu{ $IS_WEB{ $p->{name} } ? 'web' : 'app' } += own_cpu($p);
        $cpu{app} += $p->{reaped};
    }
    $cpu{postgres} += own_cpu($_) + $_->{reaped}
        for tree($processes, $postmaster);
    return \%cpu;
}

# Ticks are coarse for dozens of processes that each do little; nanoseconds
# are there for threads that live.
sub own_cpu
{
    my ($p) = @_;
    my $ns = 0;

    for my $file (glob "/proc/$p->{pid}/task/*/schedstat") {
        my ($run) = slurp($file) =~ /^(\d+)/ or next;
        $ns += $run;
    }
    return $ns / 1e9 > $p->{ticks} ? $ns / 1e9 : $p->{ticks};
}

# What was spent from one sample to another.
sub difference
{
    my ($from, $to) = @_;
    return { map { $_ => $to->{$_} - $from->{$_} } keys %$to };
}

# Memory of what answers requests, in MiB: resident is the largest single
# process, as the kernel counts it; proportional is the sum over all of
# them, with pages that several share counted once.
sub memory
{
    my ($roots) = @_;
    my %mib = (resident => 0, proportional => 0);

    for my $p (tree(processes(), @$roots)) {
        # spawn-fcgi, setpriv and the like have become what they started.
        next if $IS_WEB{ $p->{name} };
        my ($rss) = slurp("/proc/$p->{pid}/status") =~ /^VmRSS:\s+(\d+) kB/m
            or next;
        # The responder shows its pages to root alone.
        my ($pss) = slurp("/proc/$p->{pid}/smaps_rollup") =~
            /^Pss:\s+(\d+) kB/m;
        $pss //= $rss;
        $mib{resident} = $rss / 1024 if $rss / 1024 > $mib{resident};
        $mib{proportional} += $pss / 1024;
    }
    return \%mib;
}

# All processes by pid.
sub processes
{
    my %by_pid;

    for my $file (glob '/proc/[0-9]*/stat') {
        # The name may hold anything; it ends at the last parenthesis.
        my ($pid, $name, $rest) = slurp($file) =~ /^(\d+) \((.*)\) (.*)$/s
            or next;
        my ($parent, @cpu) = (split ' ', $rest)[ 1, 11 .. 14 ];
        $by_pid{$pid} = {
            pid => $pid,
            parent => $parent,
            name => $name,
            ticks => ($cpu[0] + $cpu[1]) / $TICKS,
            reaped => ($cpu[2] + $cpu[3]) / $TICKS,
        };
    }
    return \%by_pid;
}

# The processes of @roots and all below them.
sub tree
{
    my ($by_pid, @roots) = @_;
    my (%children, @found);

    push @{ $children{ $_->{parent} } }, $_->{pid} for values %$by_pid;
    while (defined(my $pid = shift @roots)) {
        push @found, $by_pid->{$pid} if $by_pid->{$pid};
        push @roots, @{ $children{$pid} // [] };
    }
    return @found;
}

# The bytes of a file, or none when the process has gone.
sub slurp
{
    my ($path) = @_;
    open my $f, '<', $path or return '';
    local $/;
    return <$f> // '';
}

1;
