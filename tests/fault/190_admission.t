#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Who may spool while the database is away: the copy of the integrations
# says so, also when it is old; when it is damaged or not there, nobody may.
# What was taken ends in the database or, with a reason, in bad/.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;

use Cgi;
use Responder;
use Rig;

my $TOKEN = 'a-token-that-is-in-no-file-8f3a';
my $NEXT = 'the-one-after-it-77c1';
my $DAY_S = 24 * 3600;

my $rig = Rig->new;
my $copy = "$rig->{spool}/integrations";
my %id = (
    token => $rig->integration(token => $TOKEN),
    open => $rig->integration,
    off => $rig->integration(token => $TOKEN),
    rotated => $rig->integration(token => $TOKEN),
    closed => $rig->integration(token => $TOKEN),
    gone => $rig->integration(token => $TOKEN));
my $number = 0;

sub ask
{
    my ($which, $token, %o) = @_;
    return Cgi::run(
        rig => $rig,
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

# Have the copy made anew, as it is now in the database.
sub refresh
{
    utime 0, 0, $copy;
    status('open', undef, away => 0) == 200 or die "no database\n";
}

sub set_enabled
{
    my ($which, $on) = @_;
    $rig->sql("select * from tocsin_api.integration_enable('$id{$which}',"
            . " '$on')");
}

sub rotate
{
    my ($which, $token, $grace) = @_;
    $rig->sql('select * from tocsin_api.integration_rotate_token('
            . "'$id{$which}', sha256('$token'), '$grace')");
}

is(status('token', $TOKEN), 503, 'without a copy nobody may spool');
set_enabled('off', 'false');
refresh();
my $sound = Rig::slurp($copy);
ok(defined $sound, 'the database is there: a copy is made');

for my $age (0, 2 * $DAY_S) {
    my $name = $age ? 'an old copy' : 'a new copy';
    utime time - $age, time - $age, $copy;
    is(status('token', $TOKEN), 202, "$name: the right token may");
    is(status('token', "${TOKEN}x"), 403, "$name: a wrong one may not");
    is(status('token', ''), 403, "$name: an empty one may not");
    is(status('token', undef), 403, "$name: nor may none");
    is(status('open', undef), 202, "$name: who needs no token may");
    is(status('open', 'any'), 202, "$name: with a token too");
    is(status('off', $TOKEN), 503, "$name: who is disabled has to wait");
    is(status('int_nobody00', $TOKEN), 503,
        "$name: who is not known has to wait");
}

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
    Cgi::write_file($copy, $bytes);
    for my $which (qw(token open)) {
        my $status = status($which, $TOKEN);
        push @admitted, length($bytes) . " $which: $status" if $status != 503;
    }
}
is(join("\n", @admitted), '', 'with a damaged copy nobody may, for now');
like($rig->log_text, qr/copy of the integrations .* damaged/,
    'and the log says so');
refresh();
is(Rig::slurp($copy), $sound, 'the database mends it');
is(status('token', $TOKEN), 202, 'and the right token may again');

# Rotation, with and without the old one being good for a while.
rotate('token', $NEXT, '1 hour');
refresh();
is(status('token', $TOKEN), 202, 'in its grace the old token may');
is(status('token', $NEXT), 202, 'and so may the new one');
rotate('token', $NEXT, '0 s');
$rig->sql('update tocsin_internal.integration set'
        . " previous_token_expires_at = now() - interval '1 s'"
        . ' where previous_token_expires_at is not null');
refresh();
is(status('token', $TOKEN), 403, 'after it, it may not');

# What changed while the database was away.
sub rename_integration
{
    my ($from, $to) = @_;
    $rig->sql('update tocsin_internal.integration set integration_id ='
            . " '$to' where integration_id = '$from'");
}

sub stored
{
    my ($which) = @_;
    return $rig->sql('select count(*) from tocsin.events'
            . " where integration_id = '$id{$which}'");
}

my @changed = qw(rotated closed gone);
is(status($_, $TOKEN), 202, "an event of one is taken, that is then $_")
    for @changed;
rotate('rotated', $NEXT, '0 s');
set_enabled('closed', 'false');
rename_integration($id{gone}, 'int_elsewhere');
ok(Responder::drain($rig), 'the spool is drained');
is(stored('rotated'), 1, 'with the token it had it was good');
is(stored('closed'), 1, 'and so it was before it was closed');
is(stored('gone'), 0, 'of one that is gone it can not be stored');
my @bad = grep { !/\.why$/ } $rig->spooled('bad');
is(scalar @bad, 1, 'so it is in bad/');
is(Rig::slurp("$rig->{spool}/bad/$bad[0].why"), 'unknown_integration',
    'which says why');
rename_integration('int_elsewhere', $id{gone});
rename "$rig->{spool}/bad/$bad[0]", "$rig->{spool}/new/$bad[0]";
ok(Responder::drain($rig), 'put back, it is drained');
is(stored('gone'), 1, 'and stored, now that it can be');

# The copy, like the rest, has hashes only.
is(system("grep -rqF -e $TOKEN -e $NEXT $rig->{spool} $rig->{log}"),
    256, 'no token is in the spool or in the log');

done_testing();
