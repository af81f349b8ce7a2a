#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Installing again beside readers and senders: events are stored meanwhile,
# and what is in the way is told within seconds and changes nothing.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql qw(psql);
use Test::More;
use Time::HiRes qw(time);

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $file = "$Bin/../../sql/install.sql";
my $n = 0;

# As the responder has it.
$watch->run("set lock_timeout = '500ms'");

# What install.sql says and how long it takes.  Meanwhile events are sent.
sub install
{
    my ($text, $took, @became) = install_beside_events();
    is_deeply(\@became, ['created'], 'each event sent meanwhile was stored');
    return ($text, $took);
}

sub install_beside_events
{
    my $began = time;
    my $pid = open my $out, '-|', 'sh', '-c', 'exec psql "$@" 2>&1', 'psql',
        '-qX', '-d', $db, '-f', $file
        or die "could not run psql: $!\n";
    my $select = IO::Select->new($out);
    my ($text, %became) = ('');
    while (1) {
        # One that is late changes figures of days that are over.
        $became{ $watch->run(Event::ingest(type => 'create',
                    id => 'n' . ++$n, at => $_)) }++
            for 'now()', "now() - interval '2 days'";
        next if !$select->can_read(0.02);
        last if !sysread $out, $text, 65_536, length $text;
    }
    close $out;
    return ($text, time - $began, sort keys %became);
}

sub triggers
{
    return $watch->run(<<'END');
select string_agg(tgrelid::regclass || ' ' || tgname || ' '
           || tgenabled::text || ' ' || pg_get_triggerdef(oid), ' '
           order by tgrelid, tgname)
  from pg_trigger
 where tgrelid::regclass::text ~ '^tocsin' and not tgisinternal
END
}

my $made = triggers();
like($made, qr/^tocsin_internal\.\w+ \w+ O CREATE TRIGGER/,
    'there are triggers');
my $backend = $one->run('select pg_backend_pid()');
my ($text, $took) = install();
is($text, '', 'beside senders it is installed again');
is(triggers(), $made, 'with the same triggers');

# A dashboard, or pg_dump.
$one->run("set application_name = 'reader'");
$one->run('begin');
$one->run('select count(*) from tocsin.alerts');
($text, $took) = install();
like($text, qr/ERROR: +tocsin\.alerts is in use\n/,
    'who reads a view is in the way');
like($text, qr/^DETAIL: +By sessions: $backend \(reader\)\.$/m, 'and named');
like($text, qr/^HINT: +Nothing was changed\. Run this again/m,
    'with what to do');
cmp_ok($took, '<', 10, 'within seconds');
$one->run('commit');

# Tables alone are not locked by an installation that changes none.
$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'open'));
$two->run('begin');
$two->run('select count(*) from tocsin_internal.event');
($text) = install();
is($text, '', 'who writes or reads tables is not in the way');

# Unless it has to mend them.
$watch->run('set client_min_messages = error');
my @triggers = split /\n/, $watch->run(<<'END');
select tgname from pg_trigger
 where tgrelid = 'tocsin_internal.alert'::regclass and not tgisinternal
END
cmp_ok(scalar @triggers, '>', 1, 'alert has triggers');
$one->run('rollback');
$two->run('rollback');
$watch->run("drop trigger $triggers[0] on tocsin_internal.alert");
$watch->run('alter table tocsin_internal.event disable trigger user');
isnt(triggers(), $made, 'one is gone, and others are disabled');
$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'open'));
($text, $took) = install_beside_events();
like($text, qr/tocsin_internal\.alert is in use\n.*\n(?:.*\n)*HINT:/,
    'a trigger that is missing waits for who writes');
cmp_ok($took, '<', 15, 'for seconds');
$one->run('commit');
($text) = install_beside_events();
is($text, '', 'and is made when they have gone');
is(triggers(), $made, 'as it was, and all are enabled');

# An upgrade changes tables, and takes them all before it begins.
my $old = "${db}_old";
psql('postgres', '-c', "create database $old template template0"
        . " encoding 'UTF8' locale 'C.UTF-8'");
END { psql('postgres', '-c', "drop database if exists $old with"
        . ' (force)') if $old }
psql($old, '-f', "$Bin/../../sql/roles.sql", '-f',
    "$Bin/../sql/releases/2.dump");
my $reader = Psql->new($old);
my $upgrade = sub {
    return qx{psql -qX -d $old -f $file 2>&1};
};
for my $table (qw(integration event alert)) {
    $reader->run('begin');
    $reader->run("select count(*) from tocsin_internal.$table");
    my $began = time;
    like($upgrade->(), qr/tocsin_internal\.$table is in use\n.*\nHINT:/,
        "who reads $table is in the way of an upgrade, and named");
    cmp_ok(time - $began, '<', 10, 'within seconds');
    $reader->run('commit');
}
is($reader->run('select max(version) from tocsin_internal.migration'), '2',
    'nothing was changed');
is($upgrade->(), '', 'when they have gone it goes through');

# Two at once.
$one->run('begin');
$one->run('select pg_advisory_xact_lock(1953457011)');
($text) = install();
like($text, qr/already being installed or removed here\nHINT:/,
    'the second of two at once is told');
$one->run('commit');

done_testing();
