#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# From every version of the schema that was released to this one: what
# tests/sql/releases/N.dump holds, a dump of version N with data of every
# kind in it, is upgraded by install.sql.  It ends in the same schema as a
# new installation, with its data, for roles and for one plain role.
#
# A release adds its dump: pg_dump of a database that N.dump was upgraded
# in, without the comments of pg_dump.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Temp qw(tempdir);
use Psql qw(psql as_role dump_of $SQL);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;

# Partitions are named after months, and a new installation has others.
my @without_months = ('-T', 'tocsin_internal.event_2*');

# Columns that tables with data in them were given after a release.
my %added_after = (
    1 => 'is_demo, disabled_at, last_duplicate_id, resolve_id, dialect,'
        . ' wrapper_key, watched',
    2 => 'disabled_at, last_duplicate_id, resolve_id, dialect, wrapper_key,'
        . ' watched');

# All rows of what holds data, one a line, less the columns that were added.
sub rows_of
{
    my ($database, $added) = @_;
    return psql($database, '-c', join(' union all ', map {
        "select '$_ ' || (to_jsonb(t) - '{$added}'::text[])::text as row"
            . " from tocsin_internal.$_ t"
    } qw(integration alert event)) . ' order by row');
}

# The schema of one month's partition, with the month taken out.
sub month_of
{
    my ($database, $month) = @_;
    my $text = dump_of($database, '-t', "tocsin_internal.$month");
    $text =~ s/\Q$month\E/event_MONTH/g;
    $text =~ s/FOR VALUES FROM \S+ TO \S+/FOR VALUES/g;
    $text =~ s/Events of the month \w+/Events of the month/g;
    return $text;
}

# A release, for a plain role without the lines that speak of roles.
sub release_for
{
    my ($release, $role) = @_;
    open my $in, '<', "$Bin/releases/$release.dump"
        or die "$release.dump: $!\n";
    open my $out, '>', "$dir/$release.$role" or die "$dir: $!\n";
    while (my $line = <$in>) {
        next if $role ne 'tocsin_owner'
            && $line =~ /^(?:GRANT|REVOKE|ALTER (?:DEFAULT|.* OWNER TO)) /;
        print {$out} $line;
    }
    close $out or die "$dir: $!\n";
    return "$dir/$release.$role";
}

sub upgrade
{
    my ($release, $form, $fresh, $role) = @_;
    my $database = Psql::database();
    my $run = $role eq 'tocsin_owner' ? \&psql
        : sub { as_role($role, @_) };

    if ($role eq 'tocsin_owner') {
        psql($database, '-f', "$SQL/roles.sql");
    } else {
        psql('postgres', '-c', "alter database $database owner to $role");
    }
    my ($text, $ok) = $run->($database, '-f', release_for($release, $role));
    ok($ok, "$form: a dump of version $release is restored") or diag($text);
    is(psql($database, '-c', 'select max(version) from'
                . ' tocsin_internal.migration'),
        $release, 'which has that version');
    my $before = rows_of($database, '');
    cmp_ok(scalar(() = $before =~ /\n/g), '>', 15, 'and data');

    ($text, $ok) = $run->($database, '-f', "$SQL/install.sql");
    ok($ok, "$form: version $release is upgraded") or diag($text);
    is($text, '', 'without a word');
    is(dump_of($database, @without_months),
        dump_of($fresh, @without_months),
        'and has the schema of a new installation');
    my ($month) = psql($fresh, '-c', "select relname from pg_class where"
            . " relname ~ '^event_2\\d+_\\d+\$' order by 1") =~ /^(\w+)/;
    is(month_of($database, 'event_2026_01'), month_of($fresh, $month),
        'so have its partitions');
    is(rows_of($database, $added_after{$release} // ''),
        $before, 'its data is as it was');
    is(psql($database, '-c', 'select count(*) from tocsin.alerts'),
        '6', 'and to be seen');
    is(psql($database, '-c', "update tocsin_internal.alert"
                . " set status = 'resolved', resolved_at = now()"
                . " where external_id = 'open' returning status"),
        'resolved', 'what was live can be resolved');
    return $database;
}

my @releases = sort { $a <=> $b }
    map { m{/(\d+)\.dump$} ? $1 : () } glob "$Bin/releases/*.dump";
is($releases[0], 1, 'there are releases to upgrade from');

my $full = Psql::installed();
my $role = Psql::plain_role();
my $plain = Psql::database();
psql('postgres', '-c', "alter database $plain owner to $role");
as_role($role, $plain, '-f', "$SQL/install.sql");

for my $release (@releases) {
    my $database = upgrade($release, 'with roles', $full, 'tocsin_owner');
    is(psql($database, '-c', 'set role tocsin_web', '-c',
            'select tocsin_api.schema_version()'),
        psql($full, '-c', 'select tocsin_api.schema_version()'),
        'the responder reads the new version');
    upgrade($release, 'under one role', $plain, $role);
}

done_testing;
