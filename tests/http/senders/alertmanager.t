#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Alertmanager as Debian has it, unchanged, sends to three dialects: its
# webhook, PagerDuty and Opsgenie.  Alerts are opened and resolved, with the
# database there and away.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../../lib";
use File::Find qw(find);
use Files qw(save slurp);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(strftime);
use Psql qw(integration sql);
use Test::More;
use World qw(await need);

need('prometheus-alertmanager');

my $world = World->new;
my %int = map { $_ => integration(token => $World::TOKEN) }
    qw(alertmanager pagerduty opsgenie);
$world->start_front('lighttpd-spawn');
my $base = "$world->{front}{url}integration";
my $port = free_port();
my $http = HTTP::Tiny->new(timeout => 10);

sub free_port
{
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die "no port: $!\n";
    return $s->sockport;
}

my $dir = "$world->{dir}/alertmanager";
mkdir $dir or die "$dir: $!\n";
save("$dir/conf.yml", <<"END");
route:
  receiver: all
  group_by: [alertname]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: all
  webhook_configs:
  - url: $base/$int{alertmanager}/alertmanager
    send_resolved: true
    http_config:
      authorization: {credentials: '$World::TOKEN'}
  pagerduty_configs:
  - url: $base/$int{pagerduty}/pagerduty
    routing_key: '$World::TOKEN'
    send_resolved: true
  opsgenie_configs:
  - api_url: $base/$int{opsgenie}/opsgenie/
    api_key: '$World::TOKEN'
    send_resolved: true
END

sub start
{
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        setpgrp;
        open STDERR, '>', "$dir/log" or die;
        open STDOUT, '>&', \*STDERR or die;
        { exec 'prometheus-alertmanager', "--config.file=$dir/conf.yml",
            "--storage.path=$dir", "--web.listen-address=127.0.0.1:$port",
            '--cluster.listen-address='; }
        POSIX::_exit(127);
    }
    $world->adopt($pid);
    await(30, sub { $http->get("http://127.0.0.1:$port/-/ready")->{success} })
        // die slurp("$dir/log");
}

# Tell Alertmanager of an alert, which ends at once or in an hour.
sub alert
{
    my ($name, $is_firing) = @_;
    my $end = time + ($is_firing ? 3600 : -1);
    my $answer = $http->post(
        "http://127.0.0.1:$port/api/v2/alerts",
        {
            headers => { 'Content-Type' => 'application/json' },
            content => JSON::PP::encode_json([ {
                labels => { alertname => $name, severity => 'critical' },
                annotations => { summary => "$name is wrong" },
                startsAt => strftime('%FT%TZ', gmtime(time - 60)),
                endsAt => strftime('%FT%TZ', gmtime $end)
            } ])
        });
    is($answer->{status}, 200, "Alertmanager takes $name");
}

# How the alerts of a name stand: integration's dialect, status.
sub stand
{
    my ($name) = @_;
    my %dialect = reverse %int;
    my $text = sql("select integration_id || ' ' || status"
            . " from tocsin_internal.alert where title ~ :'name'"
            . ' order by integration_id', name => $name);
    $text =~ s/^(int_\S+)/$dialect{$1}/mg;
    return join ', ', split /\n/, $text;
}

sub all_are
{
    my ($name, $status, $fact) = @_;
    my $want = join ', ', map { "$_ $status" }
        sort { $int{$a} cmp $int{$b} } keys %int;
    await(40, sub { stand($name) eq $want });
    is(stand($name), $want, $fact) || diag(slurp("$dir/log"));
}

sub failures
{
    my $text = $http->get("http://127.0.0.1:$port/metrics")->{content};
    my $n = 0;
    $n += $1 while $text =~
        /^alertmanager_notifications_failed_total\{.*\} ([\d.e+]+)$/mg;
    return $n;
}

# How many files below a directory have the token in them.
sub texts_with_token
{
    my ($folder) = @_;
    my $n = 0;
    find(
        sub {
            $n++ if -f && index(slurp($_), $World::TOKEN) != -1;
        },
        $folder);
    return $n;
}

start();
alert('DiskFull', 1);
all_are('DiskFull', 'open', 'an alert is opened by each way');
is(
    sql('select string_agg(urgency::text, chr(32) order by urgency)'
            . ' from tocsin_internal.alert'),
    'medium high critical',
    'its urgency where the sender has it');
alert('DiskFull', 0);
all_are('DiskFull', 'resolved', 'and resolved');

$world->stop_postgres;
alert('SwapFull', 1);
await(40, sub { $world->spooled >= 3 });
is(scalar $world->spooled, 3, 'while the database is away, it is spooled');
alert('SwapFull', 0);
await(40, sub { $world->spooled >= 6 });
is(scalar $world->spooled, 6, 'and so is its end');
is(texts_with_token($world->{spool}), 0, 'the spool has no token in it');
$world->start_postgres;
all_are('SwapFull', 'resolved', 'then all of it is stored, in order');
is(
    sql('select (select count(*) from tocsin_internal.event e'
            . " where e::text like '%' || :'token' || '%')"
            . ' + (select count(*) from tocsin_internal.alert a'
            . " where a::text like '%' || :'token' || '%')",
        token => $World::TOKEN),
    0, 'nor has the database');
is(texts_with_token($world->{front}{dir}), 0, 'nor has any log');
is(failures(), 0, 'Alertmanager has not failed once');
is($world->end, 0, 'no process is left');

done_testing;
