# SPDX-License-Identifier: ISC
package Bench::Database;

# One database of the private cluster, asked through psql.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

my $SETTLE = 3; # seconds for what was under way when the load stopped

# The database called $name of the cluster that the environment leads to.
# Where it has another name it is made: a copy of that one or, with $before,
# of that revision's schema.
sub new
{
    my ($class, $name, $before) = @_;
    my $self = bless { name => $name }, $class;

    if ($name ne $ENV{PGDATABASE}) {
        my $cluster = bless { name => 'postgres' }, $class;
        my $template = $before ? 'template0' : $ENV{PGDATABASE};
        $cluster->query("create database $name template $template");
        $before->install($self) if $before;
    }
    return $self;
}

# The rows of a query, as lines of fields separated by |; with ON_ERROR_STOP.
sub query
{
    my ($self, @sql) = @_;
    open my $psql, '-|', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->{name}, map { ('-c', $_) } @sql
        or die "could not run psql: $!\n";
    chomp(my @rows = <$psql>);
    close $psql or die "psql failed: @sql\n";
    return wantarray ? @rows : $rows[0];
}

sub run_file
{
    my ($self, $file, %variables) = @_;
    system('psql', '-Xq', '-d', $self->{name},
        (map { ('-v', "$_=$variables{$_}") } keys %variables),
        '-f', $file) == 0 or die "psql failed: $file\n";
}

# A new integration, whose events are those of one run.
sub integration
{
    my ($self) = @_;
    return scalar $self->query('select integration_id'
            . " from tocsin_api.integration_add('bench', null, false, null)");
}

# Switch NOTIFY on or off.
sub set_notify
{
    my ($self, $value) = @_;
    $self->query("select from tocsin_api.setting_set('notify', '$value')");
}

# Route each alert to a webhook at $url.
sub watch
{
    my ($self, $url) = @_;
    $self->query(
        "select from tocsin_api.destination_add('sink', 'webhook', '$url',"
            . " 'standard')",
        q{select from tocsin_api.route_add('all', '[{"to": "sink"}]')});
}

# The number of messages sent, and of transitions and deliveries that wait.
sub told
{
    my ($self) = @_;
    return split /\|/, $self->query(
        "select count(*) filter (where state = 'sent'),"
            . " count(*) filter (where state in ('due', 'sending'))"
            . ' + (select count(*) from tocsin_internal.outbox)'
            . ' from tocsin_internal.delivery');
}

sub forget_told
{
    my ($self) = @_;
    $self->query('set session_replication_role = replica',
        'truncate tocsin_internal.outbox, tocsin_internal.escalation,'
            . ' tocsin_internal.delivery, tocsin_internal.attempt');
}

# No alert and no event, which the guards would not allow.
sub clear
{
    my ($self) = @_;
    $self->query('set session_replication_role = replica',
        'truncate tocsin_internal.alert, tocsin_internal.event');
}

# Autovacuum keeps off: it would note of a table that it is empty just
# before it is filled.
sub keep_unknown
{
    my ($self) = @_;
    $self->{unknown} = 1;
    $self->query($self->query(
        "select format('alter table %s set (autovacuum_enabled = off)',"
            . ' oid::regclass) from pg_class'
            . " where relnamespace = 'tocsin_internal'::regnamespace"
            . " and relkind = 'r'"));
}

# What autovacuum does within a minute or so.
sub analyze
{
    my ($self) = @_;
    $self->query('analyze') unless $self->{unknown};
}

# Nothing waits to be written to disk.
sub checkpoint
{
    my ($self) = @_;
    $self->query('checkpoint');
}

# What the log has of an integration, once it has $expected events or no more
# come: events, in how many commits, how many of them late (through the
# spool), and the number of each outcome.
sub count
{
    my ($self, $integration, $expected) = @_;
    my $until = time + $SETTLE;
    my $found;

    do {
        $found = $self->count_now($integration);
        return $found if $found->{events} >= $expected;
        sleep 0.1;
    } while time < $until;
    return $found;
}

sub count_now
{
    my ($self, $integration) = @_;
    my %found = (events => 0, outcomes => {});

    # In one statement: the log may still be growing.
    for ($self->query(
        'select outcome, count(*), count(distinct xmin::text),'
            . " count(*) filter (where source = 'spool')"
            . ' from tocsin_internal.event'
            . " where integration_id = '$integration'"
            . ' group by grouping sets ((outcome), ())'))
    {
        my ($outcome, $n, $commits, $late) = split /\|/;
        if ($outcome eq '') {
            @found{qw(events commits late)} = ($n, $commits, $late);
        } else {
            $found{outcomes}{$outcome} = $n;
        }
    }
    return \%found;
}

1;
