#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A relay is killed at every system call of sending a notification, by webhook
# and by mail: it was sent, or is still due and sent by the next relay under the
# same id; no receiver gets half a message.
use strict;
use warnings;

use FindBin qw($Bin);
use POSIX ();
use Test::More;

use lib "$Bin/lib", "$Bin/../lib";

use Cgi;
use Files qw(peek save slurp);
use Psql qw(integration query);
use Run qw(operator);
use Sink ();
use World qw(await need);
use World::Front;

need('strace', 'cc');
my $RELAY = "$World::ROOT/build/tocsin-relay";
my $world = World->new;
my $dir = $world->{dir};
my $sink = Sink->new;
my %count = map { $_ => 0 } qw(told due again);

mkdir "$dir/mail" or die "could not make it: $!\n";
# One whose relay is gone goes on.
save("$dir/sendmail", <<"END");
#!/bin/sh
file=$dir/mail/\$(date +%s%N).\$\$
cat >"\$file.part" && mv "\$file.part" "\$file"
END
chmod 0755, "$dir/sendmail";
save("$dir/relay.conf", <<"END");
relay_database = host=$dir/way dbname=tocsin user=tocsin_relay
relay_allow = 127.0.0.0/8
mail_from = tocsin\@host.example
sendmail = $dir/sendmail
log = $dir/relay.log
log_level = debug
END

# Run a relay once, behind the words before it; the signal that ended it.
sub relay
{
    my (@before) = @_;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        open STDOUT, '>>', "$dir/relay.out";
        open STDERR, '>&', \*STDOUT;
        no warnings 'exec';
        exec @before, $RELAY, '-c', "$dir/relay.conf", '--once';
        POSIX::_exit(127);
    }
    $world->adopt($pid);
    waitpid $pid, 0;
    $world->release($pid);
    is($? >> 8, 0, 'a relay ends well') if $? >> 8;
    return $? & 127;
}

sub trace
{
    my (@words) = @_;
    return relay('strace', '-qq', '-o', "$dir/trace",
        Cgi::traceable($world), @words);
}

# Ways to be told: the ids of what arrived for an alert, in order, and whether
# all of it is whole.
sub hooked
{
    my ($alert) = @_;
    return map { [ $_->{headers}{'webhook-id'}, 1 ] }
        grep { $_->{body} =~ /"id": ?"$alert"/ } $sink->requests('/hook');
}

