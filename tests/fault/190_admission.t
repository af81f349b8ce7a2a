#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Who may spool while the database is down: the senders that the copy of the
# integrations admits, even if it is old, and those that the database admitted a
# moment ago; all others must retry, and none is refused for good.  Without an
# intact copy nobody may.  Spooled events end in the database or, with a
# reason, in bad/, where those end whose token had been revoked.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Test::More;
use Time::HiRes ();

use Cgi;
use Files qw(peek save);
use Psql qw(integration query);
use Responder;
use World qw(await);

my $TOKEN = 'a-token-that-is-in-no-file-8f3a';
my $NEXT = 'the-one-after-it-77c1';
my $DAY_S = 24 * 3600;

my $world = World->new;
my $copy = "$world->{spool}/integrations";
my %id = (
    token => integration(token => $TOKEN),
    open => integration(),
    off => integration(token => $TOKEN),
    rotated => integration(token => $TOKEN),
    closed => integration(token => $TOKEN),
    gone => integration(token => $TOKEN),
    wrapped => integration(wrapper => '/data'));
my $number = 0;

sub ask
{
    my ($which, $token, %o) = @_;
    return Cgi::run(
        world => $world,
        away => 1,
        integration => $id{$which} // $which,
        token => $token,
        event => {
            event_type => 'create',
            Id => 'a' . ++$number,
            Title => 'A title'
        },
        %o);
}

# The same, as a status.
sub status
{
    return ask(@_)->{status};
}

# An event in another object, whose sender has a wrapper key.
sub wrapped
{
    my ($key) = @_;
    return {
        data => { event_type => 'create', Id => $key, Title => 'within' },
        note => 'around it'
    };
}

# Have the copy made anew, as it is now in the database.
sub refresh
{
    utime 0, 0, $copy;
    status('open', undef, away => 0) == 200 or die "no database\n";
}

sub set_enabled
{
    my ($which, $on) = @_;
    query("select * from tocsin_api.integration_enable('$id{$which}',"
            . " '$on')");
}

sub rotate
{
    my ($which, $token, $grace) = @_;
    query('select * from tocsin_api.integration_rotate_token('
            . "'$id{$which}', sha256('$token'), '$grace')");
}

is(status('token', $TOKEN), 503, 'without a copy nobody may spool');
set_enabled('off', 'false');
refresh();
my $sound = peek($copy);
ok(defined $sound, 'the database is there: a copy is made');

for my $age (0, 2 * $DAY_S) {
    my $name = $age ? 'an old copy' : 'a new copy';
    utime time - $age, time - $age, $copy;
    is(status('token', $TOKEN), 202, "$name: the right token may");
    is(status('token', "${TOKEN}x"), 503, "$name: a wrong one has to wait");
    is(status('token', ''), 503, "$name: an empty one too");
    is(status('token', undef), 503, "$name: and so has none");
    is(status('open', undef), 202, "$name: who needs no token may");
    is(status('open', 'any'), 202, "$name: with a token too");
    is(status('off', $TOKEN), 503, "$name: who is disabled has to wait");
    is(status('int_nobody00', $TOKEN), 503,
        "$name: who is not known has to wait");
}

# A client that sends its password only when it is asked for it is asked, so
# that its event can be spooled.
sub asked
{
    my ($which, $password) = @_;
    my %basic = defined $password
        ? (HTTP_AUTHORIZATION => 'Basic ' . encode_base64("x:$password", ''))
        : ();
    return status(
        $which, undef,
        event => { MessageId => 'm' . ++$number, Message => 'A message' },
        env => { PATH_INFO => "/$id{$which}/sns", %basic });
}
my $waiting = $world->spooled;
is(asked('token'), 401, 'without a password one is asked for');
is(asked('token', $TOKEN), 200, 'with it, the event may');
is($world->spooled, $waiting + 1, 'and waits');
is(asked('token', "${TOKEN}x"), 503, 'with a wrong one, it has to wait');
is(asked('open'), 200, 'where none is needed, none is asked for');
is(asked('gone'), 401, 'of all that the copy has');
$id{stranger} = 'int_nobody00';
is(asked('stranger'), 503, 'of others it is not');

# Damage.
my @damaged = map { substr $sound, 0, $_ }
    0, 1, 21, 22, 40, length($sound) / 2, length($sound) - 1;
push @damaged, "$sound\n", $sound . $sound;
for my $at (3, 25, 40, length($sound) - 40, length($sound) - 2) {
    my $bytes = $sound;
    substr($bytes, $at, 1) ^= "\x01";
    push @damaged, $bytes;
}
my @admitted;
for my $bytes (@damaged) {
    save($copy, $bytes);
    for my $which (qw(token open)) {
        my $status = status($which, $TOKEN);
        push @admitted, length($bytes) . " $which: $status" if $status != 503;
    }
}
is(join("\n", @admitted), '', 'with a damaged copy nobody may, for now');
like($world->log_text, qr/copy of the integrations .* damaged/,
    'and the log says so');
