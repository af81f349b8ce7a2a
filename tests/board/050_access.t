#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The board is accessible: axe-core finds nothing, in light and dark mode, on
# desktop and phone; and nothing is wider than the screen.
#
# BOARD_PICTURES=DIR leaves a picture of each page there.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'lighttpd-spawn',
    settings => 'board = on; board_actions = on', qw(await);
use Browser;
use Encode qw(decode_utf8);
use Files qw(npm slurp);
use Http;
use Psql;
use Run qw(operator);
use Test::More;

plan skip_all => 'chromium is not installed' unless Browser::program();

# The text of axe-core, fetched once by npm; undef where it cannot be had.
sub axe
{
    my $file = 'axe-core/axe.min.js';
    return undef if npm('board', "$FindBin::Bin/package.json", $file);
    return decode_utf8(slurp("$Files::BUILD/board/node_modules/$file"));
}

my @ints = map { integration(name => $_) } 'Prometheus', 'Backups',
    'A very long name of an integration ' x 4, 'Quiet', 'Disabled';
operator('integration', 'disable', $ints[-1]);
operator(qw(board on));
# Told of them is who can be, in each way that it can end.
operator(qw(destination add duty --mail duty@example.org));
operator(qw(destination add boss --mail boss@example.org));
operator(qw(route add all --to duty --then boss=10m), '--integration',
    $ints[0]);
my @urgencies = qw(critical high medium low silent);
for my $i (0 .. 19) {
    create(
        $ints[ $i % 3 ],
        Id => "id $i",
        Title => "Something is wrong on host web-$i" . ' and more' x ($i * 3),
        urgency => $urgencies[ $i % 5 ],
        Description => "first line\nsecond " . 'word ' x 50 . 'x' x 300,
        Tags => [ ('prod', 'a-tag', 'y' x 200)[ 0 .. $i % 3 ] ],
        Meta => {
            host => "web-$i", list => [ 1 .. 40 ],
            $i % 4 ? () : (
                incident => JSON::PP::true,
                incident_severity => 'SEV-1',
                incident_message => 'Join us'),
        });
    my $end = { Id => "id $i" };
    post($ints[ $i % 3 ], { %$end, event_type => 'acknowledge' })
        if $i % 3 == 1;
    post($ints[ $i % 3 ], { %$end, event_type => 'resolve' }) if $i % 5 == 4;
}
value('select done from tocsin_api.tick(200)');
sql(<<'END');
update tocsin_internal.delivery
   set state = 'sending', leased_until = now() + interval '1 h',
       leased_by = gen_random_uuid(), message_id = gen_random_uuid()
 where notice_id <> alert_id or delivery_id % 3 > 0;
update tocsin_internal.delivery
   set state = case delivery_id % 3 when 1 then 'sent' else 'dead'
           end::tocsin_internal.delivery_state,
       sent_at = now(), reason = 'no', leased_until = null, leased_by = null
 where state = 'sending' and delivery_id % 3 > 0;
update tocsin_internal.destination_state set broken_since = now();
END
value("select name from tocsin_api.heartbeat_add('nightly', '1 h', '1 m',"
        . " '$ints[1]')");
query("update tocsin_internal.heartbeat set late_since = now(),"
        . " armed_at = now() - interval '2 h'");
my %id = map { $_->{status} => $_->{id} } map { @{ alerts($_) } } @ints;
my $told = value(q{select alert_id from tocsin.deliveries
    where status = 'sent' and alert_id in (
        select alert_id from tocsin_internal.escalation) limit 1});
my $refused;
await(
    20,
    sub {
        post($ints[0], '{"a":"' . 'x' x 300 . '",}');
        ($refused) = map { $_->{id} }
            @{ Http::get("board/integration/$ints[0]?format=json")
                    ->{json}{refused} };
        return defined $refused;
    }) // die "nothing is kept\n";
my @pages = (
    [ 'the board', 'board' ],
    [ 'the board, held', 'board?refresh=off' ],
    (map { [ "a page of an alert that is $_", "board/alert/$id{$_}" ] }
            sort keys %id),
    [ 'the page of one that is told', "board/alert/$told" ],
    [ 'the page of an integration', "board/integration/$ints[0]" ],
    [ 'the page of what was refused', "board/integration/$ints[0]/$refused" ],
    [ 'the page for what is not there', 'board/x' ],
);

my $browser = Browser->new;
$browser->send_header(Http::authorization());
my $axe = axe();
# In each document, as it is.
$browser->call('Page.addScriptToEvaluateOnNewDocument', source => $axe)
    if defined $axe;
# By another scheme only colors change: in the dark, only their rules are asked.
my %asked = (light => '', dark => '{ runOnly: ["cat.color"] }');
for my $width (320, 1280) {
    for (@pages) {
        my ($name, $path) = @$_;
        $browser->look($width, 'light');
        $browser->go("$ENV{BASE_URL}$path");
        is_readable("$name, $width wide, $_", $width, $_, $path)
            for qw(light dark);
    }
}

# Test the page that is there in a scheme.
sub is_readable
{
    my ($what, $width, $scheme, $path) = @_;
    $browser->look($width, $scheme);
    cmp_ok(
        $browser->value('document.documentElement.scrollWidth'),
        '<=', $width, "$what: nothing sticks out");
    SKIP: {
        skip 'npm cannot get axe-core', 1 unless defined $axe;
        my $found = $browser->value(
            "axe.run($asked{$scheme}).then(r => r.violations.flatMap(v =>"
                . ' v.nodes.map(n => v.id + ": " + n.html +'
                . ' n.failureSummary)).join("\n"))');
        is($found, '', "$what: axe-core finds nothing");
    }
    picture("$path-$width-$scheme") if $ENV{BOARD_PICTURES};
    return;
}

# That axe-core looks at all, and for colors in the dark.
SKIP: {
    skip 'npm cannot get axe-core', 2 unless defined $axe;
    $browser->value(
        'document.querySelector("main").innerHTML += "<img src=x>"');
    isnt(
        $browser->value('axe.run().then(r => r.violations.length)'),
        0, 'a fault would be found');
    $browser->value('document.querySelector("h1").style.color = "#444"');
    like(
        $browser->value("axe.run($asked{dark}).then(r =>"
                . ' r.violations.map(v => v.id).join(" "))'),
        qr/^color-contrast$/, 'and what is too dark in the dark');
}

# Without a hand on the mouse.
$browser->go("$ENV{BASE_URL}board/alert/$id{open}");
my %key = (type => 'keyDown', key => 'Tab', code => 'Tab',
    windowsVirtualKeyCode => 9);
my @focused;
for (1 .. 8) {
    $browser->call('Input.dispatchKeyEvent', %key);
    push @focused, $browser->value('document.activeElement.textContent');
}
ok((grep { $_ eq 'acknowledge' } @focused) && grep { $_ eq 'resolve' }
        @focused,
    'the buttons are reached by the keyboard');

# A press in the browser.
$browser->value('[...document.querySelectorAll("button")]'
        . '.find(b => b.textContent == "acknowledge").click()');
ok(await(60,
        sub {
            value("select status from tocsin.alerts where id = :'id'",
                id => $id{open}) eq 'acknowledged';
        }),
    'a press of a button acknowledges');
ok(await(60,
        sub {
            $browser->value('location.href') eq
                "$ENV{BASE_URL}board/alert/$id{open}";
        }),
    'and ends at the page of the alert');
undef $browser;

sub picture
{
    my ($name) = @_;
    $name =~ s/\W+/-/g;
    $browser->picture("$ENV{BOARD_PICTURES}/$name.png");
}

done_testing;