sub mailed
{
    my ($alert) = @_;
    my @all;

    # A program that a relay has left behind ends soon.
    await(20, sub { !World::Front::running('/bin/sh', "$dir/sendmail") });
    for my $path (sort glob "$dir/mail/*") {
        my $text = slurp($path);
        my ($id) = $text =~ /^Message-ID: <([-0-9a-f]+)\@/m;
        push @all, [ $id // '', $text =~ /^Id: /m ? 1 : 0 ]
            if !defined $id || $id eq $alert;
    }
    unlink glob "$dir/mail/*";
    return @all;
}

my @ways = (
    { name => 'webhook', kind => 'webhook', address => "$sink->{base}/hook",
        arrived => \&hooked },
    { name => 'mail', kind => 'mail', address => 'duty@example.org',
        arrived => \&mailed });

# A new alert, due to be told.
sub open_alert
{
    my ($way, $id) = @_;
    operator('send', 'create', $way->{integration}, '--id', $id, '--title',
        "Title of $id");
    return query('select id from tocsin.alerts'
            . " where external_id = '$id'");
}

# What is to become of it: it waits in the outbox, or is a delivery in some
# state.
sub state_of
{
    my ($alert) = @_;
    return scalar query("select coalesce((select state::text"
            . " from tocsin_internal.delivery where alert_id = '$alert'),"
            . " (select 'outbox' from tocsin_internal.outbox"
            . " where alert_id = '$alert'), 'nothing')");
}

# The lease of a dead relay would last a minute.
sub end_leases
{
    query('update tocsin_internal.delivery set leased_until = now()'
            . " where state = 'sending'");
    query('update tocsin_internal.destination_state set rests_until = now(),'
            . " leased_from = '-infinity'");
}

sub crash
{
    my ($way, $point) = @_;
    my $id = "$way->{name} $point";
    my $alert = open_alert($way, $id);
    my $signal = trace('-e', "inject=$point");

    return if $signal != 9;
    my $state = state_of($alert);
    my @before = $way->{arrived}->($alert);
    $way->{kills}++;
    $count{ $state eq 'sent' ? 'told' : 'due' }++;
    like($state, qr/^(?:outbox|due|sending|sent)$/, "$id: it is not lost")
        if $state !~ /^(?:outbox|due|sending|sent)$/;
    fail("$id: it was not told, but counts as such")
        if $state eq 'sent' && !@before;
    end_leases();
    relay();
    is(state_of($alert), 'sent', "$id: the next relay tells of it")
        if state_of($alert) ne 'sent';
    my @all = (@before, $way->{arrived}->($alert));
    @all = @all[ @before .. $#all ] if $way->{name} eq 'webhook';
    my %ids = map { $_->[0] => 1 } @all;
    is(join(' ', keys %ids), $way->{name} eq 'mail' ? $alert
        : 'msg_' . $alert =~ s/-//gr, "$id: under one id")
        if keys %ids != 1;
    fail("$id: a message is not whole") if grep { !$_->[1] } @all;
    $count{again}++ if @all > 1;
}

# Every system call of a run without a fault, as "name:n" for the n-th of its
# name; those before it opens its log, and the others.
sub calls
{
    my ($way) = @_;
    my (%n, @before, @after);

    open_alert($way, "$way->{name} plain");
    is(trace(), 0, "$way->{name}: without a fault it ends");
    $way->{arrived}->('none');
    for (split /\n/, peek("$dir/trace")) {
        my ($name) = /^(\w+)\(/ or next;
        my $call = "$name:" . ++$n{$name};
        next if $name eq 'execve';
        push @{ @after || /relay\.log/ ? \@after : \@before }, $call;
    }
    return (\@before, \@after);
}

# At most n of them, evenly.
sub thin
{
    my ($n, @all) = @_;
    return @all if @all <= $n;
    return map { $all[ $_ * @all / $n ] } 0 .. $n - 1;
}

sub points
{
    my ($way) = @_;
    my ($before, $after) = calls($way);
    my @calls = $World::LONG
        ? (thin(20, @$before), @$after)
        : (thin(1, @$before), thin(12, @$after));
    note("$way->{name}: " . @$before . ' calls before, ' . @$after . ' after');
    return map { /^(\w+):(\d+)/; "$1:signal=KILL:when=$2" } @calls;
}

for my $way (@ways) {
    my $i = $way->{integration} = integration();
    my %o = $way->{kind} eq 'mail'
        ? (format => 'null', options => '{"gap": "0", "per_hour": null}')
        : (format => "'standard'", options => '{}');
    query("select name from tocsin_api.destination_add('$way->{name}',"
            . " '$way->{kind}', '$way->{address}', $o{format},"
            . " '$o{options}')");
    query("select name from tocsin_api.route_add('$way->{name}',"
            . qq{ '[{"to": "$way->{name}"}]', '{"integration_id": "$i"}')});
    crash($way, $_) for points($way);
    cmp_ok($way->{kills} // 0, '>=', $World::LONG ? 60 : 9,
        "$way->{name}: there were enough kills");
}
note(join ', ', map { "$_ $count{$_}" } sort keys %count);
cmp_ok($count{told}, '>', 0, 'some were told before the relay was killed');
cmp_ok($count{due}, '>', 10, 'others were still due');
cmp_ok($count{again}, '>', 0, 'and some were told again');
is(scalar query("select count(*) from tocsin_internal.delivery"
        . " where state <> 'sent'"), '0', 'in the end all are told');
is($world->end, 0, 'everything ends when it is told to');
done_testing;
