#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Relays are killed every second, and PostgreSQL now and then, while alerts come
# and go: each transition reaches every destination, in order and under one id:
# programs, people, and a second tocsin, which then has the same alerts.  At
# last the two notify each other, and that ends.
use strict;
use warnings;

use FindBin qw($Bin);
use JSON::PP ();
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../fault/lib", "$Bin/../lib";

use Files qw(peek save slurp);
use Http qw(post);
use Load qw(load);
use Psql qw(integration query sql);
use Sink ();
use Told qw(is_faultless judge);
use World qw(await now pick);

my $RELAY = "$World::ROOT/build/tocsin-relay";
my $TRANSITIONS = pick(10_000, 250);
my $JSON = JSON::PP->new->canonical;
my %count = map { $_ => 0 } qw(relays postgres hits);

# The second tocsin, and the first.
my $second = World->new(front_name => 'lighttpd-spawn');
my %second = map { $_ => $ENV{$_} } grep { /^PG/ } keys %ENV;
my $first = World->new;
my @integrations = map { integration(token => $World::TOKEN) } 1 .. 3;
$first->{integration} = $integrations[0];
$first->start_front('lighttpd-spawn');
my $dir = $first->{dir};

sub in_second
{
    my ($code) = @_;
    local %ENV = (%ENV, %second);
    return $code->();
}

# Receivers: one of ten requests fails in some way, and none is answered at
# once.
my $ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
my $failed = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";

sub answer
{
    my $chance = rand;
    return $chance < 0.05 ? [0, $failed]
        : $chance < 0.1 ? [0.02, '']
        : [0.03 + rand 0.05, $ok];
}

my $sink = Sink->new('/hook' => \&answer, '/chat' => \&answer);
mkdir "$dir/mail" or die "could not make it: $!\n";
save("$dir/sendmail", <<"END");
#!/bin/sh
status=0
case \$(od -An -N1 -tu1 /dev/urandom) in
*[13]7) status=75 ;;
esac
file=$dir/mail/\$(date +%s%N).\$\$.\$status
cat >"\$file.part" && mv "\$file.part" "\$file"
sleep 0.05
exit \$status
END
chmod 0755, "$dir/sendmail";

sub write_configuration
{
    my ($world) = @_;
    my $way = "$world->{dir}/way";
    save("$world->{dir}/relay.conf", <<"END");
relay_database = host=$way port=5432 dbname=tocsin user=tocsin_relay
relay_allow = 127.0.0.0/8
mail_from = tocsin\@host.example
sendmail = $dir/sendmail
log = $world->{dir}/relay.log
END
}

sub add_destination
{
    my ($name, $kind, $address, $format, $options) = @_;
    sql('select name from tocsin_api.destination_add('
            . ":'name', :'kind', :'address', nullif(:'format', ''),"
            . " :'options')",
        name => $name, kind => $kind, address => $address,
        format => $format, options => $JSON->encode($options));
}

write_configuration($_) for $first, $second;
sql("select name from tocsin_api.format_add('all', :'text')",
    text => '{"audience": "people", "template": {"count": {"$n": "count"},'
        . ' "alerts": {"$each": "alerts", "item": {"alert": "{{alert_id}}",'
        . ' "notice": "{{event}}"}}}}');
my %soon = (gap => '1 s', gap_max => '2 s', per_hour => undef);
add_destination('hook', 'webhook', "$sink->{base}/hook", 'standard',
    { in_flight_max => 8 });
add_destination('next', 'webhook',
    "$second->{front}{url}integration/$second->{integration}", 'incoming',
    { in_flight_max => 8,
        headers => { 'pagertree-token' => $World::TOKEN } });
add_destination('chat', 'webhook', "$sink->{base}/chat", 'all', \%soon);
add_destination('mail', 'mail', 'duty@example.org', '', \%soon);
sql(q{select name from tocsin_api.route_add('all',
    '[{"to": "hook"}, {"to": "next"}, {"to": "chat"}, {"to": "mail"}]')});

