#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Prometheus scrapes /metrics and, through sql_exporter, the views, each with
# the file that is shipped; what it then answers is what SQL says, odd names
# included.  The rules fire for their reasons, one of them in Prometheus.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'lighttpd-spawn', qw(await has_program);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Files qw(save slurp);
use HTTP::Tiny;
use JSON::PP ();
use POSIX ();
use Http;
use Psql;
use Test::More;
use World::Front;

my $SHIPPED = "$FindBin::Bin/../../sql/dashboard/prometheus";
my $HOSTILE = qq(a "name"\\ of }\n<script>alert(1)</script> \$1 {{ . }});

for my $program (qw(prometheus promtool prometheus-sql-exporter)) {
    plan(skip_all => "$program is not installed")
        if !has_program($program);
}

my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp');
my ($address, $base) = $ENV{BASE_URL} =~ m{^http://([^/]+)(/.*)$};
my $http = HTTP::Tiny->new(timeout => 10);
my @pids;
my ($exporter_port, $port) = map { World::Front::free_port() } 1 .. 2;

END {
    my $status = $?;
    kill 'TERM', @pids;
    waitpid $_, 0 for @pids;
    remove_tree($dir) if $dir;
    $? = $status;
}

# A file with what the test must have otherwise; each change is to be found
# in it.
sub adapted
{
    my ($path, $name, %changes) = @_;
    my $text = slurp($path);

    for my $from (sort keys %changes) {
        $text =~ s/\Q$from\E/$changes{$from}/ or die "$path has no $from\n";
    }
    save("$dir/$name", $text);
    return "$dir/$name";
}

sub run
{
    my ($env, $program, @args) = @_;
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        %ENV = (%ENV, %$env);
        open STDOUT, '>', "$dir/" . ($program =~ s/\W/_/gr) . '.log';
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec $program, @args; }
        POSIX::_exit(127);
    }
    push @pids, $pid;
}

