#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What the tools that speak JDBC (Metabase, DBeaver) see of the views: all of
# them, with comments and with types that they know, the right times in any
# time zone, and nothing that can be changed.
use strict;
use warnings;
use utf8;

use FindBin;
use lib $FindBin::Bin, map { "$FindBin::Bin/../$_" } qw(lib grafana);
use Psql qw(sql);
use Test::More;

# Java knows no sockets of Unix, and on TCP a password is asked for.
BEGIN { $ENV{POSTGRES_TCP} //= 'yes' }
use World postgres => 'own';
use Run;
use Reader;

my $JAR = '/usr/share/java/postgresql.jar';
my ($java) = grep { -x } map { "$_/java" } split /:/, $ENV{PATH};
plan skip_all => 'java is not installed' unless $java;
plan skip_all => 'the PostgreSQL driver of JDBC is not installed'
    unless -e $JAR;
plan skip_all => 'this java has no compiler'
    unless `$java --list-modules` =~ /^jdk\.compiler\b/m;

# What java.sql.Types has for ours.  It has no number for uuid and jsonb:
# there all tools go by the name.
my %NUMBER = (
    _text => 2003,
    bool => -7,
    float8 => 8,
    int4 => 4,
    int8 => -5,
    jsonb => 1111,
    text => 12,
    timestamptz => 93,
    uuid => 1111,
);

my @WRITES = (
    [ q(update tocsin.alerts set title = 'x'), 'view' ],
    [ q(insert into tocsin.tags (tag) values ('x')), 'view' ],
    [ q(delete from tocsin.integrations), 'view' ],
    [ q(update tocsin_internal.alert set title = 'x'), 'right' ],
    [ q(delete from tocsin_internal.event), 'right' ],
    [ q(select tocsin_api.demo_remove()), 'right' ],
    [ q(create table tocsin.mine (a int)), 'right' ],
    [ q(create temporary table mine (a int)), 'right' ],
    [ q(drop view tocsin.alerts), 'right' ],
    [ q(comment on view tocsin.alerts is 'mine'), 'right' ],
);

# What the program prints, by the first word of each line.
sub seen
{
    my $url = "jdbc:postgresql://127.0.0.1:$ENV{POSTGRES_TCP_PORT}/"
        . "$ENV{PGDATABASE}?sslmode=disable";
    my %env = (PGUSER => 'tocsin_reader', PGPASSWORD => 'read "%40" it');
    my $run = finish(start(
        { program => $java, env => \%env },
        qw(-Xmx256m -XX:TieredStopAtLevel=1),
        '-Duser.timezone=Australia/Lord_Howe',
        '-cp', $JAR, "$FindBin::Bin/Metadata.java",
        $url, map { $_->[0] } @_));
    my %seen;

    is("$run->{status} $run->{err}", '0 ', 'the reader comes in by JDBC');
    for (split /\n/, $run->{out}) {
        my ($kind, @rest) = @{ json_of({ out => $_ }) };
        push @{ $seen{$kind} }, \@rest;
    }
    return \%seen;
}

# What is in the catalogs, in the order of JDBC.
sub from_catalogs
{
    my ($sql) = @_;
    return json_of({
        out => sql("select coalesce(json_agg(json_build_array($sql"),
    });
}

sub tables
{
    return from_catalogs(<<'END');
relname, 'VIEW', obj_description(oid, 'pg_class')) order by relname), '[]')
  from pg_class
 where relnamespace = 'tocsin'::regnamespace and relkind = 'v'
END
}

sub columns
{
    return from_catalogs(<<'END');
relname, attname, typname, attnum::text, col_description(c.oid, attnum))
           order by relname, attnum), '[]')
  from pg_class c
  join pg_attribute a on attrelid = c.oid
  join pg_type t on t.oid = atttypid
 where relnamespace = 'tocsin'::regnamespace and relkind = 'v' and attnum > 0
END
}

