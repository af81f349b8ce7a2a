#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Every query of the dashboard is run as the reader, as Grafana would send
# it: it is answered, in the form that its panel wants; the variables choose
# what they say and nothing else, whatever is in them; and the time range
# goes by index.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'own';
use Run;
use Time::HiRes ();
use Dashboard;
use Reader;

binmode $_, ':utf8' for map { Test::More->builder->$_ }
    qw(output failure_output todo_output);

# Types that every release of Grafana's data source reads; all are built in.
my %NUMERIC = map { $_ => 1 } 'bigint', 'integer', 'numeric',
    'double precision';
my %PLAIN = (%NUMERIC,
    map { $_ => 1 } 'text', 'boolean', 'timestamp with time zone');
my %TIME = map { $_ => 1 } 'timestamp with time zone', 'numeric',
    'double precision';

# What may come over the wire: nobody has such an Id or tag or status.
my @HOSTILE = ("'", "''", q(\\'), "') or true --", "' or ''='", '"', '%',
    '$$', '$1', '}', '{a}', "'; select 1; --", "int_x','int_y", "\x{27}]",
    '/*', ':x', ":'x'", 'null', "\\");

history(9);
my $d = load();
my @queries = queries($d);

# More than the demonstration has.
my ($silent) = tocsin('integration', 'add', 'Silent & "quoted"')->{out} =~
    /(int_\w+)/;
my $spoken = sql('select id from tocsin.integrations'
        . ' where last_event_at is not null order by name limit 1');
