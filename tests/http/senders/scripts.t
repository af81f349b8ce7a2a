#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What other programs send by a script of theirs, run as it is: Zabbix's media
# types, by zabbix_js, and Uptime Kuma's classes, by node.  Alerts are opened,
# acknowledged and resolved, with the database there and away.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../../lib";
use File::Basename qw(dirname);
use Files qw(npm save slurp $BUILD);
use JSON::PP ();
use Psql qw(integration sql);
use Test::More;
use World qw(await has_program);

my $KUMA = 'uptime-kuma-2.0.0-dev.0'; # as npm has it
my $JSON = JSON::PP->new->utf8->canonical;
my $world = World->new;
my $TOKEN = $World::TOKEN;
my %int = map { $_ => integration(token => $TOKEN) }
    qw(zabbix-pagerduty zabbix-opsgenie kuma-webhook kuma-form kuma-custom
    kuma-pagerduty);
$int{'kuma-pagertree'} = integration(); # it sends no token
$world->start_front('lighttpd-spawn');

sub url
{
    my ($name, $dialect) = @_;
    return "$world->{front}{url}integration/$int{$name}$dialect";
}

# How the alerts of an integration stand: Id and status.
sub stands
{
    my ($name, $want, $fact) = @_;
    my $got = '';
    await(30, sub {
        $got = sql("select string_agg(external_id || ' ' || status, ', '"
                . ' order by created_at) from tocsin_internal.alert'
                . " where integration_id = :'id'", id => $int{$name});
        return $got eq $want;
    });
    return is($got, $want, "$name: $fact");
}