# What a create says besides, in bytes: nothing that is not to arrive.
sub more
{
    my ($id) = @_;
    my ($n) = $id =~ /(\d+)$/;
    return (
        Description => "line \xC3\xA9\n\"$id\" \xF0\x9F\x94\x94 <b>\\",
        Tags => [ 'db', "n-$n", "\xC3\xBC" ],
        Urgency => (qw(low medium high critical))[ $n % 4 ],
        dedup_keys => ["key $n"],
        Meta => {
            n => $n, nested => { list => [ 1.5, undef, "\xE2\x80\xA8" ] },
            $n % 3 ? () : (incident => JSON::PP::true,
                incident_severity => 'SEV-2', incident_message => "m $n") });
}

# ----------------------------------------------------------------------
# The relays
# ----------------------------------------------------------------------

my %relays; # name => what is started under it, and its process
my @killed; # processes that are gone, since when

sub keep_relay
{
    my ($name, $world, @options) = @_;
    my $relay = $relays{$name} //= {};

    return if $relay->{pid} && waitpid($relay->{pid}, WNOHANG) == 0;
    $world->release($relay->{pid}) if $relay->{pid};
    $relay->{pid} = fork // die "could not fork: $!\n";
    if (!$relay->{pid}) {
        open STDOUT, '>>', "$dir/relay.out";
        open STDERR, '>&', \*STDOUT;
        no warnings 'exec';
        exec $RELAY, '-c', "$world->{dir}/relay.conf", @options;
        POSIX::_exit(127);
    }
    $world->adopt($relay->{pid});
}

# A process that has messages on their way; undef: none has.
sub busy_relay
{
    my %ours = map { $_->{pid} => 1 } values %relays;
    my @busy = query('select distinct pid from tocsin_internal.relay'
            . ' join tocsin_internal.delivery on leased_by = relay_id');

    return (grep { $ours{$_} } map { $_->[0] } @busy)[0];
}

# That one, or any.
sub kill_relay
{
    my ($pid) = @_;
    my @names = sort keys %relays;

    $pid //= $relays{ $names[ rand @names ] }{pid};
    return if waitpid($pid, WNOHANG) != 0;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    $first->release($pid);
    $count{relays}++;
    push @killed, { pid => $pid, at => now() };
}

# Leases last a minute, too long for a test: end those of the dead.
sub end_leases
{
    my @pids = map { $_->{pid} } grep { $_->{at} < now() - 1 } @killed;

    return if !@pids;
    @killed = grep { $_->{at} >= now() - 1 } @killed;
    my $pids = join ',', @pids;
    $count{hits} += query(<<"END");
with over as (
    update tocsin_internal.delivery
       set leased_until = now()
     where state = 'sending'
       and leased_by in (
           select relay_id from tocsin_internal.relay where pid in ($pids))
    returning destination_id),
peace as (
    update tocsin_internal.destination_state
       set rests_until = case when rests_for = 'sending' then now()
               else rests_until end,
           leased_from = '-infinity'
     where destination_id in (select destination_id from over))
select count(*) from over
END
}

sub transitions
{
    return query('select count(*) from tocsin.events where outcome in'
            . " ('created', 'acknowledged', 'resolved')");
}

# All rows of a query; its session is a new one, whatever was killed.
sub table
{
    my ($sql) = @_;
    return $JSON->decode(
        scalar query("select coalesce(jsonb_agg(q), '[]') from ($sql) q"));
}

# Kill and let live until there were enough transitions.
sub torment
{
    my ($wanted, $seconds) = @_;
    my $begun = now();
    my ($second_pg, $next_kill, $next_once) = (0, 1, 0);
    my $next_postgres = pick(10, 4);

    while ((my $at = now() - $begun) < $seconds) {
        keep_relay($_, $first) for qw(one two);
        if ($at >= $next_once) {
            keep_relay('cron', $first, '--once', '--budget', 3);
            $next_once = $at + 2;
        }
        if ($at >= $next_kill) {
            kill_relay(rand() < 0.5 ? busy_relay() : undef);
            $next_kill += 1;
            end_leases();
            last if $count{postgres} > 1 && transitions() >= $wanted;
        }
        if ($at >= $next_postgres) {
            my $world = $count{postgres}++ % 2 ? $second : $first;
            $world->kill_postgres;
            sleep 0.3;
            kill_relay();
            # The environment is that of the first.
            local %ENV = (%ENV, $world == $second ? %second : ());
            $world->start_postgres;
            $next_postgres += pick(10, 4);
        }
        sleep 0.05;
    }
}