refresh();
is(peek($copy), $sound, 'the database mends it');
is(status('token', $TOKEN), 202, 'and the right token may again');

# Where the event is, the copy knows, too.
is(ask('wrapped', undef, event => wrapped('c1'), away => 0)->{status},
    200, 'an event in another is found by the database');
is(ask('wrapped', undef, event => wrapped('c2'))->{status},
    202, 'and in an outage by the copy');

# Rotation, with and without the old one being good for a while.
rotate('token', $NEXT, '1 hour');
refresh();
is(status('token', $TOKEN), 202, 'in its grace the old token may');
is(status('token', $NEXT), 202, 'and so may the new one');
rotate('token', $NEXT, '0 s');
query('update tocsin_internal.integration set'
        . " previous_token_expires_at = now() - interval '1 s'"
        . ' where previous_token_expires_at is not null');
refresh();
is(status('token', $TOKEN), 503, 'after it, it may not');

# What changed while the database was away.
sub rename_integration
{
    my ($from, $to) = @_;
    query('update tocsin_internal.integration set integration_id ='
            . " '$to' where integration_id = '$from'");
}

sub stored
{
    my ($which) = @_;
    return query('select count(*) from tocsin.events'
            . " where integration_id = '$id{$which}'");
}

my @changed = qw(rotated closed gone);
is(status($_, $TOKEN), 202, "an event of one is taken, that is then $_")
    for @changed;
rotate('rotated', $NEXT, '0 s');
set_enabled('closed', 'false');
rename_integration($id{gone}, 'int_elsewhere');
ok(Responder::drain($world), 'the spool is drained');
is(stored('rotated'), 1, 'with the token it had it was good');
is(stored('closed'), 1, 'and so it was before it was closed');
is(stored('gone'), 0, 'of one that is gone it cannot be stored');
my @bad = grep { !/\.why$/ } $world->spooled('bad');
is(scalar @bad, 1, 'so it is in bad/');
is(peek("$world->{spool}/bad/$bad[0].why"), 'unknown_integration',
    'which says why');
rename_integration('int_elsewhere', $id{gone});
rename "$world->{spool}/bad/$bad[0]", "$world->{spool}/new/$bad[0]";
ok(Responder::drain($world), 'put back, it is drained');
is(stored('gone'), 1, 'and stored, now that it can be');

# What had changed before the database went away, and the copy is older.
unlink glob "$world->{spool}/bad/*";
$id{$_} = integration(token => $TOKEN) for qw(early shut);
refresh();
rotate('early', $NEXT, '0 s');
set_enabled('shut', 'false');
is(status($_, $TOKEN), 202, "the copy does not know that one is $_")
    for qw(early shut);
is(status('early', $NEXT), 503, 'nor the new token, which has to wait');
ok(Responder::drain($world), 'the spool is drained');
is(stored($_), 0, "what was revoked is not stored: $_") for qw(early shut);
is(join(' ', sort map { peek("$world->{spool}/bad/$_") }
        grep { /\.why$/ } $world->spooled('bad')),
    'disabled forbidden', 'but in bad/, with its reason');
unlink glob "$world->{spool}/bad/*";

# As CGI: whom the database lets in is let in by the next process.
rotate('early', $TOKEN, '0 s');
refresh();
rotate('early', $NEXT, '0 s');
utime time, time, $copy;
is(status('early', $NEXT, away => 0), 200,
    'the database takes a token that is newer than a fresh copy');
is(status('early', $NEXT), 202, 'in the outage that follows it may spool');
is(status('early', $TOKEN), 503, 'and the one before may not');

# As FastCGI, with the database cut off in its run.
my $responder = Responder->start(world => $world);

sub ask_wrapped
{
    my ($which, $key) = @_;
    return $responder->post(
        integration => $id{$which},
        event => wrapped($key))->{status};
}

sub ask_responder
{
    my ($which, $token, $type, $key) = @_;
    return $responder->post(
        integration => $id{$which},
        token => $token,
        event => {
            event_type => $type // 'create',
            Id => $key // 'r' . ++$number,
            Title => 'A title'
        })->{status};
}

ok(await(10, sub { ask_responder('open', undef) == 200 }),
    'a responder stores');
Time::HiRes::sleep(0.5);
$id{made} = integration();
rotate('early', $TOKEN, '0 s');
set_enabled('shut', 'true');
$id{new} = integration(wrapper => '/data');
is(ask_wrapped($_, 'f1'), 200, "a responder finds the event: $_")
    for qw(wrapped new);
