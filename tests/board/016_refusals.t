#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Every refusal leaves a line in the log and a count in /metrics, as FastCGI
# and as CGI; many of them leave few lines; strangers leave no series.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Cgi;
use Files qw(save);
use Psql qw(integration value);
use Responder;
use World qw(await now);

my $world = World->new;
$world->start_postgres;
my $TOKEN = 'a token that is nowhere in the log';
my $int = integration(token => $TOKEN);
my $off = integration();
value("select enabled from tocsin_api.integration_enable(:'i', false)",
    i => $off);
my $dialects = "$world->{dir}/dialects";
mkdir $dialects or die "$dialects: $!\n";
chmod 0755, $dialects;
my $SOUND = <<'END';
language = 1
dialect = sns
[event]
event_type = create
Id = ${body/id}
END
save("$dialects/sns.dialect", "$SOUND\[nosuch]\n");
my $responder = Responder->start(world => $world,
    conf => {
        log_level => 'info',
        body_max => 2048,
        dialects => $dialects
    });
await(10, sub { -s "$world->{spool}/integrations" })
    or die "the spool has no copy of the integrations\n";

my $GOOD = '{"event_type":"create","Id":"secret-id","Title":"secret-title"}';
my %agent = (HTTP_USER_AGENT => "probe/1\" status=200\r\nforged: line");

