#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Messages have the types that their receivers give them: those of the
# receivers' own libraries, by way of types.ts, checked by the compiler of
# TypeScript; and Microsoft's parser reads the cards.  All of it comes from
# npm, once.  Of ntfy, Gotify, Pushover and Rocket.Chat there are no such
# types: what they need and how long it may be is in tests/sql.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Copy qw(copy);
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Files qw(npm save $BUILD);
use JSON::PP ();
use Psql qw(sql);
use Test::More;
use World postgres => 'any';

my $dir = "$BUILD/relay-types";
my $JSON = JSON::PP->new->utf8->canonical;
my @formats = qw(slack mattermost discord telegram pagerduty teams);

sub missing
{
    my @without = npm('relay-types', "$Bin/types/package.json",
        'typescript/bin/tsc', 'adaptivecards/dist/adaptivecards.js',
        map { "$_/package.json" } qw(@grammyjs/types @mattermost/types
            @pagerduty/pdjs @slack/webhook discord-api-types));

    return 'there is no node' if system('node --version >/dev/null 2>&1');
    return 'npm cannot get ' . join ' and ', map { dirname($_) } @without
        if @without;
    return undef;
}

my $missing = missing();
plan skip_all => $missing if defined $missing;

# Messages about one alert and about many, of each notice, with a board and
# without: a list of format, what it is about, body.
my @bodies = map { [ split /\t/, $_, 3 ] } split /\n/, sql(<<"END");
begin;
\\ir $Bin/../lib/fixture.sql
delete from tocsin_internal.setting where name = 'board_url';
-- The guards look away: they would see each alert created.
set local session_replication_role = replica;
insert into tocsin_internal.alert
    (alert_id, integration_id, external_id, status, title, description,
     urgency, tags, meta, created_at, acknowledged_at, resolved_at,
     last_event_at)
select make_id(), 'int_plain', 'alert ' || u || s, s,
       '<!here> \@all [x](https://h) "q" \\ \`c\` {{secret.x}}',
       '<p>Text</p>', u, '{a,b}', '{"k": "v"}', now(),
       case when s <> 'open' then now() end,
       case when s = 'resolved' then now() end, now()
  from unnest(enum_range(null::tocsin_internal.urgency)) u,
       unnest('{open,acknowledged,resolved}'::tocsin_internal.status[]) s;
reset session_replication_role;
create temp table told as
select external_id as about, (alert_id, n, make_id(), now())
           ::tocsin_internal.told as told
  from tocsin_internal.alert,
       unnest('{created,acknowledged,resolved,escalated,reminder}'::text[]) n
 where external_id like 'alert %'
 union all
select 'test', (null, 'test', make_id(), now())::tocsin_internal.told;
create temp table facts (about text, count integer, fact jsonb);
insert into facts select about, 1, tocsin_internal.facts_of(
    array[told], now(), 'UTC') from told;
insert into tocsin_internal.setting
values ('board_url', 'https://alerts.example.org/board');
insert into facts select about, 1, tocsin_internal.facts_of(
    array[told], now(), 'UTC') from told;
insert into facts select 'many', 2, tocsin_internal.facts_of(
    array_agg(told), now(), 'UTC') from told;
select o.name || E'\\t' || min(f.about) || E'\\t'
       || tocsin_internal.render(o, f.fact)
  from facts f
  join tocsin_internal.format o on f.count = 1 or o.audience = 'people'
 group by o.name, tocsin_internal.render(o, f.fact);
rollback;
END
my %by_format;
push @{ $by_format{ $_->[0] } }, $_ for grep { @$_ == 3 } @bodies;
cmp_ok(scalar @{ $by_format{$_} // [] }, '>=', 30, "there are bodies of $_")
    for @formats;

# What is no message, and the word by which the compiler says so.
my @mutants = (
    [ slack => 'unfurls', sub { $_[0]{unfurls} = 1 } ],
    [ slack => 'colour', sub { $_[0]{attachments}[0]{colour} = 'red' } ],
    [ mattermost => 'channels', sub { $_[0]{channels} = 'x' } ],
    [ mattermost => 'number', sub { $_[0]{attachments}[0]{title} = 1 } ],
    [ discord => 'body', sub { $_[0]{body} = 'x' } ],
    [ discord => 'string', sub { $_[0]{embeds}[0]{color} = '#cc0000' } ],
    [ telegram => 'chat_id', sub { delete $_[0]{chat_id} } ],
    [ telegram => 'markdown', sub { $_[0]{parse_mode} = 'markdown' } ],
    [ pagerduty => 'open', sub { $_[0]{event_action} = 'open' } ],
    [ pagerduty => 'summary', sub { delete $_[0]{payload}{summary} } ],
    [ teams => 'Warning', sub {
        $_[0]{attachments}[0]{content}{body}[0]{color} = 'Warning';
    } ],
    [ teams => 'texts', sub {
        $_[0]{attachments}[0]{content}{body}[0]{texts} = 'x';
    } ],
);

# A literal: of one that is imported the compiler forgets which strings it has.
sub literal
{
    my ($name, @typed) = @_;
    my $n = 0;
    save("$dir/$name.ts", "import type * as t from './types';\n",
        map { "export const v$n" . $n++ . ": t.$_->[0] = $_->[1];\n" } @typed);
}

copy("$Bin/types/types.ts", "$dir/types.ts");
my @typed = map { @{ $by_format{$_} } } @formats;
literal('bodies', map { [ @$_[ 0, 2 ] ] } @typed);
literal('mutants', map {
    my ($format, undef, $change) = @$_;
    my $body = $JSON->decode($by_format{$format}[0][2]);
    $change->($body);
    [ $format, $JSON->encode($body) ];
} @mutants);
my @said = split /\n/, qx(cd '$dir' && node node_modules/typescript/bin/tsc \\
    --noEmit --strict --skipLibCheck --target es2022 --module node16 \\
    --moduleResolution node16 bodies.ts mutants.ts 2>&1);
is_deeply([ grep { !/^(?:mutants|\s)/ } @said ], [],
    'each message has the type of its receiver');
for my $i (0 .. $#mutants) {
    my ($format, $word) = @{ $mutants[$i] };
    like(join("\n", grep { /^mutants\.ts\(@{[ $i + 2 ]},/ } @said),
        qr/\Q$word\E/, "$format: the compiler notices $word");
}

# Cards, by the parser that shows them.
my $cards = join ",\n", map { $JSON->encode(
        $JSON->decode($_->[2])->{attachments}[0]{content}) }
    @{ $by_format{teams} };
save("$dir/cards.js", <<"END");
const AC = require('./node_modules/adaptivecards/dist/adaptivecards.js');
function faults(json) {
  const card = new AC.AdaptiveCard(), context = new AC.SerializationContext();
  card.parse(json, context);
  const found = card.validateProperties().validationEvents
    .map(e => e.message);
  for (let i = 0; i < context.eventCount; i++)
    found.push(context.getEventAt(i).message);
  return found;
}
const cards = [$cards];
console.log(cards.length, cards.flatMap(faults));
cards[0].body[0].color = 'no color';
console.log(faults(cards[0]));
END
my @read = split /\n/, qx(node '$dir/cards.js' 2>&1);
is($read[0], @{ $by_format{teams} } . ' []', 'each card is read');
like($read[1] // '', qr/no color/, 'and read closely');

done_testing;
