#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin check names each kind of failure by a message and an exit status of
# its own, and says how to mend it.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'own';
use Run;

# Test what check finds: its status, the room and the text of the line that
# FAILED, and that it says the same as JSON.
sub finds
{
    my ($options, $status, $room, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $run = tocsin(@$options, 'check');
    my @failed = grep { /^FAILED/ } split /\n/, $run->{out};
    my $list = json_of(tocsin(@$options, 'check', '--json'));
    my @as_json = grep { !$_->{ok} } @$list;

    is($run->{status}, $status, "$name: status $status")
        || diag($run->{out} . $run->{err});
    like("@failed", qr/^FAILED  $room +$pattern/, $name);
    is(scalar @failed, 1, "$name: nothing else failed");
    is($as_json[0]{name}, $room, "$name: the same as JSON");
    like($as_json[0]{detail}, qr/^$pattern/, "$name: the detail as JSON");
    return;
}

# All is well.
my $run = tocsin('-d', 'user=tocsin_web', 'check');
is($run->{status}, 0, 'a whole installation has no finding');
like(join(' ', $run->{out} =~ /^ok +(\w+)  /mg),
    qr/^configuration\ connection\ schema\ encoding\ privilege
        \ partition\ writable\ isolation\ clock
        \ replication\ ingest\b/x,
    'every finding has its line');
is($run->{err}, '', 'check says nothing else');
my $list = json_of(tocsin('check', '--json'));
is(scalar(grep { $_->{ok} } @$list), scalar(() = $run->{out} =~ /\n/g),
    'JSON has the same findings');
like(tocsin('check')->{out}, qr/^ok +configuration +\Q$DIR\E\/empty\.conf$/m,
    'the file that was read is named');
unlike(tocsin('-d', 'user=tocsin_web password=geheim', 'check')->{out},
    qr/geheim/, 'a password is not shown');

# 3: the configuration.
my $conf = write_file('bad.conf', "# one\nworkers = 4\nworkres = 5\n");
finds([ '-c', $conf ], 3,
    'configuration', qr/\Q$conf\E:3: workres: unknown key/,
    'a key that does not exist');
mkdir "$DIR/dialects" or die "no directory: $!\n";
write_file('dialects/mine.dialect', "language = 1\ndialect = mine\nno\n");
finds([ '-o', "dialects=$DIR/dialects" ], 3, 'dialects',
    qr{"\Q$DIR\E/dialects/mine\.dialect": line 3: must be name = value},
    'a broken dialect');
finds([ '-o', "dialects=$DIR/nowhere" ], 3, 'dialects',
    qr{could not read "\Q$DIR\E/nowhere": },
    'a directory that is not there');
unlink "$DIR/dialects/mine.dialect";
like(tocsin('-o', "dialects=$DIR/dialects", 'check')->{out},
    qr/^ok +dialects /m, 'an empty one is sound');
$conf = write_file('value.conf', "connections = many\n");
finds([ '-c', $conf ], 3, 'configuration', qr/\Q$conf\E:1: connections: /,
    'a value that cannot be');
$conf = write_file('open.conf', "database = password=geheim\n", 0644);
finds([ '-c', $conf ], 3, 'configuration', qr/\Q$conf\E:1: .*chmod 600/,
    'a password that others may read');
finds([ '-c', "$DIR/none.conf" ], 3,
    'configuration', qr/could not open .*none\.conf/,
    'a file that is not there');

# 4: the connection.
finds([ '-d', 'host=/nonexistent' ], 4,
    'connection', qr{.*"/nonexistent/.*No such file.*database in tocsin\.conf},
    'no server');
finds([ '-d', 'dbname=nonexistent' ], 4,
    'connection', qr/.*database "nonexistent" does not exist/, 'no database');
finds([ '-d', 'user=nonexistent' ], 4,
    'connection', qr/.*role "nonexistent" does not exist/, 'no role');
sql(q{create database latin encoding 'LATIN1' template template0});
finds([ '-d', 'dbname=latin' ], 4, 'connection', qr/.*UTF8/,
    'a database of another encoding');

# 5: the schema.
my ($before, $next, $after) = map { $SCHEMA + $_ } -1, 1, 2;
finds([ '-d', 'dbname=postgres' ], 5,
    'schema', qr/.*no tocsin schema: run tocsin init/, 'no schema');
sql('create database older');
is(tocsin('-d', 'older', 'init', '--roles')->{status}, 0,
    'another database is set up');
sql('update tocsin_internal.migration set version = version - 1',
    dbname => 'older');
finds([ '-d', 'older' ], 5,
    'schema', qr/.*version $before, .* needs version $SCHEMA: run tocsin init/,
    'an older schema');
sql("insert into tocsin_internal.migration values ($after, 'next')",
    dbname => 'older');
finds([ '-d', 'older' ], 5,
    'schema', qr/.*version $after, .* version $SCHEMA: install a newer tocsin/,
    'a newer schema');
sql("update tocsin_internal.migration set version = $next"
        . " where name = 'next'", dbname => 'older');
$run = tocsin('-d', 'older', 'check');
is($run->{status}, 0, 'the next version of the schema is accepted');
like($run->{out}, qr/^ok +schema +version $next: install the newer tocsin$/m,
    'with a hint');
refuses(tocsin('-d', 'older', 'init'), 5,
    qr/version $next, .* version $SCHEMA: install the newer tocsin/,
    'but not replaced by an older one');
sql('delete from tocsin_internal.migration', dbname => 'older');
finds([ '-d', 'older' ], 5, 'schema', qr/.*version 0/, 'half a schema');

# 6: privileges, and the state of the database.
finds([ '-d', 'user=tocsin_reader' ], 6,
    'privilege', qr/permission denied for schema tocsin_api/,
    'a role that may not use the schema');
sql('create role half login;'
        . 'grant usage on schema tocsin_api to half;'
        . 'grant execute on function tocsin_api.schema_version,'
        . ' tocsin_api.self_check, tocsin_api.clock_us to half');
finds([ '-d', 'user=half' ], 6,
    'privilege', qr/role half may not execute ingest: run tocsin init/,
    'a role that may not execute ingest');
sql('revoke execute on function tocsin_api.self_check from half');
finds([ '-d', 'user=half' ], 6,
    'privilege', qr/permission denied for function self_check/,
    'a role that may not even check');
sql('drop owned by half; drop role half');
finds(
    [ '-d', "user=tocsin_web options='-c default_transaction_read_only=on'" ],
    6, 'writable',
    qr/transactions\ are\ read\ only,\ since\ default_transaction_read_only
        \ is\ on:\ .*turn\ that\ setting\ off/x,
    'a session that takes no writes');
is(tocsin('-d', "user=tocsin_web options='-c"
                . " default_transaction_isolation=serializable'", 'check')
        ->{status}, 0, 'an isolation level of the role is no matter');
my $month = sql("select to_char(now() at time zone 'UTC', 'YYYY_MM')");
sql("alter table tocsin_internal.event_$month rename to set_aside");
finds([], 6, 'partition', qr/.*no partition for this month.*: run tocsin init/,
    'no partition for this month');
sql("alter table tocsin_internal.set_aside rename to event_$month");


# What only shows when events are stored.
sql('alter table tocsin_internal.transition rename to gone');
finds([ '-d', 'user=tocsin_web' ],
    6, 'ingest', qr/relation "tocsin_internal.transition" does not exist/,
    'a table that was renamed');
sql('alter table tocsin_internal.gone rename to transition');
is(tocsin('check')->{status}, 0, 'and given its name again');

# A clock that is wrong: the function answers as another server would.
sql('create database skewed');
is(tocsin('-d', 'skewed', 'init', '--roles')->{status}, 0,
    'a third database is set up');
my $clock = sql("select pg_get_functiondef('tocsin_api.clock_us'::regproc)",
    dbname => 'skewed');
$clock =~ s/clock_timestamp\(\)/(clock_timestamp() + interval '1.5 s')/
    or die "clock_us has no clock\n";
sql($clock, dbname => 'skewed');
finds([ '-d', 'skewed' ], 6,
    'clock', qr/.* 1\.[3-7] s ahead of .*same time server/,
    'a clock that is more than a second ahead');
$clock =~ s/\+ interval '1.5 s'/- interval '1 h'/;
sql($clock, dbname => 'skewed');
finds([ '-d', 'skewed' ], 6, 'clock', qr/.* (?:3600|3599\.\d).* s behind /,
    'a clock that is an hour behind');

refuses(tocsin('check', 'all'), 2, qr/takes no arguments/,
    'check takes no arguments');
refuses(tocsin('check', '--quick'), 2, qr/unrecognized option/,
    'an option that does not exist is told');

done_testing();