# What a tool could not make sense of.
sub faults
{
    my ($seen) = @_;
    my @found;

    for (@{ $seen->{table} }) {
        my ($name, $type, $remarks) = @$_;
        push @found, "$name is a $type" if $type ne 'VIEW';
        push @found, "$name has no comment" if ($remarks // '') !~ /\w/;
    }
    for (@{ $seen->{column} }) {
        my ($table, $name, $type, $number, undef, $remarks) = @$_;
        push @found, "$table.$name has no comment"
            if ($remarks // '') !~ /\w/;
        push @found, "$table.$name has type $type, $number"
            if $number != ($NUMBER{$type} // 0);
    }
    for (@{ $seen->{rows} }) {
        my ($view, $count, $state) = @$_;
        push @found, "$view cannot be read: $state" if defined $state;
        push @found, "$view has no rows" if !$count && !defined $state;
    }
    return @found;
}

history(3);
sql(q(alter role tocsin_reader password 'read "%40" it'));
my ($int) = tocsin('integration', 'add', 'Shop')->{out} =~ /(int_\w+)/;
my $odd = "Z\xc3\xbcrich \xf0\x9f\x94\xa5 \"quoted\"\t\\ <b>";
tocsin('send', 'create', $int, '--id', 'one', '--title', $odd,
    '--tag', 'a,b', '--tag', '{c}', '--urgency', 'critical');
tocsin('send', 'create', $int, '--id', 'two', '--title', 'second');
tocsin('send', 'resolve', $int, '--id', 'two');
sql(<<'END');
select from tocsin_api.heartbeat_add('job', '1 d', '1 h');
select from tocsin_api.destination_add('duty', 'mail', 'd@example.org', null);
select tocsin_api.destination_test('duty');
END

my $before = sql('select count(*), max(last_event_at) from tocsin.alerts');
my $seen = seen(@WRITES);
is_deeply($seen->{table}, tables(), 'every view is there, and its comment');
is_deeply(
    [ map { [ @$_[ 0 .. 2, 4, 5 ] ] } @{ $seen->{column} } ],
    columns(), 'so is every column, with its type and comment');
cmp_ok(scalar @{ $seen->{column} }, '>', 100, 'of which there are many');
is_deeply([ faults($seen) ], [], 'a tool can make sense of all');

# The rows themselves.
my $alerts = json_of({ out => sql(<<'END') });
select json_agg(json_build_array(id, title, array_to_string(tags, '|'),
           (extract(epoch from created_at) * 1000000)::bigint::text,
           (extract(epoch from resolved_at) * 1000000)::bigint::text)
           order by id)
  from tocsin.alerts
END
is_deeply($seen->{alert}, $alerts, 'all alerts are read as they are');
my %title = map { $_->[1] => $_ } @$alerts;
utf8::decode($odd);
is($title{$odd}[2], 'a,b|{c}', 'an odd one, too');
is($title{$odd}[4], undef, 'which is not resolved');
my %rows = map { @$_[ 0, 1 ] } @{ $seen->{rows} };
is($rows{alerts}, scalar @$alerts, 'there are as many as psql sees');

# A session may call itself read write: that gives no right.  A view of more
# than one table cannot be changed by anybody.
my %write = map { @$_ } @WRITES;
for (@{ $seen->{attempt} }) {
    my ($mode, $sql, $state) = @$_;
    my $right = $mode eq 'read write' ? qr/^42501$/
        : qr/^(25006|42501)$/;
    like($state, $write{$sql} eq 'view' ? qr/^55000$/ : $right,
        "refused ($mode): $sql");
}
is(scalar @{ $seen->{attempt} }, 2 * @WRITES, 'all of it was tried');
is(sql('select count(*), max(last_event_at) from tocsin.alerts'), $before,
    'and changed nothing');

# What there must not be would be noticed.
sql(<<'END');
create view tocsin.bare as select interval '1 day' as lasts, 1 as one;
create table tocsin.data (a text);
comment on table tocsin.data is 'Data.';
comment on column tocsin.data.a is 'A.';
grant select on tocsin.data to tocsin_reader;
comment on column tocsin.tags.tag is null;
END
is_deeply(
    [ sort(faults(seen())) ], [
        'bare cannot be read: 42501',
        'bare has no comment',
        'bare.lasts has no comment',
        'bare.lasts has type interval, 1111',
        'bare.one has no comment',
        'data has no rows',
        'data is a TABLE',
        'tags.tag has no comment',
    ],
    'what is not as it should be is found');

done_testing;
