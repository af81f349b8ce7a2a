#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Where strangers have planted in schema public what fits our calls better
# than pg_catalog does, no command of the tool runs any of it, neither as the
# superuser nor as the responder's role.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'any', qw($ROOT);
use Run;

my $database = Psql::installed();
my $stranger = Psql::plain_role();
sql("grant create on schema public to $stranger", dbname => $database);
my $psql = finish(start({ program => 'psql' }, '-qXAt', '-d', $database, '-c',
    "set session authorization $stranger", '-v', 'schema=public', '-v',
    'names={count, now, format, coalesce, to_char, cardinality, set_config,'
        . ' pg_get_userbyid, current_setting, array_agg, extract}', '-f',
    "$ROOT/tests/lib/plant.sql"));
cmp_ok($psql->{out}, '>', 100, 'much is planted') or diag($psql->{err});
like(finish(start({ program => 'psql' }, '-qXAt', '-d', $database, '-c',
        'select 1.0 * 2'))->{err},
    qr/PLANTED.* ran as/, 'who leaves search_path alone runs it');

sub harmless
{
    my ($role, @command) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $run = tocsin('-d', "dbname=$database user=$role", '-o',
        "spool=$DIR/spool.$role", '-o', 'spool_volatile=yes', @command);
    ok($run->{status} eq '0' && "$run->{out}$run->{err}" !~ /PLANT/,
        "$role: @command")
        || diag("status $run->{status}\n$run->{out}$run->{err}");
    return $run;
}

my $superuser = sql('select session_user');
harmless($superuser, 'init');
my $added = harmless($superuser, 'integration', 'add', 'planted', '--json');
my $id = json_of($added)->{integration_id};
harmless($superuser, @$_) for (
    [ 'integration', 'list' ], [ 'integration', 'show', $id ],
    [ 'integration', 'rotate-token', $id ],
    [ 'integration', 'disable', $id ], [ 'integration', 'enable', $id ],
    [ 'board', 'on' ], [ 'board', 'status' ], [ 'set', 'notify', 'on' ],
    [ 'demo-data', '--days', '1' ], [ 'demo-data', '--remove' ],
    [ 'maintain' ],
);
for my $role ($superuser, 'tocsin_web') {
    harmless($role, @$_) for (
        [ 'check' ], [ 'send', 'create', $id, '--title', 't', '--id', 'a' ],
        [ 'send', 'acknowledge', $id, '--id', 'a' ],
        [ 'send', 'resolve', $id, '--id', 'a' ],
        [ 'spool', 'drain' ], [ 'spool', 'retry-bad' ],
    );
    ok(json_of(harmless($role, 'spool', 'status', '--json'))->{admits},
        "$role: the spool has a copy of the integrations");
}

done_testing();
