#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin explain makes of each sender's requests the events that it should,
# without a server and a database.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use JSON::PP ();
use POSIX ();
use Test::More;
use Vectors;

my $JSON = JSON::PP->new->utf8->allow_nonref->canonical;
my $TOOL = "$FindBin::Bin/../../build/tocsin";
my $dir = tempdir(CLEANUP => 1);

delete @ENV{ grep { /^(?:PG|TOCSIN_)/ } keys %ENV };
$ENV{HOME} = $dir;

# Run the tool with a body; its output, its errors, its exit status.
sub tocsin
{
    my ($body, @arguments) = @_;
    my @files = map { "$dir/$_" } qw(body out err);
    open my $file, '>', $files[0] or die "$files[0]: $!\n";
    print $file $body;
    close $file;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', $files[0] or die;
        open STDOUT, '>', $files[1] or die;
        open STDERR, '>', $files[2] or die;
        { exec $TOOL, @arguments }
        POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my $rc = $? >> 8;
    my @text = map {
        open my $f, '<', $_ or die;
        local $/;
        scalar <$f> // ''
    } @files[ 1, 2 ];
    return (@text, $rc);
}

sub run_explain
{
    my ($name, $v, @more) = @_;
    my @headers = @{ $v->{headers} };
    my @options = ('--method', $v->{method}, '--path', $v->{path},
        '--query', $v->{query});
    push @options, '--header', 'Content-Type: '
        if !grep { /^content-type$/i } @headers;
    while (my ($header, $value) = splice @headers, 0, 2) {
        push @options, '--header', "$header: $value";
    }
    return tocsin($v->{body}, 'explain', @options, @more, $name);
}

