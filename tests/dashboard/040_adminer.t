#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A general tool, Adminer in a real browser, shows the views and their comments,
# shows what senders wrote as text, and cannot change anything.
use strict;
use warnings;
use utf8;

use FindBin;
use lib $FindBin::Bin, map { "$FindBin::Bin/../$_" } qw(lib grafana board);
use POSIX ();
use Psql qw(sql);
use Test::More;

# Adminer wants a password; on TCP PostgreSQL wants it, too.
BEGIN { $ENV{POSTGRES_TCP} //= 'yes' }
use World postgres => 'own';
use Run;
use Browser;
use Hostile;
use Reader qw(:DEFAULT views columns);

my $ADMINER = '/usr/share/adminer/adminer.php';
my $PASSWORD = 'look "&\'< around';
my ($php) = grep { -x } map { ("$_/php", "$_/php8.2") }
    split /:/, $ENV{PATH};
plan skip_all => 'adminer is not installed' unless -e $ADMINER;
plan skip_all => 'php is not installed' unless $php;
plan skip_all => 'php knows no PostgreSQL' unless `$php -m` =~ /^pgsql$/m;
plan skip_all => 'chromium is not installed' unless Browser::program();

my ($site, $server);

# Adminer on a free port, in a process group of its own.
sub serve
{
    mkdir "$DIR/$_" for qw(site tmp);
    write_file('site/index.php', <<"END");
<?php
function adminer_object() {
    // It would ask its makers for the latest version.
    class Quiet extends Adminer {
        function head() {
            echo script('verifyVersion = function () {};');
            return true;
        }
    }
    return new Quiet;
}
require '$ADMINER';
END
    my $said = write_file('php.log', '');
    $server = fork // die "could not fork: $!\n";
    if (!$server) {
        setpgrp;
        open STDOUT, '>', $said;
        open STDERR, '>&', \*STDOUT;
        delete @ENV{ grep { /^PG/ } keys %ENV };
        exec $php, '-S', '127.0.0.1:0', '-t', "$DIR/site",
            '-d', "sys_temp_dir=$DIR/tmp",
            '-d', "session.save_path=$DIR/tmp"
            or POSIX::_exit(127);
    }
    for (1 .. 100) {
        open my $log, '<', $said or die "$said: $!\n";
        my ($url) = map { m{(http://[\d.]+:\d+)\) started} } <$log>;
        return "$url/" if $url;
        select undef, undef, undef, 0.1;
    }
    die "php serves nothing\n";
}

# It leaves when the test does, however that ends.
END {
    local $?;
    if ($server) {
        kill 'TERM', -$server;
        waitpid $server, 0;
    }
}

history(3);
sql("alter role tocsin_reader password :'password'", password => $PASSWORD);
my ($int) = tocsin('integration', 'add', 'Shop')->{out} =~ /(int_\w+)/;
my $sent = @Hostile::TITLES;
my $titles = JSON::PP->new->ascii->encode(\@Hostile::TITLES);
is(sql(<<'END', int => $int, titles => $titles), $sent, 'each title is there');
select count(*)
  from jsonb_array_elements_text(:'titles') with ordinality t(title, n),
       tocsin_api.ingest(array[jsonb_populate_record(
           null::tocsin_api.event_in, jsonb_build_object(
               'event_id', gen_random_uuid(), 'received_at', now(),
               'source', 'webhook', 'integration_id', :'int',
               'event_type', 'create', 'external_id', n,
               'title', title, 'description', title))])
 where outcome = 'created'
END

# The type json is drawn by a program of Adminer's in the browser.
sql('update tocsin_internal.alert
        set meta = jsonb_build_object(title, title)
      where integration_id = :\'int\'', int => $int);

$site = serve();
my $browser = Browser->new;
$browser->look(1280, 'light');
$browser->call('Page.addScriptToEvaluateOnNewDocument',
    source => 'window.booms = 0; window.boom = () => { window.booms++ }');

# Do in the page what leads to another one, and wait until that is there.
sub leave
{
    my ($script) = @_;
    $browser->{events} = [];
    $browser->value("$script; 0");
    $browser->await('Page.loadEventFired');
}

# Fill in a form by the names of its fields, and press its button.
sub submit
{
    my ($button, %fields) = @_;
    leave(sprintf <<'END', JSON::PP->new->encode([ $button, \%fields ]));
(([button, fields]) => {
    const press = [...document.querySelectorAll('input[type=submit]')]
        .find(e => e.value == button);
    for (const name in fields)
        press.form.elements[name].value = fields[name];
    press.click();
})(%s)
END
}

sub follow
{
    my ($selector) = @_;
    leave("document.querySelector('$selector').click()");
}

sub texts
{
    my ($selector) = @_;
    return $browser->value(
        "[...document.querySelectorAll('$selector')].map(e => e.innerText)");
}

sub login
{
    my ($password) = @_;
    $browser->go($site);
    submit(
        'Login',
        'auth[driver]' => 'pgsql',
        'auth[server]' => "127.0.0.1:$ENV{POSTGRES_TCP_PORT}",
        'auth[username]' => 'tocsin_reader',
        'auth[password]' => $password,
        'auth[db]' => $ENV{PGDATABASE});
}

login('wrong');
like(texts('.error')->[0], qr/password authentication failed/,
    'a wrong password is refused');
login($PASSWORD);
is_deeply(texts('.error'), [], 'the right one is not');
like($browser->value('location.href'), qr/[?&]ns=tocsin\b/,
    'the schema is the one that the reader begins in');

# What is there, and what it means.
sub comment_of
{
    my ($view) = @_;
    return sql("select obj_description(('tocsin.' || :'view')::regclass)",
        view => $view);
}

# What of a view is not on its page as it is in the catalogs, or not at all.
sub missing
{
    my ($view) = @_;
    my @found;
    follow(qq(#tables a.view[href\$="table=$view"]));
    my $page = $browser->value(<<'END');
({
    title: document.querySelector('h2').textContent,
    lines: [...document.querySelectorAll('p.nowrap')]
        .map(e => e.textContent.trim()),
    columns: [...document.querySelectorAll('table.nowrap tr')].slice(1)
        .map(row => [row.cells[0].textContent,
            row.cells[1].querySelector('span').textContent,
            row.cells[2].textContent.trim()]),
})
END
    my $comment = comment_of($view);
    push @found, 'title' if $page->{title} ne "View: $view";
    push @found, 'comment'
        unless $comment && grep { $_ eq "Comment: $comment" }
        @{ $page->{lines} };
    my @columns = columns($view);
    for my $shown (@{ $page->{columns} }) {
        my ($name, $type, $text) = @{ shift @columns // [ '?', '?', '?' ] };
        $type =~ s/^timestamp with time zone$/timestamptz/;
        push @found, "name of $name" if $shown->[0] ne $name;
        push @found, "type of $name" if $shown->[1] ne $type;
        push @found, "comment of $name" if !$text || $shown->[2] ne $text;
    }
    push @found, map { "column $_->[0]" } @columns;
    return \@found;
}

my @views = views();
is_deeply(texts('#tables a.view'), \@views, 'all views are in the list');
is_deeply(missing($_), [], "$_ is described") for @views;

# The alerts, all that they say.
sub select_alerts
{
    my ($integration) = @_;
    follow('#tables a.select[href$="select=alerts"]');
    is($browser->value('document.querySelectorAll("#table tbody tr").length'),
        50, 'the first page of the alerts has 50');
    submit(
        'Select',
        'where[0][col]' => 'integration_name',
        'where[0][op]' => '=',
        'where[0][val]' => $integration,
        limit => '',
        text_length => '');
    # Adminer draws some after the page is there.
    $browser->value('new Promise(done => setTimeout(done, 1000))');
}

# By the name of a column, what is written in it.
sub cells
{
    my ($column) = @_;
    return $browser->value(<<"END");
[...document.querySelectorAll('#table tbody td[id\$="[$column]"]')]
    .map(e => e.textContent)
END
}

# What has come of the texts other than text.
sub harm
{
    my $got = $browser->value(<<'END');
({
    booms: window.booms,
    odd: [...document.querySelectorAll('#table tbody *')].filter(e =>
        !/^(tr|td|code|i|span|label)$/i.test(e.tagName)
        && !e.matches('td:first-child input[type=checkbox], '
            + 'td:first-child a[href*="&edit="]')
        || [...e.attributes].some(a => a.name.startsWith('on')
            || /^\s*(javascript|data):/i.test(a.value)))
        .map(e => e.outerHTML.slice(0, 160)),
})
END
    my @asked = map { $_->{params}{request}{url} }
        $browser->seen(qr/^Network\.requestWillBeSent$/);
    return {
        %$got,
        asked => [ grep { !/^\Q$site\E/ } @asked ],
        dialogs => scalar $browser->seen(qr/^Page\.javascriptDialog/),
        log => [ map { $_->{params}{entry}{text} }
                $browser->seen(qr/^Log\.entryAdded$/) ],
    };
}

my $NONE = { booms => 0, odd => [], asked => [], dialogs => 0, log => [] };

select_alerts('Shop');
is_deeply(harm(), $NONE, 'nothing runs or loads that a sender wrote');
# In hex, for psql prints no U+10FFFF.
my @titles = map { pack('H*', $_) } split /\n/, sql(<<'END', int => $int);
select encode(convert_to(title, 'UTF8'), 'hex')
  from tocsin.alerts where integration_id = :'int'
END
utf8::decode($_) for @titles;
is(@titles, $sent, 'there are as many alerts as were sent');

# Adminer shows nothing of a text with control characters, and a browser has
# its own mind of returns.
sub shown
{
    my ($text) = @_;
    return $text =~ /[\0-\x08\x0b\x0c\x0e-\x1f]/ ? ''
        : $text =~ s/\r\n?/\n/gr;
}

for my $column (qw(title description)) {
    is_deeply(
        [ sort(@{ cells($column) }) ],
        [ sort(map { shown($_) } @titles) ],
        "each $column is to be read as it was sent");
}
my %meta = map { $_ => 1 } @{ cells('meta') };
ok($meta{'{"<script>boom()</script>": "<script>boom()</script>"}'},
    'and so is what is in JSON');

# Were it not text, it would be noticed.
$browser->value(<<'END');
document.querySelector('#table tbody td[id$="[title]"]').innerHTML =
    '<img src="//127.0.0.1:9/x" onerror=boom()>' +
    '<a href="javascript:boom()">x</a>';
new Promise(done => setTimeout(done, 500))
END
my $harm = harm();
is(@{ $harm->{odd} }, 2, 'tags in a title would be seen');
is(@{ $harm->{asked} }, 1, 'and what they ask for');
cmp_ok(scalar @{ $harm->{log} }, '>', 0, 'and the browser would complain');
$browser->value('boom()');
is(harm()->{booms}, 1, 'and what ran would be counted');

# Commands.
sub command
{
    my ($sql) = @_;
    follow('#menu a[href$="sql="]');
    $browser->value(<<'END');
document.querySelector('[contenteditable], textarea[name=query]').focus()
END
    $browser->call('Input.insertText', text => $sql);
    $browser->call('Input.dispatchKeyEvent', type => 'keyUp', key => 'Shift');
    submit('Execute');
    return join ' ', @{ texts('#content .error, #content .message') };
}

my $state = q(select md5(string_agg(a::text, ',' order by alert_id))
    from tocsin_internal.alert a);
my $before = sql($state);
like(command("select count(*) from alerts where title = 'x' || id"),
    qr/^$/, 'a question is no error');
is(texts('#content td')->[0], '0', 'and has an answer');
my $off = 'set default_transaction_read_only = off';
for (
    [ q(update tocsin_internal.alert set title = 'x'),
        qr/permission denied for schema tocsin_internal/ ],
    [ qq($off; delete from tocsin_internal.alert),
        qr/OK.*permission denied for schema tocsin_internal/ ],
    [ qq($off; update alerts set title = 'x'),
        qr/OK.*cannot update view "alerts"/ ],
    [ qq($off; drop view alerts cascade),
        qr/OK.*must be owner of view alerts/ ],
    [ qq($off; create table mine (a int)),
        qr/OK.*permission denied for schema tocsin/ ],
) {
    my ($sql, $refusal) = @$_;
    like(command($sql), $refusal, "refused: $sql");
}
is(sql($state), $before, 'no alert has changed');

# What is not described would be found.
sql(<<'END');
comment on view tocsin.tags is null;
comment on column tocsin.tags.tag is null;
END
is_deeply(missing('tags'), [ 'comment', 'comment of tag' ],
    'a view without comments is found');

undef $browser;
done_testing;