my %token = (made => undef, early => $TOKEN, shut => $TOKEN);
my @new = sort keys %token;
is(ask_responder($_, $token{$_}), 200, "the database takes what is new: $_")
    for @new;
$world->disconnect_database;
is(ask_responder($_, $token{$_}), 202, "the spool does then: $_") for @new;
is(ask_wrapped($_, 'f2'), 202, "in an outage, too: $_")
    for qw(wrapped new);
is(ask_responder('early', $NEXT), 503, 'but not what was revoked');
is(ask_responder('early', 'never'), 503, 'nor what never was a token');
is(ask_responder('early', undef), 503, 'nor none');
$responder->stop('KILL');
$responder = Responder->start(world => $world);
is(ask_responder($_, $token{$_}), 202, "nor is it forgotten: $_") for @new;

# Nobody waits for what is no file.
my $kept = "$copy.kept";
rename $copy, $kept;
POSIX::mkfifo($copy, 0600) or die "no FIFO: $!\n";
is(ask_responder('open', undef), 503, 'a FIFO in place of the copy is none');
my $ready = $responder->post(
    integration => 'x',
    event => '',
    variables => { REQUEST_METHOD => 'GET', SCRIPT_NAME => '/ready',
        PATH_INFO => '' });
like($ready->{body}, qr/"admits":false/, 'which is told');
unlink $copy;
rename $kept, $copy;
$world->connect_database;
ok(await(20, sub { !$world->spooled('new') }), 'the spool is drained');
is(scalar $world->spooled('bad'), 0, 'nothing is in bad/');
is(
    query("select string_agg(external_id || ' ' || title, ', '"
            . ' order by external_id) from tocsin.alerts'
            . " where integration_id = '$id{$_->[0]}'"),
    join(', ', map { "$_ within" } @{ $_->[1] }),
    "what was within others is stored: $_->[0]")
    for [ wrapped => [qw(c1 c2 f1 f2)] ], [ new => [qw(f1 f2)] ];

# The database is there, and the first event of a new token is of an alert
# that somebody holds.
is(ask_responder('early', $TOKEN, 'create', 'held'), 200, 'there is an alert');
open my $psql, '|-', 'psql', '-XAtq' or die "no psql: $!\n";
$psql->autoflush;
print $psql "\\o /dev/null\nset application_name = 'holder';\nbegin;\n"
    . 'select from tocsin_internal.alert where integration_id ='
    . " '$id{early}' for update;\n";
ok(await(10, sub {
    return query('select count(*) from pg_stat_activity where'
            . " application_name = 'holder'"
            . " and state = 'idle in transaction'") == 1;
}), 'whose row is held');
rotate('early', $NEXT, '0 s');
is(ask_responder('early', $NEXT, 'acknowledge', 'held'), 202,
    'a new token may spool for it at once');
is(ask_responder('early', $TOKEN, 'acknowledge', 'held'), 403,
    'the one before may not: the database is there to say so');
close $psql;
ok(await(20, sub { !$world->spooled('new') }), 'let go, it is drained');
is(query('select status from tocsin.alerts where integration_id ='
            . " '$id{early}' and external_id = 'held'"),
    'acknowledged', 'and acknowledged');

# The database shows bytea in its old form: nobody gets in by that.
query("alter role tocsin_web set bytea_output = 'escape'");
$responder->stop;
$responder = Responder->start(world => $world);
utime 0, 0, $copy;
ok(await(10, sub { (stat $copy)[9] > 0 }), 'a copy is made');
$world->disconnect_database;
is(ask_responder('early', $NEXT), 202, 'in an outage the right token may');
is(ask_responder('early', $_), 503, 'and others may not: ' . ($_ // 'none'))
    for 'wrong', undef;
$world->connect_database;
query('alter role tocsin_web reset bytea_output');

# It answers with what nobody expects.
query('create or replace function tocsin_api.admission()'
        . ' returns setof tocsin_api.admission_entry language sql stable'
        . " as 'select integration_id, enabled, token_hash::text,"
        . " previous_token_hash::text, null::bigint, null::text"
        . " from tocsin_internal.integration order by 1' security definer");
ok(await(20, sub {
    return $world->log_text =~ /stays as it was: .* no SHA-256/;
}), 'what cannot be a hash is told in the log');
$world->disconnect_database;
is(ask_responder('early', $NEXT), 202, 'and the copy stays as it was');
is(ask_responder('early', undef), 503, 'for others too');
ok($responder->stop, 'the responder ends');

# The copy, like the rest, has hashes only.
is(system("grep -rqF -e $TOKEN -e $NEXT $world->{spool} $world->{log}"),
    256, 'no token is in the spool or in the log');

done_testing();
