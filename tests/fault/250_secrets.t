#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A token passes through the responder and stays nowhere: not in the spool,
# the log, the database, PostgreSQL's log with every parameter in it, or a
# core.  Nor does one that comes as its sender's dialect has it: in the body,
# in Authorization, or in the query string.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;

use MIME::Base64 qw(encode_base64);

use Cgi;
use Files qw(peek);
use Psql qw(query);
use Responder;
use World qw(need);

my $TOKEN = 'tok-5d41402abc4b2a76-plain';
my $WRONG = 'tok-9c1185a5c5e9fc54-wrong';
my $MARK = 'mark-that-is-in-an-event-71ab';

need(qw(grep pg_dump));
my $world = World->new(postgres => 'log_min_duration_statement=0'
        . ' log_statement=all log_error_verbosity=verbose'
        . ' log_parameter_max_length=-1'
        . ' log_parameter_max_length_on_error=-1');
my $hash = query("select encode(sha256('$TOKEN'), 'hex')");
my $integration = query('select integration_id from'
        . " tocsin_api.integration_add('test', '\\x$hash', true, 'medium')");
# This session has named it, as an operator's does not.
truncate "$world->{db}/postgres.log", 0;

sub event
{
    my ($id) = @_;
    return {
        event_type => 'create',
        Id => $id,
        Title => $MARK,
        extra => $MARK
    };
}

# Files below a directory that contain a word.
sub files_with
{
    my ($word, @paths) = @_;
    open my $out, '-|', 'grep', '-rlaF', '-e', $word, @paths
        or die "no grep: $!\n";
    my @files = <$out>;
    chomp @files;
    return @files;
}

my %status;
for my $token ($TOKEN, $WRONG) {
    for my $away (0, 1) {
        my $answer = Cgi::run(
            world => $world,
            integration => $integration,
            token => $token,
            away => $away,
            event => event("c$away"));
        $status{ $answer->{status} }++;
        unlike($answer->{header} . $answer->{body}, qr/\Q$token/,
            "the answer $answer->{status} does not repeat it");
    }
}
my $responder = Responder->start(world => $world);
my @ask = (world => $world, integration => $integration, event => event('f'));
$status{ $responder->post(@ask, token => $_)->{status} }++
    for $TOKEN, $WRONG;
is(join(' ', map { "$_:$status{$_}" } sort keys %status),
    '200:2 202:1 403:2 503:1',
    'tokens went every way');

# What a request has that carries a token in a dialect, and the token as it
# is there; a good event, and one that is refused.
sub carried
{
    my ($token, $is_good) = @_;
    my $basic = encode_base64("x:$token", '');
    my @pagerduty = (
        event => {
            routing_key => $token,
            event_action => $is_good ? 'trigger' : 'nothing',
            payload => { summary => $MARK, custom_details => { a => $MARK } }
        },
        { PATH_INFO => "/$integration/pagerduty/v2/enqueue" });
    my @others = map {
        my $variables = $_;
        [
            event => $is_good
            ? { msg => $MARK, alias => 'o', message => $MARK }
            : '{"msg":',
            $variables
        ]
    } (
        {
            PATH_INFO => "/$integration/opsgenie/v2/alerts",
            HTTP_AUTHORIZATION => "GenieKey $token"
        },
        {
            PATH_INFO => "/$integration/uptime-kuma",
            HTTP_AUTHORIZATION => "Basic $basic"
        },
        {
            PATH_INFO => "/$integration/uptime-kuma",
            QUERY_STRING => "token=$token"
        });
    return (\@pagerduty, @others);
}

my (%carried, @repeats);
for my $token ($TOKEN, $WRONG) {
    for my $request (map { carried($token, $_) } 0, 1) {
        my ($key, $event, $variables) = @$request;
        my @answers = (
            (
                map {
                    Cgi::run(
                        world => $world,
                        integration => $integration,
                        event => $event,
                        env => $variables,
                        away => $_)
                } 0, 1
            ),
            $responder->post(
                integration => $integration,
                event => $event,
                variables => $variables));
        $carried{ $_->{status} }++ for @answers;
        push @repeats, grep {
            join(' ', map { $_ // '' } @$_{qw(header body)}) =~ /\Q$token/
        } @answers;
    }
}
is(join(' ', map { "$_:$carried{$_}" } sort keys %carried),
    '200:6 202:6 400:12 403:16 503:8',
    'tokens of dialects went every way');
is(@repeats, 0, 'and no answer repeats one');

# Errors with their parameters, and a token where none belongs.
query('alter function tocsin_api.ingest(tocsin_api.event_in[])'
        . ' rename to elsewhere');
$responder->post(@ask, token => $TOKEN);
query('alter function tocsin_api.elsewhere rename to ingest');
$responder->post(@ask, token => $TOKEN, event => '{"event_type":');
$responder->post(@ask, token => "$TOKEN\n$TOKEN");

# What a core would have, were one allowed.
my ($limit) = (peek("/proc/$responder->{pid}/limits") // '') =~
    /^Max core file size\s+(\S+)\s+(\S+)/m;
is($limit, 0, 'it leaves no core');
SKIP: {
    skip 'root owns its processes in any case', 1 if !$>;
    is((stat "/proc/$responder->{pid}/environ")[4], 0,
        'others of its user cannot look into it');
}
$responder->stop;

my $dump = "$world->{dir}/dump";
system("pg_dump -f $dump") == 0 or die "no dump\n";
for (1 .. 2) {
    Cgi::run(
        world => $world,
        integration => $integration,
        token => $TOKEN,
        away => 1,
        event => event("s$_"));
}
my @places = ("$world->{spool}", $world->{log}, $dump, "$world->{dir}/stderr",
    "$world->{db}");
cmp_ok(scalar $world->spooled('new'), '>=', 2, 'there are files in the spool');
ok(scalar files_with($MARK, $world->{spool}), 'which can be searched');
ok(scalar files_with($MARK, $dump), 'and so can a dump of the database');
ok(scalar files_with($hash, $dump), 'which has the hash');
ok(scalar files_with('tocsin_api.ingest', "$world->{db}/postgres.log"),
    "and PostgreSQL's log");
is(join(' ', files_with($_, @places)), '', 'a token is nowhere')
    for map { ($_, encode_base64("x:$_", '')) } $TOKEN, $WRONG;

done_testing();