# Nothing is left to tell; nobody waits for the next try.
sub is_settled
{
    end_leases();
    query('select count(tocsin_api.destination_enable(name, true))'
            . ' from tocsin_internal.destination');
    return query(<<'END') == 0 && !$second->spooled;
select (select count(*) from tocsin_internal.outbox)
       + (select count(*) from tocsin_internal.delivery
           where state in ('due', 'sending'))
END
}

load($first, name => $_, integration => $integrations[$_], clients => 4,
    rate => pick(25, 10), plan => 'lifecycle', more => \&more) for 0 .. 2;
torment($TRANSITIONS, pick(1200, 40));
$first->stop_loads;
delete $relays{cron};
keep_relay($_, $first) for qw(one two);
ok(defined await(60, sub { !$first->spooled }), 'all events are stored');
ok(defined await(pick(900, 60), sub {
    my $settled = is_settled();
    sleep 0.5;
    return $settled;
}), 'then all is told') || diag(peek("$dir/relay.log"));

# ----------------------------------------------------------------------
# What was told
# ----------------------------------------------------------------------

my @transitions = @{ table(<<'END') };
select id, alert_id as alert, outcome as notice
  from tocsin.events
 where outcome in ('created', 'acknowledged', 'resolved')
END
my @deliveries = @{ table(<<'END') };
select d.name as destination, w.alert_id as alert, w.notice, w.notice_id as id,
       w.state, w.reason, w.message_id as message, w.attempts
  from tocsin_internal.delivery w
  join tocsin_internal.destination d using (destination_id)
 order by w.delivery_id
END
my %id = map { ("$_->{alert} $_->{notice}" => $_->{id}) } @transitions;