sub opened
{
    my ($title, @tags) = @_;
    says(tocsin('send', 'create', $spoken, '--title', $title,
            map { ('--tag', $_) } @tags), qr/created/, "opened: $title");
}
opened('of an odd tag', q(it's "\\ 100 % {odd}));
opened('of a tag like a macro', '$__timeFrom()', 'like a macro');
opened('of no tag');
sql("update tocsin_internal.alert set incident = true,
    incident_severity = 'SEV-1' where title = 'of no tag'");

my $now = Time::HiRes::time + 1;
my %week = (from => $now - 7 * 86_400, to => $now, interval => '2h');
my %hours = (from => $now - 7200, to => $now, interval => '1m');
my %long_ago = (from => 946_684_800, to => 947_289_600, interval => '2h');

sub text
{
    my ($q, $range, %values) = @_;
    return expand(interpolate($q->{sql}, $d, %values), %$range);
}

sub uses
{
    my ($q, $name) = @_;
    return $q->{sql} =~ /\$\{$name:/;
}

# Six decimals: a mean depends on the order in which its plan reads the rows.
sub canonical
{
    my ($answer) = @_;
    return JSON::PP->new->canonical->encode($answer->{rows}) =~
        s/(?<=:)-?\d[\d.e+-]*(?=[,}])/sprintf '%.6f', $&/ger;
}

# The macros, as Grafana documents them.
my %range = (from => 1_000_000_000, to => 1_000_003_600, interval => '5m');
my @expansions = (
    [ '$__time(c)', 'c AS "time"' ],
    [ '$__timeEpoch(c)', 'extract(epoch from c) as "time"' ],
    [ '$__timeFilter(a.c)', "a.c BETWEEN '2001-09-09T01:46:40.000Z'"
            . " AND '2001-09-09T02:46:40.000Z'" ],
    [ '$__timeFrom()', "'2001-09-09T01:46:40.000Z'" ],
    [ '$__timeTo()', "'2001-09-09T02:46:40.000Z'" ],
    [ q($__timeGroup(c,'5m')), 'floor(extract(epoch from c)/300)*300' ],
    [ '$__timeGroup(c, 1h, NULL)', 'floor(extract(epoch from c)/3600)*3600' ],
    [ '$__timeGroup(c,1h), x',
        'floor(extract(epoch from c)/3600)*3600 AS "time", x' ],
    [ '$__timeGroupAlias(c,$__interval,0)',
        'floor(extract(epoch from c)/300)*300 AS "time"' ],
    [ '$__unixEpochFilter(c)', 'c >= 1000000000 AND c <= 1000003600' ],
    [ '$__unixEpochNanoFilter(c)',
        'c >= 1000000000000000000 AND c <= 1000003600000000000' ],
    [ '$__unixEpochNanoFrom()', '1000000000000000000' ],
    [ '$__unixEpochNanoTo()', '1000003600000000000' ],
    [ '$__unixEpochGroup(c,5m)', 'floor((c)/300)*300' ],
    [ '$__unixEpochGroupAlias(c,5m)', 'floor((c)/300)*300 AS "time"' ],
    [ '$__unixEpochFrom() $__unixEpochTo()', '1000000000 1000003600' ],
    [ '$__interval_ms $__interval', '300000 5m' ],
    [ q('$__timeFrom()'), "''2001-09-09T01:46:40.000Z''" ],
);
is(expand($_->[0], %range), $_->[1], "expanded: $_->[0]") for @expansions;
ok(!defined eval { expand($_, %range) }, "refused: $_: " . $@ =~ s/\n//r)
    for '$__timeGroup(c)', '$__timeGroup(c,soon)', '$price(x)',
    '$__timeGroup(c,5m,many)';
my $tag = '${tag:sqlstring}';
is(interpolate("x $tag", $d), "x ''", 'all tags are a list of nothing');
is(interpolate("x $tag", $d, tag => "it's"), "x 'it''s'", 'one tag');
is(interpolate("x $tag", $d, tag => [ 'a', "'" ]), "x 'a',''''", 'two tags');
ok(!defined eval { interpolate('$team', $d) }, 'a variable must be there');

# What everybody sees who opens the dashboard.
my @labels = split /\n/, sql("select e.enumlabel from pg_enum e
    join pg_type t on t.oid = e.enumtypid
    where t.typnamespace = 'tocsin_internal'::regnamespace");
my $slowest = [ 0, '' ];
for my $q (@queries) {
    subtest "$q->{name}, of a week" => sub {
        my $began = Time::HiRes::time;
        my $answers = ask([ week => text($q, \%week) ]);
        my $took = Time::HiRes::time - $began;
        $slowest = [ $took, $q->{name} ] if $took > $slowest->[0];
        is($answers->{error}, undef, 'it is answered') or return;
        my $answer = $answers->{week};
        cmp_ok(scalar @{ $answer->{rows} }, '>', 0, 'with rows');
        is_deeply([ grep { !$PLAIN{$_} } values %{ $answer->{types} } ],
            [], 'of types that any program reads');
        is(scalar @{ $answer->{columns} }, scalar keys %{ $answer->{types} },
            'no two columns have one name');
        check($q, $answer);
    };
}
note(sprintf 'slowest with all around it: %.2f s, %s', @$slowest);

sub check
{
    my ($q, $answer) = @_;
    my $type = $q->{panel}{type} // $q->{kind};
    my @columns = @{ $answer->{columns} };
    my @types = map { $answer->{types}{$_} } @columns;

    if ($q->{format} eq 'time_series') {
        series($answer);
    } elsif ($type =~ /^(stat|gauge)$/) {
        is(scalar @{ $answer->{rows} }, 1, 'one row');
        ok(@types == 1 && $NUMERIC{ $types[0] }, 'of one number');
    } elsif ($type eq 'bargauge') {
        ok(@types == 2 && $types[0] eq 'text' && $NUMERIC{ $types[1] },
            'bars have a name and a number');
    } elsif ($type eq 'variable') {
        is_deeply(\@columns, [qw(__text __value)], 'text and value');
    } elsif ($type eq 'annotation') {
        is_deeply(\@columns, [qw(time timeend text tags)],
            'the columns of an annotation');
        is_deeply(\@types, [ ('timestamp with time zone') x 2, 'text',
            'text' ], 'of its types');
    }
    overrides($q, $answer) if $q->{panel};
}

sub series
{
    my ($answer) = @_;
    my %types = %{ $answer->{types} };
    my @times = map { $_->{time} } @{ $answer->{rows} };

    ok($TIME{ delete $types{time} // '' }, 'it has a time');
    # JSON has times in text that sorts as they do.
    my @sorted = $times[0] =~ /-/ ? sort @times : sort { $a <=> $b } @times;
    is_deeply(\@times, \@sorted, 'it is in the order of time');
    my $names = delete $types{metric} // 'text';
    is($names, 'text', 'what names a series is text');
    ok(%types && !grep({ !$NUMERIC{$_} } values %types),
        'what is shown is numbers');
    is(scalar keys %types, 1, 'a series that has a name is of one number')
        if exists $answer->{types}{metric};
    my %seen;
    is(scalar(grep { $seen{ join "\0", @$_{qw(time metric)} }++ }
            map { { metric => '', %$_ } } @{ $answer->{rows} }),
        0, 'no series has two values at one time');
}

# What is said of a column is said of one that is there.
sub overrides
{
    my ($q, $answer) = @_;
    my %there = map { $_ => 1 } @{ $answer->{columns} },
        exists $answer->{types}{metric} ? @labels : ();
    my @names = map { $_->{matcher}{options} }
        @{ $q->{panel}{fieldConfig}{overrides} };
    is_deeply([ grep { !$there{$_} } @names ], [], 'no override is idle');
    my $sort = $q->{panel}{options}{sortBy} // [];
    is_deeply([ grep { !$there{ $_->{displayName} } } @$sort ],
        [], 'it is sorted by a column that is there');
}

# That the types are looked at.
my $row = ask([ row => 'select a as whole, id from tocsin.alerts a limit 1' ]);
is_deeply([ sort grep { !$PLAIN{$_} } values %{ $row->{row}{types} } ],
    [qw(alerts uuid)], 'a type of our own would be noticed');
ok(defined ask([ x => 'select * from tocsin_internal.alert' ])->{error},
    'and so would a look at a table');

# The variables offer what there is.
sub offered
{
    my ($name) = @_;
    my ($q) = grep { $_->{name} eq "variable $name" } @queries;
    my $rows = ask([ all => text($q, \%week) ])->{all}{rows};
    return map { $_->{__value} } @$rows;
}
my @integrations = offered('integration');
my %is_offered = map { $_ => 1 } @integrations;
ok($is_offered{$silent} && $is_offered{$spoken},
    'integrations are offered, one that has never spoken, too');
my @tags = offered('tag');
ok((grep { $_ eq q(it's "\\ 100 % {odd}) } @tags), 'an odd tag is offered');
ok((grep { $_ eq 'like a macro' } @tags), 'and one of two');
is_deeply([ grep { /\$/ } @tags ], [], 'but none that Grafana would expand');

# What they choose.  With all integrations and statuses written out it is the
# same as with all; tags written out would leave out what has none.
for my $q (grep { uses($_, 'integration') || uses($_, 'tag') } @queries) {
    my @names = grep { uses($q, $_) } qw(integration tag status);
    my @ask = ([ all => text($q, \%week) ],
        [ listed => text($q, \%week, integration => \@integrations,
            status => [qw(open acknowledged resolved)]) ],
        [ one => text($q, \%week, integration => $spoken) ],
        [ two => text($q, \%week, integration => [ $spoken, $silent ]) ]);
    for my $name (@names) {
        push @ask, [ "no $name" => text($q, \%week, $name => 'no such') ],
            map { [ "$name of $_" =>
                    text($q, \%week, $name => [ 'no such', $HOSTILE[$_] ]) ],
            [ "$name is $_" => text($q, \%week, $name => $HOSTILE[$_]) ] }
            0 .. $#HOSTILE;
    }
    my $a = ask(@ask);
    subtest "$q->{name}, with variables" => sub {
        is($a->{error}, undef, 'all is answered') or return;
        is(canonical($a->{listed}), canonical($a->{all}),
            'all of them are all');
        my $other = grep { ($_->{integration_id} // $spoken) ne $spoken }
            @{ $a->{one}{rows} };
        is($other, 0, 'one integration is that one');
        isnt(canonical($a->{one}), canonical($a->{all}), 'and less than all')
            unless $q->{name} =~ /Live incidents|Silent integrations/;
        for my $name (@names) {
            my $none = canonical($a->{"no $name"});
            isnt($none, canonical($a->{all}), "$name: none is not all");
            my @odd = grep { canonical($a->{"$name of $_"}) ne $none
                    || canonical($a->{"$name is $_"}) ne $none }
                0 .. $#HOSTILE;
            is_deeply([ @HOSTILE[@odd] ], [], "$name: a value is a value");
        }
    };
}

sub query
{
    my ($name) = @_;
    return (grep { $_->{name} eq "panel $name" } @queries)[0];
}

# The titles that come of chosen tags.
sub titles
{
    my (@chosen) = @_;
    my $sql = text(query('Alerts of the time range'),
        \%hours, tag => \@chosen);
    my $rows = ask([ a => $sql ])->{a}{rows};
    return join ', ', sort map { $_->{Title} } @$rows;
}
is(titles(q(it's "\\ 100 % {odd})), 'of an odd tag', 'an odd tag finds it');
is(titles(q(it's "\\ 100 % {odd}), 'like a macro'),
    'of a tag like a macro, of an odd tag', 'two tags find what has either');
unlike(titles(@tags), qr/of no tag/, 'all tags written out miss one');
my $all = ask([ a => text(query('Alerts of the time range'), \%hours) ]);
ok((grep { $_->{Title} eq 'of no tag' } @{ $all->{a}{rows} }),
    'which all does not');
ok(defined refused(text(query('MTTA'), \%week, tag => '$__timeFrom()')),
    'a tag like a macro would be a mistake to Grafana, hence is not offered');

# That it is the quotes which keep values in.
my %bare = %{ query('MTTA') };
$bare{sql} =~ s/\$\{tag:sqlstring\}/\$tag/g;
is(refused(text(\%bare, \%week, tag => "') or true --")), '42601',
    'a value without quotes would be noticed');

# What is typed is a value, too, and is refused as one where it makes none.
# PostgreSQL would take $1 for a time zone.
for my $value (grep { $_ ne '$1' } @HOSTILE) {
    is(refused(text(query('Alerts by day and hour'), \%week,
            zone => $value)), '22023', "no time zone: $value");
    is(refused(text(query('Silent integrations'), \%week,
            silence => $value)), '22P02', "no number: $value");
}
my @days = map { text(query('Alerts by weekday and hour'),
        \%week, zone => $_) } 'UTC', 'Asia/Kathmandu';
my $zones = ask([ utc => $days[0] ], [ nepal => $days[1] ]);
isnt(canonical($zones->{nepal}), canonical($zones->{utc}),
    'in another time zone alerts come at other hours');
my @silent = map { ask([ a => text(query('Silent integrations'),
            \%week, silence => $_) ])->{a}{rows}[0]{integrations} } 0, 1e9;
is_deeply(\@silent, [ scalar @integrations, 1 ],
    'silent are those that have not spoken for so long, or never');

# The time range is meant, and found by index.
my $by_index = qr/Index Cond: .*\b(?:created_at|received_at) [<>]=/;
for my $q (grep { $_->{sql} =~ /\$__timeFilter/ } @queries) {
    my $sql = text($q, \%long_ago);
    my $rows = ask([ a => $sql ])->{a}{rows} // [ { error => 1 } ];
    is(scalar(grep { $_ } map { values %$_ } @$rows), 0,
        "$q->{name}: long ago there was nothing");
    like(planned(text($q, \%hours)), $by_index,
        "$q->{name}: its time range is found by index");
}
my %other = %{ query('MTTA') };
$other{sql} =~ s/\(created_at\)/(last_event_at)/;
unlike(planned(text(\%other, \%hours)), $by_index,
    'a time without an index would be noticed');

# The most repeated Ids are counted, and recur after, what the view says of
# each alert, which takes longer: also where ids and times disagree, and where
# the alert before is live, or none of those chosen.
sql(<<'SQL', integration => $spoken);
select tocsin_api.ingest(array_agg(jsonb_populate_record(
           null::tocsin_api.event_in, jsonb_build_object(
               'event_id', overlay(overlay(gen_random_uuid()::text
                   placing left(m.hex, 8) || '-' || right(m.hex, 4)
                   from 1) placing '7' from 15),
               'received_at', t.at,
               'source', 'webhook',
               'integration_id', :'integration',
               'event_type', (array['create', 'create', 'resolve'])
                   [1 + n / 3 % 3],
               'external_id', 'repeated ' || n % 3,
               'title', case when n / 3 % 3 < 2 then 'Again' end,
               'tags', case when n / 9 % 4 = 0 then '{odd}'
                   else '{even}' end))
           order by n))
  from generate_series(0, 422) n
 cross join lateral (
       select now() - (423 - n) * interval '30 minutes' as at) t
 cross join lateral (
       select lpad(to_hex((extract(epoch from t.at + (n % 17 / 16)
                  * interval '8 hours') * 1000)::bigint), 12, '0') as hex) m
SQL
my $plain = <<'SQL';
select external_id as "Id", integration_name as "Integration",
       count(*) as "Alerts", sum(duplicate_count)::bigint as "Repeats",
       count(*) + sum(duplicate_count)::bigint as "Creates",
       avg(since_previous_seconds) as "Recurs after", integration_id
  from tocsin.alerts
 where $__timeFilter(created_at)
   and ('' in (${status:sqlstring}) or status in (${status:sqlstring}))
   and ('' in (${tag:sqlstring}) or tags && array[${tag:sqlstring}])
 group by external_id, integration_id, integration_name
 order by "Creates" desc, "Id", integration_id
 limit 20
SQL
my @chosen = ([ 'of a week', \%week ],
    [ 'of one tag', \%week, tag => 'odd' ],
    [ 'that are live', \%week, status => [qw(open acknowledged)] ],
    [ 'of a day', { %week, from => $now - 3 * 86_400,
            to => $now - 2 * 86_400 } ]);
my $recurring = 0;
for (@chosen) {
    my ($what, $range, %values) = @$_;
    my $a = ask([ panel => text(query('Most repeated Ids'), $range, %values) ],
        [ plain => text({ sql => $plain }, $range, %values) ]);
    is(canonical($a->{panel}), canonical($a->{plain}),
        "the most repeated Ids $what are those of the plain question");
    $recurring += grep { $_->{Id} =~ /^repeated/
            && defined $_->{'Recurs after'} } @{ $a->{panel}{rows} };
}
cmp_ok($recurring, '>=', 9, 'and some of them recur');

done_testing;
