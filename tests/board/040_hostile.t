#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Whatever a sender writes is text on the board, to a real browser.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'lighttpd-spawn',
    settings => 'board = on; board_actions = on';
use Browser;
use Hostile;
use Http;
use Psql;
use Run qw(operator);
use Test::More;

# Text as the bytes of its UTF-8.
sub bytes
{
    my ($text) = @_;
    utf8::encode($text);
    return $text;
}

plan skip_all => 'chromium is not installed' unless Browser::program();

my $first = $Hostile::TITLES[0];
my $int = integration(name => bytes($first));
operator(qw(board on));
my $n = 0;
for my $title (@Hostile::TITLES) {
    my $answer = create(
        $int,
        Id => "$n $title" =~ s/^(.{1,250}).*/$1/sr,
        Title => $title,
        Description => "$title\n$title",
        Tags => [ substr($title, 0, 255), 'fine' ],
        Meta => {
            $title => $title,
            deep => { $title => [$title] },
            incident => JSON::PP::true,
            incident_severity => $title,
            incident_message => $title,
        });
    $n += $answer->{status} == 200;
}
is($n, scalar @Hostile::TITLES, 'all titles were taken');
my @alerts = @{ Http::get('board?format=json')->{json}{alerts} };
is(@alerts, $n, 'and all are on the board');

my $browser = Browser->new;
$browser->send_header(Http::authorization());
$browser->look(1280, 'light');

# In every document, before anything of its own: what a title would call.
$browser->call('Page.addScriptToEvaluateOnNewDocument',
    source => 'window.booms = 0; window.boom = () => { window.booms++ }');

# What a browser makes of a text: it has its own mind of returns.
sub shown
{
    my ($text) = @_;
    $text =~ s/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/\x{fffd}/g;
    return $text;
}

# What should not be on a page, whatever its titles are.
sub harmless
{
    my ($name) = @_;
    my $got = $browser->value(<<'END');
JSON.stringify({
    booms: window.booms,
    odd: [...document.querySelectorAll('script, img, iframe, object, embed,' +
        'link, base, math, video, audio, template, plaintext, textarea,' +
        'marquee, frame, noscript, animate, meta[http-equiv]')]
        .map(e => e.outerHTML.slice(0, 80)),
    handlers: [...document.querySelectorAll('*')].filter(e =>
        [...e.attributes].some(a => a.name.startsWith('on') ||
            a.name == 'style' || /^\s*(javascript|data):/i.test(a.value)))
        .map(e => e.outerHTML.slice(0, 80)),
    styles: document.querySelectorAll('style').length,
    away: [...document.querySelectorAll('a, form')].filter(e =>
        new URL(e.href || e.action).origin != location.origin).length,
})
END
    my $found = Http::read_json(bytes($got));
    is_deeply(
        $found,
        { booms => 0, odd => [], handlers => [], styles => 1, away => 0 },
        $name);
    my @asked = grep {
        $_->{params}{request}{url} !~ m{^\Q$ENV{BASE_URL}\E(?:board|favicon)}
    } $browser->seen(qr/^Network\.requestWillBeSent$/);
    is_deeply([ map { $_->{params}{request}{url} } @asked ],
        [], 'nothing is asked for elsewhere');
    is_deeply([ map { $_->{params}{entry}{text} }
            $browser->seen(qr/^Log\.entryAdded$/) ],
        [], 'and the browser has nothing to complain of');
}

# Were it not text, it would be noticed.
$browser->go('data:text/html,<p><script>boom()</script>');
is($browser->value('window.booms'), 1, 'a script that is not text does run');
$browser->go("$ENV{BASE_URL}board");
$browser->value('document.querySelector("main").innerHTML +='
        . " '<img src=x onerror=boom()><style>*{color:red}</style>'");
is($browser->value('window.booms'), 0, 'on the board it would not be let');
cmp_ok(scalar(() = $browser->seen(qr/^Log\.entryAdded$/)),
    '>', 1, 'and the browser would complain');

$browser->go("$ENV{BASE_URL}board");
harmless('nothing of them runs or loads on the board');
my $titles = $browser->value(
    'JSON.stringify([...document.querySelectorAll("a.title")]'
        . '.map(e => e.textContent))');
my $got = Http::read_json(bytes($titles));
my %is_there = map { $_ => 1 } @$got;
ok($is_there{ shown($_->{title}) }, 'shown as text: ' . name($_->{title}))
    for @alerts;
cmp_ok($browser->value('document.documentElement.scrollWidth'),
    '<=', 1280, 'none is wider than the page');

for my $alert (@alerts) {
    $browser->go("$ENV{BASE_URL}board/alert/$alert->{alert_id}");
    subtest name($alert->{title}) => sub {
        harmless('nothing of it runs or loads on its own page');
        my $h1 = $browser->value('document.querySelector("h1").textContent');
        is($h1, shown($alert->{title}), 'it is the heading');
        is($browser->value('document.querySelectorAll("form").length'),
            2, 'the page is whole up to its buttons');
        ok($browser->value('!!document.querySelector("footer")'),
            'and to its end');
        my $text = $browser->value(
            '[...document.querySelectorAll("pre")].map(e => e.textContent)'
                . '.join("\n")');
        ok(index($text, shown($alert->{title})) >= 0,
            'the description has it, too');
    };
}
undef $browser;

# A title in the log of the test, where it must not do harm either.
sub name
{
    my ($title) = @_;
    $title =~ s/([^ -~])/sprintf '\\x{%x}', ord $1/ge;
    $title =~ s/[#\\]/./g;
    return substr $title, 0, 60;
}

done_testing;