# Zabbix's media types, with the values that their parameters have by default.
sub media_types
{
    my ($file) = @_;
    my %media;
    open my $sql, '-|', 'gzip', '-dc', $file or die "$file: $!\n";
    my $text = do { local $/; <$sql> };
    close $sql;
    while ($text =~ /^INSERT\ INTO\ (media_type(?:_param)?)\ \(([^)]*)\)\ values
            \ \(((?:'(?:[^']|'')*'|[^')])*)\);/xmg)
    {
        my ($table, $columns, $values) = ($1, $2, $3);
        my %row;
        @row{ split /,/, $columns } =
            map { s/''/'/gr } $values =~ /'((?:[^']|'')*)'/g;
        my $m = $media{ $row{mediatypeid} } //= {};
        if ($table eq 'media_type') {
            @$m{qw(name script)} = @row{qw(name script)};
        } else {
            $m->{params}{ $row{name} } = $row{value};
        }
    }
    return map { $_->{name} => $_ } values %media;
}

my %step = (
    problem => { 'EVENT.VALUE' => 1 },
    acknowledge => {
        'EVENT.VALUE' => 1,
        'EVENT.UPDATE.STATUS' => 1,
        'EVENT.ACK.STATUS' => 'Yes',
        'EVENT.UPDATE.ACTION' => 'acknowledged'
    },
    recovery => { 'EVENT.VALUE' => 0 });

# Run a media type's script at one step of the event; what it says.
sub zabbix
{
    my ($media, $step, $event, %params) = @_;
    my %macro = (
        'EVENT.ID' => $event,
        'EVENT.NSEVERITY' => 4,
        'EVENT.SOURCE' => 0,
        'EVENT.UPDATE.STATUS' => 0,
        'EVENT.ACK.STATUS' => 'No',
        'EVENT.TAGS' => 'scope:capacity',
        'EVENT.TAGSJSON' => '[{"tag":"scope","value":"capacity"}]',
        'TRIGGER.ID' => 302,
        'HOST.NAME' => 'db1',
        'ALERT.SUBJECT' => "Problem: $event",
        'ALERT.MESSAGE' => 'Load is 9',
        'USER.FULLNAME' => 'Ann',
        '$ZABBIX.URL' => 'https://zabbix.example.org',
        %{ $step{$step} });
    my %value = (%{ $media->{params} }, %params);
    s/^\{([^}]+)\}$/$macro{$1} \/\/ ''/e for values %value;
    save("$world->{dir}/script.js", $media->{script});
    save("$world->{dir}/params", $JSON->encode(\%value));
    return scalar qx(zabbix_js -s '$world->{dir}/script.js' -t 30 \\
        -i '$world->{dir}/params' 2>&1);
}

# The media types that are used, and their parameters.
my (%media, %params);

sub open_zabbix
{
    my ($program) = grep { -x } map { "$_/zabbix_js" } split /:/, $ENV{PATH};
    my ($data) = glob dirname($program)
        . '/../share/zabbix-server-*/data.sql.gz';
    my $url = url('zabbix-pagerduty', '/pagerduty/v2/enqueue');

    %media = media_types($data);
    $params{PagerDuty} = { token => $TOKEN };
    $params{Opsgenie} = {
        opsgenie_api => url('zabbix-opsgenie', '/opsgenie/v2/alerts'),
        opsgenie_web => 'https://opsgenie.example.org',
        opsgenie_token => $TOKEN
    };
    # The address is no parameter: its users edit the script.
    ok(
        $media{PagerDuty}{script} =~
            s{https://events\.pagerduty\.com/v2/enqueue}{$url},
        'the script for PagerDuty has its address');
}

sub succeeds
{
    my ($name, $step, $event) = @_;
    my $said = zabbix($media{$name}, $step, $event, %{ $params{$name} });
    my $good = $name eq 'PagerDuty' ? qr/^OK$/m : qr/^\{"tags":\{.*\}\}$/m;
    return like($said, $good, "Zabbix to $name: $step is a success");
}

sub zabbix_sends
{
    for my $step (
        [ problem => 'open' ],
        [ acknowledge => 'acknowledged' ],
        [ recovery => 'resolved' ])
    {
        for (qw(PagerDuty Opsgenie)) {
            succeeds($_, $step->[0], 8841);
            stands('zabbix-' . lc, "8841 $step->[1]", "it is $step->[1]");
        }
    }
    is(
        sql('select string_agg(urgency::text, chr(32) order by urgency)'
                . " from tocsin_internal.alert where external_id = '8841'"),
        'high high', 'the severity is taken');
}

sub zabbix_sends_away
{
    succeeds('PagerDuty', $_, 8842) for qw(problem acknowledge recovery);
    for ([ problem => 8842 ], map { [ $_ => 8843 ] }
        qw(problem acknowledge recovery))
    {
        my ($step, $event) = @$_;
        like(
            zabbix($media{Opsgenie}, $step, $event, %{ $params{Opsgenie} }),
            qr/status code 503/,
            "Zabbix to Opsgenie: it cannot ask what became of $step");
    }
}

sub zabbix_has_sent
{
    stands('zabbix-pagerduty', '8841 resolved, 8842 resolved',
        'then all is stored');
    my $all = '8841 resolved, 8842 open, 8843 resolved';
    stands('zabbix-opsgenie', $all, 'all that it could not ask of, too');
    succeeds('Opsgenie', 'problem', 8842);
    stands('zabbix-opsgenie', $all, 'its next attempt opens no other');
}

# Uptime Kuma's classes; why they cannot be had, else nothing.
sub missing_kuma
{
    my $dir = "$BUILD/senders";
    my @without = npm('senders', "$Bin/package.json", map { "$_/package.json" }
            qw(axios dayjs form-data liquidjs));
    return "npm cannot get @without" if @without;
    (my $package = $KUMA) =~ s/-(?=\d)/@/;
    return "npm cannot get $KUMA"
        if !-d "$dir/package"
        && system("cd '$dir' && npm pack --silent '$package' >/dev/null 2>&1"
            . " && tar xzf '$KUMA.tgz'");
    return;
}

sub kuma
{
    my ($status, $monitor) = @_;
    my %common = (
        msg => "[shop] [$status] it is so",
        monitor => {
            id => $monitor,
            name => 'shop',
            type => 'http',
            url => 'https://shop.example.org',
            hostname => undef
        },
        heartbeat => {
            monitorID => $monitor,
            status => $status eq 'Up' ? 1 : 0,
            time => '2026-11-28 03:00:00',
            msg => 'it is so',
            important => JSON::PP::true,
            duration => 60
        });
    save(
        "$world->{dir}/todo",
        $JSON->encode([
            {
                %common,
                provider => 'webhook',
                notification => {
                    webhookURL => url('kuma-webhook', '/uptime-kuma'),
                    webhookContentType => 'json',
                    webhookAdditionalHeaders =>
                        qq({"Authorization":"Bearer $TOKEN"})
                }
            },
            {
                %common,
                provider => 'webhook',
                notification => {
                    webhookURL => url('kuma-form', '/uptime-kuma'),
                    webhookContentType => 'form-data',
                    webhookAdditionalHeaders =>
                        qq({"Authorization":"Bearer $TOKEN"})
                }
            },
            {
                %common,
                provider => 'webhook',
                notification => {
                    webhookURL => url('kuma-custom', '/oncall'),
                    webhookContentType => 'custom',
                    webhookCustomBody => '{"alert_uid":"{{monitorJSON.id}}",'
                        . '"title":"{{monitorJSON.name}}","state":'
                        . '"{% if heartbeatJSON.status == 1 %}ok{% else %}'
                        . 'alerting{% endif %}"}',
                    webhookAdditionalHeaders =>
                        qq({"Authorization":"Bearer $TOKEN"})
                }
            },
            {
                %common,
                provider => 'pagerduty',
                notification => {
                    pagerdutyIntegrationUrl =>
                        url('kuma-pagerduty', '/pagerduty/v2/enqueue'),
                    pagerdutyIntegrationKey => $TOKEN,
                    pagerdutyPriority => 'critical',
                    pagerdutyAutoResolve => 'resolve'
                }
            },
            {
                %common,
                provider => 'pagertree',
                notification => {
                    pagertreeIntegrationUrl => url('kuma-pagertree', ''),
                    pagertreeUrgency => 'high',
                    pagertreeAutoResolve => 'resolve'
                }
            } ]));
    return scalar qx(node '$Bin/kuma.js' '$BUILD/senders/package' \\
        <'$world->{dir}/todo' 2>&1);
}

my %KUMA = (
    'kuma-webhook' => '7',
    'kuma-form' => '7',
    'kuma-custom' => '7',
    'kuma-pagerduty' => 'Uptime Kuma/7',
    'kuma-pagertree' => '7');

sub kuma_succeeds
{
    my ($status, $monitor) = @_;
    my $said = kuma($status, $monitor);
    is(() = $said =~ /^(?:Sent Success|\w+ notification succeed)/mg,
        5, "Uptime Kuma: $status is a success, five times") || diag($said);
}

sub kuma_sends
{
    for my $step ([ Down => 'open' ], [ Up => 'resolved' ]) {
        kuma_succeeds($step->[0], 7);
        stands($_, "$KUMA{$_} $step->[1]", "it is $step->[1]")
            for sort keys %KUMA;
    }
}

sub kuma_has_sent
{
    for (sort keys %KUMA) {
        my $next = $KUMA{$_} =~ s/7/8/r;
        stands($_, "$KUMA{$_} resolved, $next resolved", 'all is stored');
    }
}

my $no_kuma = has_program('node') ? missing_kuma() : 'there is no node';
my $no_zabbix = has_program('zabbix_js') ? undef : 'there is no zabbix_js';
plan skip_all => "$no_kuma, $no_zabbix"
    if defined $no_kuma && defined $no_zabbix;
diag($_) for grep { defined } $no_kuma, $no_zabbix;
my ($kuma, $zabbix) = (!defined $no_kuma, !defined $no_zabbix);

open_zabbix() if $zabbix;
zabbix_sends() if $zabbix;
kuma_sends() if $kuma;
$world->stop_postgres;
zabbix_sends_away() if $zabbix;
for (qw(Down Up)) {
    kuma_succeeds($_, 8) if $kuma;
}
$world->start_postgres;
ok(await(60, sub { !$world->spooled }), 'what was spooled is stored');
zabbix_has_sent() if $zabbix;
kuma_has_sent() if $kuma;
is($world->end, 0, 'no process is left');

done_testing;