# What promtool says of a file, or of text on its input.
sub promtool
{
    my ($args, $text) = @_;
    save("$dir/input", $text // '');
    my $said = qx(promtool $args <$dir/input 2>&1);
    return $? ? $said || 'failed' : '';
}

# The samples of a query: metric, which are its labels, and value.
sub ask
{
    my ($query) = @_;
    my $answer = $http->post_form(
        "http://127.0.0.1:$port/api/v1/query",
        { query => $query });
    die "$query: $answer->{content}\n" if !$answer->{success};
    my $result = JSON::PP->new->utf8->decode($answer->{content});
    return @{ $result->{data}{result} };
}

# Alerts of two integrations, one of which has an odd name.
my $odd = integration(name => $HOSTILE);
my $plain = integration(name => 'plain');
accepted(create($odd, Id => "x$_"), 'created', "alert $_") for 1 .. 3;
accepted(create($plain, Id => 'y'), 'created', 'and one of another');
accepted(post($odd, { event_type => 'acknowledge', Id => 'x2' }),
    'acknowledged', 'one is acknowledged');
accepted(post($odd, { event_type => 'resolve', Id => 'x3' }),
    'resolved', 'and one resolved');

# Somebody is told of them, or would be if a relay ran.
value("select name from tocsin_api.destination_add('duty', 'mail',"
        . " 'duty\@example.org', null)");
value('select done from tocsin_api.tick(200)');

# The programs, each with its shipped file.
run({ PGUSER => 'tocsin_reader' },
    'prometheus-sql-exporter',
    '-config.file=' . adapted("$SHIPPED/sql_exporter.yml",
        'sql_exporter.yml',
        '/alerts?' => "/$ENV{PGDATABASE}?"),
    "-web.listen-address=127.0.0.1:$exporter_port");
my $rules = adapted("$SHIPPED/rules.yml", 'tocsin-rules.yml');
my $config = adapted("$SHIPPED/prometheus.yml", 'prometheus.yml',
    'rule_files:' => "global: {scrape_interval: 1s, scrape_timeout: 1s,"
        . " evaluation_interval: 1s}\nrule_files:",
    '/metrics' . "\n" => "${base}metrics\n",
    '127.0.0.1:80' => $address,
    '127.0.0.1:9237' => "127.0.0.1:$exporter_port");
is(promtool("check config $config"), '', 'the configuration is good');
is(promtool("check rules $rules"), '', 'so are the rules');
run({}, 'prometheus', "--config.file=$config",
    "--storage.tsdb.path=$dir/data",
    "--web.listen-address=127.0.0.1:$port");
ok(await(60, sub {
        eval { (grep { $_->{value}[1] } ask('up')) == 2 };
    }), 'Prometheus reaches both')
    or diag(slurp("$dir/prometheus.log"));

# The responder.
for my $outcome (qw(created acknowledged resolved)) {
    my ($sample) = ask("tocsin_events_total{outcome=\"$outcome\"}");
    is($sample->{value}[1], value(
            'select count(*) from tocsin.events where outcome = :\'o\'',
            o => $outcome), "there are as many $outcome as in the log");
}
my %alerts = map {
    ("$_->{metric}{integration}|$_->{metric}{status}" => $_->{value}[1])
} ask('tocsin_alerts');
is_deeply(\%alerts, {
        "$HOSTILE|open" => 1,
        "$HOSTILE|acknowledged" => 1,
        'plain|open' => 1,
        'plain|acknowledged' => 0,
        'tocsin|open' => 0,
        'tocsin|acknowledged' => 0
    }, 'alerts are counted once, under their integration\'s own name');

# The view, row by row, but for what the responder exports, too; of two
# values that grow one is a bit older.
my %has = map { $_->{metric}{__name__} => 1 }
    ask('{job="tocsin", __name__=~"tocsin_.+"}');
my @view = @{ rows('select * from tocsin.prometheus') };
my %twice = map { $_->{metric} => 1 } grep { $has{ $_->{metric} } } @view;
is(
    join(' ', sort keys %twice),
    'tocsin_alerts tocsin_deliveries tocsin_destination_broken'
        . ' tocsin_oldest_due_delivery_seconds tocsin_outbox_oldest_seconds'
        . ' tocsin_tick_age_seconds',
    'what the responder exports, too');
is(scalar(my @broken = ask('tocsin_destination_broken')),
    1, 'is not there twice');
is($broken[0]{metric}{destination}, 'duty', 'a destination has its name');
my %view = map {
    ("$_->{metric}|$_->{integration_id}|$_->{integration}|$_->{status}" =>
        $_->{value})
} grep { !$twice{ $_->{metric} } } @view;
my %scraped = map {
    my $m = $_->{metric};
    (join('|', map { $_ // '' }
            @{$m}{qw(__name__ integration_id integration status)}) =>
        $_->{value}[1])
} ask('{job="tocsin-sql", __name__=~"tocsin_.+"}');
is_deeply([ sort keys %scraped ], [ sort keys %view ],
    'each row of the view is a sample, and nothing else is');
for my $key (sort keys %view) {
    my $name = $key =~ s/\Q$HOSTILE\E/(odd)/r;
    my $late = $key =~ /^tocsin_oldest/ ? 30 : 1e-3;
    cmp_ok(abs(($scraped{$key} // 1e9) - $view{$key}), '<=', $late,
        "$name has its value");
}
my @labels = map { sort keys %{ $_->{metric} } }
    ask('tocsin_integration_enabled{integration="plain"}');
is("@labels", '__name__ instance integration integration_id job',
    'a sample has the labels it needs and no others');

# Both pages, as promtool would have them.
for my $page ("$ENV{BASE_URL}metrics",
    "http://127.0.0.1:$exporter_port/metrics")
{
    my $answer = $http->get($page);
    is($answer->{status}, 200, "$page is answered");
    is(promtool('check metrics', $answer->{content}), '',
        'without anything to complain of');
}

# The rules: all of them by example, and one for real.
my $examples = adapted("$FindBin::Bin/rules.test.yml", 'rules.test.yml',
    "- RULES\n" => "- $rules\n");
is(promtool("test rules $examples"), '',
    'each rule fires for its reason, and none when all is well');
my $alerts = () = slurp($rules) =~ /- alert: /g;
my $examined = () = slurp($examples) =~ /exp_alerts:/g;
is($examined, $alerts + 2, 'none is left out');

sub firing
{
    return join ' ', sort map { $_->{metric}{alertname} }
        ask('ALERTS{alertstate="firing"}');
}

is(firing(), '', 'in Prometheus none fires');
my $bad = "$ENV{FRONT_DIR}/spool/bad/1.spoilt";
save($bad, 'x');
ok(await(60, sub { firing() eq 'TocsinSpoolBad' }),
    'one does when an event could not be stored') or diag(firing());
unlink $bad;
ok(await(60, sub { firing() eq '' }), 'and stops when it is gone');

done_testing();
