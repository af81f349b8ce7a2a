#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The spool is full: of bytes, of inodes, or up to its limits.  Senders are
# told to retry; no file is torn, every event answered 202 is there, and after a
# drain the same process accepts events again.
use strict;
use warnings;

use File::Copy qw(copy);
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;

use Files qw(save);
use Psql qw(integration query);
use Responder;
use World qw(await);

my $REFUSALS = 10;
my $EVENTS_MAX = 2000;

my $world = World->new;
my $integration = integration(token => 'secret');
my $number = 0;
my %promised;

# A file system in memory of its own, or the reason why not.
sub mount_tmpfs
{
    my ($path, $options) = @_;
    mkdir $path or die "could not make $path: $!\n";
    return 'only root can mount' if $>;
    $world->at_end(
        sub { system "umount $path 2>/dev/null || umount -l $path" });
    return '' if !system
        "mount -t tmpfs -o mode=700,$options tocsin $path 2>/dev/null";
    return 'mount is not allowed here';
}

sub ask
{
    my ($responder, $bytes) = @_;
    my $id = 'f' . ++$number;
    my $answer = $responder->post(
        integration => $integration,
        token => 'secret',
        event => {
            event_type => 'create',
            Id => $id,
            Title => 'A title',
            Description => 'd' x $bytes
        });
    $promised{ $answer->{json}{event_id} } = $id
        if $answer->{status} =~ /^2/;
    return $answer;
}

# Fill it, and say how many were taken.
sub fill
{
    my ($responder, $name, $bytes) = @_;
    my ($taken, $refused, $odd) = (0, 0, '');

    while ($refused < $REFUSALS && $taken < $EVENTS_MAX) {
        my $answer = ask($responder, $bytes);
        if ($answer->{status} == 202) {
            $taken++;
        } elsif ($answer->{status} == 503) {
            $refused++;
            $odd = 'no Retry-After'
                if $answer->{header} !~ /^Retry-After: \d/m;
        } else {
            $odd = "$answer->{status} $answer->{body}";
        }
    }
    is($odd, '', "$name: a full spool says 503 and when to come again");
    return $taken;
}

sub full
{
    my ($name, %o) = @_;
    my $spool = "$world->{dir}/spool." . ++$number;
    my $why = $o{options} ? mount_tmpfs($spool, $o{options}) : '';

  SKIP: {
        skip "$name: $why", 11 if $why;
        mkdir $spool, 0700;
        copy("$world->{spool}/integrations", "$spool/integrations")
            or die "no copy of the integrations: $!\n";
        local $world->{spool} = $spool;
        $world->disconnect_database;
        my $responder =
            Responder->start(world => $world, conf => $o{conf} // {});
        # Something that cannot be drained, in front of all others.
        my $poison = sprintf '%020d-%04x-%d', 1, 7, 4;
        save("$spool/new/$poison", 'none');
        my $taken = fill($responder, $name, $o{bytes});
        note("$name: $taken events");
        cmp_ok($taken, '>', 9, "$name: it took some");
        cmp_ok($taken, '<', $EVENTS_MAX, "$name: and then no more");
        is(scalar $world->spooled('new'), $taken + 1,
            "$name: there are as many files as it took");
        is(join(' ', $world->torn), $poison, "$name: all of them whole");
        is(scalar $world->spooled('tmp'), 0, "$name: and none half made");
        $world->connect_database;
        ok(await(30, sub { return !$world->spooled('new') }),
            "$name: when the database is back it drains");
        is(join(' ', grep { !/\.why$/ } $world->spooled('bad')), $poison,
            "$name: past what is damaged");
        is(ask($responder, $o{bytes})->{status}, 200,
            "$name: and takes events");
        $world->disconnect_database;
        is(ask($responder, $o{bytes})->{status}, 202,
            "$name: the spool takes them again, without a restart");
        $world->connect_database;
        ok(await(30, sub { return !$world->spooled('new') }),
            "$name: and drains again");
        $responder->stop;
    }
}

# Make the copy of the integrations.
Responder::drain($world);
await(10, sub { return -e "$world->{spool}/integrations" });
full('no bytes', options => 'size=1m', bytes => 3000);
full('no inodes', options => 'nr_inodes=64', bytes => 10);
full('spool_max_files',
    conf => { spool_max_files => 25 },
    bytes => 10);
full('spool_max_bytes',
    conf => { spool_max_bytes => 131_072 },
    bytes => 3000);

# The host allows no longer files than this, not even the one of the counts.
$world->disconnect_database;
my $responder = Responder->start(world => $world,
    wrap => [ 'prlimit', '--fsize=1000000:unlimited' ]);
my $array = sub {
    return $responder->post(integration => $integration, token => 'secret',
        event => [ map { { event_type => 'resolve', Id => "r$_",
            Description => 'd' x 120_000 } } 1 .. 9 ])->{status};
};
is(ask($responder, 10)->{status}, 202, 'where files may not be long: an event');
is($array->(), 503, 'an array that does not fit is not taken');
is(ask($responder, 10)->{status}, 202, 'but others after it are');
system('prlimit', '--pid', $responder->{pid}, '--fsize=unlimited');
is($array->(), 202, 'and the array where it fits');
$world->connect_database;
ok(await(30, sub { return !$world->spooled('new') }), 'all of it drains');
ok($responder->stop, 'and the same process has done it');

my %stored = map { ($_->[0] => $_->[1]) }
    query('select id, external_id from tocsin.events where'
        . " event_type = 'create'");
is(join(' ', grep { !$stored{$_} } keys %promised), '',
    'what was answered 2xx is stored');
is(scalar keys %stored, scalar keys %promised, 'and nothing else');
cmp_ok(scalar keys %promised, '>', 30, 'which are many');

done_testing();