sub check
{
    my ($name, $v) = @_;
    my $where = "$name.txt:$v->{line}";
    my ($out, $err, $rc) = run_explain($name, $v, '--json');
    my @got = map { $JSON->decode($_) } split /\n/, $out;
    my @want = grep { ref } @{ $v->{want} };
    my @refused = grep { !ref } @{ $v->{want} };
    ok(same(\@got, \@want), "$where: its events")
        || diag($out, 'wanted ', $JSON->encode(\@want), "\n$err");
    my @said = map { /refused: (\/\w+)?/ ? 'refused' . ($1 ? " $1" : '') : () }
        split /\n/, $err;
    my $all = @refused ? \@refused : $v->{status} >= 400 ? ['refused'] : [];
    is_deeply(\@said, $all, "$where: what is refused") || diag($err);
    is($rc, @$all ? 1 : 0, "$where: the exit status");

    ($out, $err, $rc) = run_explain($name, $v);
    my ($status, $body) = $out =~ /^answer (\d+)\n(.*)/ms;
    is($status // $out, $v->{status}, "$where: the status of the answer");
    return if ref $v->{answer} ne 'HASH' || !$body;
    ok(same($JSON->decode($body), $v->{answer}), "$where: the answer")
        || diag($body);
}

for my $name (dialects()) {
    check($name, $_) for vectors($name);
    my $file = "$FindBin::Bin/../../cgi/dialects/$name.dialect";
    my @lines = split /\n/, do {
        open my $f, '<', $file or die "$file: $!\n";
        local $/;
        <$f>;
    };
    cmp_ok(scalar @lines, '<=', 60, "$name has at most 60 lines");
    my ($out) = tocsin('', 'dialect', 'show', $name);
    is($out, join('', map { "$_\n" } @lines), "$name is shown as it is");
    like((tocsin('', 'dialect', 'list'))[0],
        qr/^\Q$name\E  +\S/m, "$name is listed");

    # Its own sample.
    my ($sample) = map { /^sample += (.*)/ ? $1 : () } @lines;
    my ($path) = map { /^sample path += (.*)/ ? $1 : '' }
        grep { /^sample path/ } @lines;
    my $type = ($sample // '') =~ /^\{/ ? 'json' : 'x-www-form-urlencoded';
    my ($json, $err, $rc) = tocsin($sample // '', 'explain', '--json',
        '--path', $path // '', '--header', "Content-Type: application/$type",
        $name);
    is($rc, 0, "the sample of $name becomes an event") || diag($err);
    is($JSON->decode($json || '{}')->{event_type}, 'create', 'a create');
}

my %have = map { $_ => 1 } dialects();
is_deeply([
        grep { !$have{$_} } map { m{([^/]+)\.dialect$} }
            glob "$FindBin::Bin/../../cgi/dialects/*.dialect"
    ],
    [], 'every dialect has its requests');

# PagerTree's own format, and the hints.
my ($out, $err, $rc) =
    tocsin('{"event_type":"create","Id":"a","Title":"t"}', 'explain');
is($rc, 0, "PagerTree's format needs no dialect");
like($out, qr/^answer 200$/m, 'it is accepted');
($out, $err, $rc) =
    tocsin('{"data":{"event":{"event_type":"create","Title":"t"}}}',
    'explain', '--wrapper-key', 'data.event');
is($rc, 0, 'so is an event that is wrapped');
($out, $err, $rc) = tocsin('{}', 'explain', '--wrapper-key', '~');
is($rc, 2, 'if there can be such a member') || diag($out);
($out, $err, $rc) = tocsin('{"version":"4","groupKey":"k","alerts":[{}]}',
    'explain');
is($rc, 1, 'what is another one is refused');
like($out, qr{refused: /event_type: }, 'by the member at fault');
like($out, qr/^it looks like dialect alertmanager: /m, 'and recognized');
unlike($out, qr/looks like dialect (?!alertmanager)/, 'as no other');
for my $name (dialects()) {
    my ($v) = vectors($name);
    next if $v->{body} !~ /^\{/; # a form has no marks
    ($out) = tocsin($v->{body}, 'explain');
    is(join(' ', $out =~ /^it looks like dialect (\S+):/mg),
        $name, "a body of $name is recognized, and as no other");
}
($out, $err, $rc) = tocsin('[1', 'explain');
is($rc, 1, 'no JSON is refused');

# For people.
my ($v) = vectors('alertmanager');
($out) = run_explain('alertmanager', $v);
like($out, qr/^event 1 of 2: \[event\] at line \d+$/m,
    'each event is numbered');
like($out, qr{^  event_type +create +line \d+  item/status = "firing"$}m,
    'each line says where it comes from');
like($out, qr{^  Id +a1b2c3d4e5f60718 +line \d+  item/fingerprint$}m,
    'and its pointer');
($out) = tocsin("{\"title\":\"\e[2J\"}", 'explain', 'oncall');
unlike($out, qr/\e/, 'a terminal gets no escape sequence');

# What cannot be.
like((tocsin('{}', 'explain', 'opsgenie'))[1],
    qr{no such path: give one, like --path v2/alerts$},
    'a path that is missing is told');
like((tocsin('{}', 'explain', '--path', 'x', 'oncall'))[1],
    qr/the dialect has no such path$/, 'as is one too much');
is((tocsin('{}', 'explain', 'nosuch'))[2], 2, 'a name that is none');
is((tocsin('{}', 'explain', '--header', 'x', 'oncall'))[2],
    2, 'a header without a colon');
is((tocsin('{}', 'explain', 'oncall', '/nonexistent'))[2],
    1, 'a body that is not there');
is((tocsin('', 'dialect'))[2], 2, 'tocsin dialect alone');
is((tocsin('', 'dialect', 'show', 'nosuch'))[2], 2, 'none to show');

# A file of one's own.
my $file = "$dir/mine.dialect";
sub save
{
    open my $f, '>', $file or die;
    print $f @_;
    close $f;
}
save("language = 1\ndialect = mine\n[event]\nevent_type = create\n",
    "Id = \${body/id}\nTitle = \${nosuch(body/id)}\n");
($out, $err, $rc) = tocsin('', 'dialect', 'check', $file);
is($rc, 1, 'a broken file is refused');
like($err, qr/mine\.dialect: line 6: there is no \[map nosuch\] above/,
    'by its line');
($out, $err, $rc) = tocsin('{}', 'explain', $file);
is($rc, 1, 'and explains nothing');
save("language = 1\ndialect = mine\n[event]\nevent_type = create\n",
    "Id = \${body/id}\n");
is((tocsin('', 'dialect', 'check', $file))[2], 0, 'a sound one is not');
($out, $err, $rc) = tocsin('{"id":17}', 'explain', '--json', $file);
is_deeply(
    $JSON->decode($out),
    {
        event_type => 'create',
        Id => '17',
        Title => 'mine: no title',
        Meta => { dialect => 'mine' }
    },
    'it explains a body');
($out, $err, $rc) = tocsin('', '-o', "dialects=$dir", 'dialect', 'list');
like($out, qr/^mine +yours$/m, 'it is listed');
($out) = tocsin('{"id":17}', '-o', "dialects=$dir", 'explain', '--json',
    'mine');
like($out, qr/"Id":"17"/, 'and found by its name');
save("language = 1\ndialect = mine\nmark = body/alerts body/version body/id",
    " body/fleet\n[event]\nevent_type = create\nId = \${body/id}\n");
($out) = tocsin('{"version":"4","groupKey":"k","alerts":[{}],"fleet":1,"id":2}',
    '-o', "dialects=$dir", 'explain');
is(join(' ', $out =~ /^it looks like dialect (\S+):/mg),
    'mine', 'a body of it is recognized, though others look like it');

done_testing;