# Send; return the status and the lines that were logged of it.
sub refused
{
    my ($event, %o) = @_;
    my $before = length $world->log_text;
    my %variables = (%agent, %{ delete $o{variables} // {} });
    my $answer = $responder->post(world => $world, integration => $int,
        token => $TOKEN, event => $event, variables => \%variables, %o);
    return ($answer, grep { / refused / } split /\n/,
        substr $world->log_text, $before);
}

sub leaves
{
    my ($name, $status, $pattern, $event, %o) = @_;
    my ($answer, @lines) = refused($event, %o);
    is($answer->{status}, $status, $name);
    is(scalar(@lines), 1, 'leaves one line');
    like($lines[0] // '',
        qr/ info: refused integration=\S* dialect=pagertree status=$status /,
        'that says so');
    like($lines[0] // '', $pattern, 'and why');
    like($lines[0] // '', qr/ agent="probe\/1\? status=200\?\?forged: line"/,
        'and whose program it was');
    return $answer;
}

leaves('no JSON', 400, qr/reason=bad_json offset=7 length=8 .* remove the/,
    '{"a":1,}');
sleep 1.1;
leaves('no token', 403, qr/reason=forbidden .*: the \S+ header is missing$/,
    $GOOD, token => undef);
sleep 1.1;
leaves('a wrong one', 403, qr/reason=forbidden .*: the \S+ header is wrong$/,
    $GOOD, token => 'a wrong one');
leaves('nobody', 404, qr/reason=unknown_integration .* integration has/,
    $GOOD, integration => 'int_nobody99');
leaves('one that is disabled', 405, qr/integration=$off .*reason=disabled /,
    $GOOD, integration => $off);
leaves('a GET', 405, qr/integration=$int .*reason=bad_method /,
    '', variables => { REQUEST_METHOD => 'GET' });
leaves('a large body', 413,
    qr/reason=too_large length=2049 .*over 2048 bytes.*body_max$/, ' ' x 2049);
leaves('a form', 415, qr/reason=not_json /, 'a=b',
    variables => { CONTENT_TYPE => 'application/x-www-form-urlencoded' });
leaves('no event', 422, qr(reason=invalid pointer=/event_type .*missing),
    '{"Title":"secret-title"}');
sleep 1.1;
leaves('a path that is none', 404, qr/integration= .*reason=not_found /,
    $GOOD, integration => "-");
sleep 1.1;
my ($answer, @lines) = refused("[$GOOD,7,{}]");
is($answer->{status}, 200, 'a batch with two bad items is taken');
is(scalar(@lines), 1, 'of which one is logged');
like($lines[0], qr{ status=422 reason=invalid pointer=/1 }, 'by its number');

# Many.
my $start = now();
@lines = map { (refused('{'))[1] // () } 1 .. 200;
cmp_ok(scalar(@lines), '<=', 2 + now() - $start,
    '200 refusals leave a line a second');
sleep 1.1;
push @lines, (refused('{'))[1] // ();
my $left = 0;
$left += /omitted=(\d+)/ ? $1 : 0 for @lines;
is($left + @lines, 201, 'which count those that are left out');

# As CGI, each time another process: the limit and the counts are shared.
my $before = length $world->log_text;
$start = now();
my %seen;
$seen{ Cgi::run(world => $world, integration => $int, event => '[',
    token => $TOKEN)->{status} }++
    for 1 .. 8;
is($seen{400}, 8, 'CGI refuses too');
@lines = grep { / refused / } split /\n/, substr $world->log_text, $before;
cmp_ok(scalar(@lines), '<=', 2 + now() - $start,
    'its processes share the line a second');

# A dialect of the operator's whose file is broken: no fault of a sender.
sub in_dialect
{
    my ($name) = @_;
    return $responder->post(
        integration => $int,
        token => $TOKEN,
        event => { id => 'd1', title => 't' },
        variables => { PATH_INFO => "/$int/$name" });
}
like($world->log_text, qr/dialect "sns\.dialect": line 6: /,
    'a broken file is told at the start, with its line');
is(in_dialect('sns')->{status}, 503, 'its dialect cannot be served');
is(in_dialect('oncall')->{status}, 200, 'others can');
save("$dialects/sns.dialect", $SOUND);
ok(await(10, sub { in_dialect('sns')->{status} == 200 }),
    'once it is mended, it is');
save("$dialects/sns.dialect", "$SOUND\[nosuch]\n");
ok(
    await(10, sub {
        in_dialect('sns')->{status} == 200
            && $world->log_text =~ /its last good version stays in force/;
    }),
    'and is served on when the file is broken again, which is told');

# In dialects, as FastCGI and as CGI.
for my $round (1 .. 3) {
    for my $name (qw(alertmanager zabbix guess), "<guess>\"$round") {
        my %sent = (
            integration => $int,
            token => $TOKEN,
            event => $name eq 'zabbix'
            ? { event_update_status => 1, event_id => 1 }
            : { alerts => [ map { { status => $_, fingerprint => "f$_" } }
                    qw(firing pending firing) ] });
        my %path = (PATH_INFO => "/$int/$name");
        if ($round == 1) {
            Cgi::run(world => $world, %sent, env => \%path);
        } else {
            $responder->post(%sent, variables => \%path);
        }
    }
}
like($world->log_text,
    qr/ refused integration=\Q$int\E dialect=unknown status=404 /,
    'a dialect that is none is logged as unknown');
unlike($world->log_text, qr/guess/, 'whatever its name');

# Strangers.
$responder->post(world => $world, integration => "int_guess$_",
    event => $GOOD)
    for 1 .. 100;
my $metrics = $responder->post(
    world => $world,
    integration => '',
    event => '',
    variables => {
        REQUEST_METHOD => 'GET',
        SCRIPT_NAME => '',
        PATH_INFO => '/metrics'
    })->{body};
my %count = $metrics =~ /^tocsin_refusals_total\{(.*)\} (\d+)$/mg;
my %want = (
    qq(integration="$int",dialect="pagertree",reason="bad_json") => 210,
    qq(integration="$int",dialect="pagertree",reason="forbidden") => 2,
    qq(integration="$int",dialect="pagertree",reason="invalid") => 3,
    qq(integration="$int",dialect="pagertree",reason="bad_method") => 1,
    qq(integration="$int",dialect="pagertree",reason="too_large") => 1,
    qq(integration="$int",dialect="pagertree",reason="not_json") => 1,
    qq(integration="$off",dialect="pagertree",reason="disabled") => 1,
    qq(integration="$int",dialect="unknown",reason="not_found") => 3,
    qq(integration="$int",dialect="alertmanager",reason="invalid") => 3,
    'integration="",dialect="",reason="unknown_integration"' => 101,
    'integration="",dialect="",reason="not_found"' => 4);
is_deeply(\%count, \%want, '/metrics counts each, and strangers as one');

my %items = $metrics =~
    /^tocsin_dialect_items_total\{(dialect="(?:alert|zabb).*)\} (\d+)$/mg;
is_deeply(
    \%items,
    {
        'dialect="alertmanager",result="event"' => 6,
        'dialect="alertmanager",result="skipped"' => 0,
        'dialect="alertmanager",result="refused"' => 3,
        'dialect="zabbix",result="event"' => 0,
        'dialect="zabbix",result="skipped"' => 3,
        'dialect="zabbix",result="refused"' => 0
    },
    'and what each dialect made of its items');

my $log = $world->log_text;
is(scalar(grep { length > 511 } split /\n/, $log), 0, 'no line is too long');
unlike($log, qr/secret-|nowhere in the log|a wrong one/,
    'neither values nor tokens are logged');
unlike($log, qr/^forged/m, 'and no line is forged');

ok($responder->stop, 'the responder stops');
done_testing;