# One arrival at the hook, as the judge has it.
sub hooked
{
    my ($request) = @_;
    my $body = $JSON->decode($request->{body});
    my $id = $request->{headers}{'webhook-id'};

    $id =~ s/^msg_(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/;
    return { destination => 'hook', id => $id, alert => $body->{data}{id},
        notice => $body->{type} =~ s/^alert\.//r,
        status => $request->{status} };
}

# One at the second tocsin, by its log.
sub passed_on
{
    my ($event) = @_;
    my $notice = { create => 'created', acknowledge => 'acknowledged',
        resolve => 'resolved' }->{ $event->{event_type} };
    return { destination => 'next', alert => $event->{external_id},
        notice => $notice, id => $id{"$event->{external_id} $notice"} // '',
        status => 200 };
}

sub chatted
{
    my ($request) = @_;
    my $body = $JSON->decode($request->{body});
    return { destination => 'chat', count => $body->{count},
        listed => { map { $_->{alert} => $_->{notice} }
                @{ $body->{alerts} } },
        status => $request->{status} };
}

sub mailed
{
    my ($path) = @_;
    my $text = slurp($path);
    my ($count) = $text =~ /^Subject: \w+: (\d+) alerts, /m;
    my ($id) = $text =~ /^Message-ID: <([-0-9a-f]{36})\@host\.example>$/m;
    return { destination => 'mail', count => $count // 1, id => $id // '',
        status => $path =~ /\.0$/ ? 200 : 500 };
}

my @told_on = @{ in_second(sub {
    table('select external_id, event_type from tocsin.events order by id');
}) };
my @mails = map { mailed($_) } sort glob "$dir/mail/*.{0,75}";
my $v = judge(
    transitions => \@transitions,
    machines => [qw(hook next)],
    deliveries => \@deliveries,
    arrivals => [ map({ hooked($_) } $sink->requests('/hook')),
        map { passed_on($_) } @told_on ],
    messages => [ map({ chatted($_) } $sink->requests('/chat')), @mails ]);
diag(sprintf '%d transitions, %d deliveries, %d of them tried again;'
        . ' %d kills of relays, %d messages hit, %d kills of PostgreSQL;'
        . ' %d arrived again, %d though they had been taken; %d mails',
    scalar @transitions, scalar @deliveries,
    scalar(grep { $_->{attempts} > 1 } @deliveries),
    @count{qw(relays hits postgres)}, @$v{qw(retried repeated)},
    scalar @mails);
is_faultless($v);
is(scalar(grep { $_->{id} eq '' } @mails), 0, 'no mail is empty');
cmp_ok(scalar @transitions, '>=', 0.8 * $TRANSITIONS,
    'the run is not vacuous: there were enough transitions');
cmp_ok($count{relays}, '>=', pick(60, 6), 'and kills of relays');
cmp_ok($count{hits}, '>=', pick(50, 1), 'some in the midst of messages');
cmp_ok($count{postgres}, '>=', pick(10, 2), 'and of PostgreSQL');
cmp_ok(scalar(grep { $_->{attempts} > 1 } @deliveries), '>=', pick(500, 10),
    'there were second tries');
cmp_ok($v->{retried}, '>=', pick(100, 3), 'what arrived did so again');

# The second tocsin.
my $columns = 'title, description, urgency, tags, dedup_keys, meta, incident,'
    . ' incident_severity, incident_message, status';
my $ours = table("select alert_id as id, $columns"
        . ' from tocsin_internal.alert');
my $theirs = in_second(sub {
    table("select external_id as id, $columns from tocsin_internal.alert");
});
is(scalar @$theirs, scalar @$ours, 'the second tocsin has each alert once');
my %theirs = map { $_->{id} => $JSON->encode($_) } @$theirs;
my @odd = grep { ($theirs{ $_->{id} } // '') ne $JSON->encode($_) } @$ours;
is(scalar @odd, 0, 'and they are equal')
    || diag($JSON->encode($odd[0]), "\n", $theirs{ $odd[0]{id} } // 'none');
is(in_second(sub {
    scalar query("select string_agg(distinct array_to_string(flags, ' '),"
            . " ', ') from tocsin.alerts");
}), 'hops-1', 'flagged as sent on by one');

# ----------------------------------------------------------------------
# Two that feed each other
# ----------------------------------------------------------------------

in_second(sub {
    add_destination('back', 'webhook',
        "$first->{front}{url}integration/$integrations[0]", 'incoming',
        { headers => { 'pagertree-token' => $World::TOKEN } });
    sql(q{select name from tocsin_api.route_add('all',
        '[{"to": "back"}]')});
});
keep_relay('back', $second);
{
    local $ENV{BASE_URL} = $first->{front}{url};
    my $round = { event_type => 'create', Id => 'round', Title => 'Round' };
    is(post($integrations[0], $round,
        headers => [ 'pagertree-token' => $World::TOKEN ])->{status},
        200, 'an alert that goes round');
}
ok(defined await(60, sub {
    in_second(sub {
        query('select count(*) from tocsin_internal.attempt'
                . " where status = 422 and verdict = 'refuse'");
    });
}), 'is refused when it comes again and again');
my $flags = q{select string_agg(array_to_string(flags, ' '), ', ' order by id)
    from tocsin.alerts where title = 'Round'};
is(scalar query($flags), ', hops-2', 'after two alerts here');
is(in_second(sub { scalar query($flags) }), 'hops-1, hops-3', 'and two there');

for my $name (sort keys %relays) {
    my $relay = $relays{$name};
    kill 'TERM', $relay->{pid};
    waitpid $relay->{pid}, 0;
    is($?, 0, "relay $name ends well");
    ($name eq 'back' ? $second : $first)->release($relay->{pid});
}
is($_->end, 0, 'everything ends when it is told to') for $first, $second;
done_testing;
