#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin spool and check look at the spool, drain it, and put back in line
# what could not be stored.
use strict;
use warnings;

use FindBin;
use IO::Socket::UNIX;
use POSIX ();
use lib "$FindBin::Bin/../lib";
use Files qw(save slurp);
use Psql qw(sql);
use Test::More;
use World postgres => 'own', qw(await);
use Run;

my $spool = "$DIR/spool";
my @with = ('-o', "spool=$spool", '-o', 'spool_volatile=yes');
my $cgi = "$FindBin::Bin/../../build/tocsin.fcgi";
my $int = json_of(tocsin('integration', 'add', 'spooled', '--json'))
    ->{integration_id};

# A request by CGI, to a database that is not there unless the environment
# names one.
sub post
{
    my ($body, %env) = @_;
    my $run = finish(start({
        program => $cgi,
        in => $body,
        env => {
            TOCSIN_DATABASE => 'host=/nonexistent',
            TOCSIN_SPOOL => $spool,
            TOCSIN_SPOOL_VOLATILE => 'yes',
            REQUEST_METHOD => 'POST',
            SCRIPT_NAME => "/integration/$int",
            CONTENT_TYPE => 'application/json',
            CONTENT_LENGTH => length $body,
            %env,
        },
    }));
    return $run->{out} =~ /^Status: (\d+)/ ? $1 : "none: $run->{err}";
}

sub waiting
{
    return json_of(tocsin(@with, qw(spool status --json)));
}

refuses(tocsin('spool', 'status'), 7, qr/set spool to a directory/,
    'without a spool there is nothing to look at');
says(tocsin('check'), qr/^ok +spool +none/m, 'check says that there is none');
is(post('{"event_type":"create","Id":"1","Title":"t"}'), 503,
    'without a copy of the integrations nothing is spooled');

says(tocsin(@with, qw(spool drain)), qr/^0 stored, 0 to bad/,
    'drain finds nothing to do, and makes the copy');
ok(waiting()->{admits}, 'now events can be admitted');
is(post('{}'), 422, 'what breaks a rule is refused at once');
says(tocsin(@with, 'check'), qr{^ok +spool +\Q$spool\E, 0 events waiting$}m,
    'check finds the spool well');

is(post('{"event_type":"create","Id":"1","Title":"t"}'), 202,
    'with the copy an event is spooled');
is(post('{"event_type":"resolve","Id":"1"}'), 202, 'and one after it');
my $state = waiting();
is($state->{waiting}, 2, 'status counts both');
is($state->{directory}, $spool, 'status says where');
says(tocsin(@with, qw(spool status)), qr/^waiting +2$/m,
    'status says it to people too');
is(tocsin(@with, '-d', 'host=/nonexistent', qw(spool drain))->{status}, 4,
    'drain without a database fails as such');
is(waiting()->{waiting}, 2, 'and the events go on waiting');
says(tocsin(@with, qw(spool drain)), qr/^2 stored, 0 to bad/,
    'drain stores them');
is(sql("select string_agg(outcome, ' ' order by id) from tocsin.events"
            . " where source = 'spool'"),
    'created resolved', 'in their order');

# What waits came while the clock was an hour ahead; what is sent by hand since
# then is later all the same.
sub last_id
{
    my ($ticks) = @_;
    open my $stats, '+<:raw', "$spool/stats" or die "$spool/stats: $!\n";
    seek $stats, 8, 0;
    print {$stats} pack 'Q', $ticks;
    close $stats;
}
last_id((time + 3600) * 1000 << 12);
is(post('{"event_type":"create","Id":"ahead","Title":"t"}'), 202,
    'an event waits');
is(json_of(tocsin(@with, qw(send resolve), $int, qw(--id ahead --json)))
        ->{reason}, 'unknown_id', 'its end overtakes it');
says(tocsin(@with, qw(spool drain)), qr/^1 stored/, 'then it is stored');
is(sql("select status from tocsin.alerts where external_id = 'ahead'"),
    'resolved', 'and is over');
last_id(0);

# A file that somebody damaged.
is(post('{"event_type":"create","Id":"2","Title":"t"}'), 202,
    'another is spooled');
my ($file) = glob "$spool/new/*";
my ($name) = $file =~ m{([^/]+)$};
open my $f, '+<', $file or die "$file: $!\n";
seek $f, -8, 2;
print {$f} 'X';
close $f;
is(tocsin(@with, qw(spool drain))->{status}, 7,
    'drain says that not all was stored');
open $f, '<', "$spool/bad/$name.why" or die "$name.why: $!\n";
like(<$f>, qr/checksum/, 'the reason stands beside the file');
close $f;
my $run = tocsin(@with, qw(spool status --json));
is($run->{status}, 7, 'status tells it by its exit status');
is(json_of({ %$run, status => 0 })->{bad}, 1, 'and counts it');
$run = tocsin(@with, 'check');
is($run->{status}, 7, 'check fails for it');
like($run->{out}, qr/^FAILED +spool +1 events could not be stored/m,
    'and says so');

open $f, '+<', "$spool/bad/$name" or die "$name: $!\n";
seek $f, -8, 2;
print {$f} substr '{"event_type":"create","Id":"2","Title":"t"}' . "\nEND\n",
    -8, 1;
close $f;
says(tocsin(@with, qw(spool retry-bad)), qr/^1 put back into the spool/,
    'mended, it is put back into the spool');
is_deeply([ glob "$spool/bad/*" ], [], 'bad/ is empty again');
says(tocsin(@with, qw(spool drain)), qr/^1 stored/, 'and is stored');

# A file that cannot be read: it alone waits, and everybody hears of it.
is(post("{\"event_type\":\"create\",\"Id\":\"s$_\",\"Title\":\"t\"}"), 202,
    "s$_ is spooled")
    for 1 .. 3;
my ($stuck) = map { m{([^/]+)$} } sort glob "$spool/new/*";
rename "$spool/new/$stuck", "$DIR/elsewhere" or die "$stuck: $!\n";
symlink "$DIR/elsewhere", "$spool/new/$stuck" or die "$stuck: $!\n";
$run = tocsin(@with, qw(spool drain));
like($run->{out}, qr/^2 stored, 0 to bad/, 'a link holds up nothing else');
is($run->{status}, 7, 'drain says by its exit status that one is left');
like($run->{err}, qr/cannot be stored now/, 'and in words');
$run = tocsin(@with, qw(spool status --json));
is($run->{status}, 7, 'so does status');
$state = json_of({ %$run, status => 0 });
is("$state->{held} $state->{held_file}", "1 $stuck", 'and names the file');
like($state->{held_reason}, qr/cannot be read: .*symbolic link/,
    'and the reason');
cmp_ok($state->{held_seconds}, '<', 60, 'and since when');
like(tocsin(@with, 'check')->{out},
    qr/^FAILED +spool +1 events are set aside, .*symbolic link/m,
    'check fails for it');
rename "$DIR/elsewhere", "$spool/new/$stuck" or die "$stuck: $!\n";
says(tocsin(@with, qw(spool drain)), qr/^1 stored/, 'mended, it is stored');
is(waiting()->{held}, 0, 'and nothing is set aside');

# A web server that sets another spool than the tool reads.
my $conf = write_file('web.conf', '');
for my $set ("$DIR/elsewhere", $spool, "$DIR/elsewhere", "$spool/") {
    # The copy must be due.
    unlink "$set/integrations";
    is( post('{"event_type":"resolve","Id":"none"}',
            TOCSIN_DATABASE => 'user=tocsin_web',
            TOCSIN_CONF => $conf,
            TOCSIN_SPOOL => $set),
        200,
        "a responder with the spool $set");
    my $found = tocsin(@with, 'check');
    my $none = tocsin('check');
    if ($set eq "$DIR/elsewhere") {
        is($found->{status}, 7, 'check fails in another one');
        like($found->{out},
            qr/^FAILED +spool .*with \Q$conf, uses $set\E, and .* \Q$spool\E:/m,
            'and says how both were started');
        like($none->{out}, qr/^FAILED +spool .* \Q$set\E, .* has none:/m,
            'also in none');
    } else {
        says($found, qr/^ok +spool/m, 'check is content in the same one');
    }
}

# A responder that stays, and has no spool.
my $socket = IO::Socket::UNIX->new(Local => "$DIR/socket", Listen => 1)
    or die "no socket: $!\n";
my $pid = fork // die "could not fork: $!\n";
if (!$pid) {
    @ENV{qw(TOCSIN_DATABASE TOCSIN_LOG)} = ('user=tocsin_web', "$DIR/log");
    open STDIN, '<&', $socket or POSIX::_exit(1);
    exec { $cgi } $cgi or POSIX::_exit(1);
}
ok(
    defined await(
        30,
        sub {
            tocsin(@with, 'check')->{out} =~
                /^FAILED +spool .* has no spool/m;
        }
    ),
    'check says so where the tool has one');
says(tocsin('check'), qr/^ok +spool +none/m,
    'and is content where it has none');
kill 'TERM', $pid;
waitpid $pid, 0;
is($?, 0, 'the responder ends');
unlink "$spool/integrations"; # so that it reports
is( post('{"event_type":"resolve","Id":"none"}',
        TOCSIN_DATABASE => 'user=tocsin_web'),
    200,
    'the next one has the spool');

# What was refused.
my $token = 'a-token-that-nobody-keeps';
my $sender = json_of(tocsin('integration', 'add', 'sender', "--token=$token",
    '--json'))->{integration_id};
is(tocsin(@with, qw(spool drain))->{status}, 0, 'the copy has it');
mkdir "$DIR/dialects";
my @ours = (@with, '-o', "dialects=$DIR/dialects");

# A dialect that knows these words, and takes its token from the body.
sub dialect
{
    write_file('dialects/ours.dialect',
        "language = 1\ndialect = ours\ntoken = body:/key\n"
            . "each = body/all\n[map kind]\n"
            . join('', map { "$_ = create\n" } @_)
            . "[event]\nevent_type = \${kind(item/state)}\n"
            . "Id = \${item/id}\nTitle = \${item/id}\n");
}

sub post_ours
{
    my ($body, %env) = @_;
    return post(
        $body,
        SCRIPT_NAME => "/integration/$sender/ours",
        TOCSIN_DIALECTS => "$DIR/dialects",
        %env);
}

sub kept
{
    return @{ json_of(tocsin(@ours, qw(refused list --json))) };
}

# The refused requests of a status, as JSON.
sub refused
{
    my ($status) = @_;
    return grep { $_->{status} == $status && $_->{integration_id} eq $sender }
        kept();
}
dialect('down');
says(tocsin(@with, qw(refused list)), qr/^.* 422  invalid  \/event_type$/m,
    'a body that was refused is listed');
is(post_ours(qq({"key":"$token","id":"r1","state":"off"})),
    422, 'a dialect does not know a word');
is(post_ours(qq({"key":"another","id":"r1","state":"off"})),
    503, 'of a stranger nothing is known while the database is down');
my ($one) = refused(422);
is_deeply(
    [ @$one{qw(dialect reason method sent_bytes kept_bytes)} ],
    [ 'ours', 'invalid', 'POST', 59, 59 ],
    'what is known of the request is kept');
like($one->{detail}, qr/line 7/, 'with the line of the dialect');
is(scalar refused(422), 1, 'of strangers it is not');
my $id = $one->{id};
my $stars = '*' x length $token;
is(tocsin(@ours, qw(refused show --raw), $id)->{out},
    qq({"key":"$stars","id":"r1","state":"off"}),
    'its body can be seen, without the token');
says(tocsin(@ours, qw(refused show), $id),
    qr/^dialect +ours\n.*^bytes +59\n.*\n\n\{"key":.*"r1"/ms,
    'after what is known of it');
is(json_of(tocsin(@ours, qw(refused show --json), $id))->{body},
    qq({"key":"$stars","id":"r1","state":"off"}), 'or as JSON');
$run = tocsin(@ours, qw(refused explain), $id);
is($run->{status}, 1, 'explain says that it is refused');
like($run->{out}, qr/^  refused: .*line 7.*^answer 422$/ms, 'and why');
$run = tocsin(@ours, qw(refused retry), $id);
is($run->{status}, 1, 'so does retry');
like($run->{err}, qr/refused: .*line 7/, 'and why');
is(scalar refused(422), 1, 'and it stays');

dialect('down', 'off');
says(tocsin(@ours, qw(refused explain), $id), qr/"Id":"r1".*^answer 200$/ms,
    'the dialect mended, explain shows the event');
is(tocsin(@ours, '-d', 'host=/nonexistent', qw(refused retry), $id)->{status},
    4, 'while the database is down it is not stored');
is(scalar refused(422), 1, 'and stays');
my ($kept) = glob "$spool/refused/$id-*";
my $bytes = slurp($kept);
says(tocsin(@ours, qw(refused retry), $id), qr/^stored$/, 'then it is');
is(scalar refused(422), 0, 'and is deleted');
says(tocsin(@ours, qw(refused retry), $id), qr/^already stored$/,
    'again it is stored already');
unlink "$spool/refused/$id-0";
save($kept, $bytes);
is(json_of(tocsin(@ours, qw(refused retry --json), $id))->{result},
    'already_stored', 'even where only the database knows');
is( sql("select string_agg(source || ' ' || outcome, ' ') from tocsin.events"
            . " where external_id = 'r1'"),
    'operator created', 'it was stored once');

# Some of a batch.
is( post_ours(qq({"key":"$token","all":[{"id":"b1","state":"down"},)
            . qq({"id":"b2","state":"bad"},{"id":"b3","state":"off"}]})),
    200, 'two of a batch are spooled');
($one) = refused(422);
is($one->{pointer}, '/1/event_type', 'the other one is kept');
dialect('down', 'off', 'bad');
is(json_of(tocsin(@ours, qw(refused retry --json), $one->{id}))->{events},
    1, 'and is stored alone');
is(tocsin(@with, qw(spool drain))->{status}, 0, 'the spool is drained');
is( sql("select string_agg(external_id || source, ' ' order by external_id)"
            . " from tocsin.events where external_id ~ '^b[123]\$'"),
    'b1spool b2operator b3spool', 'each is stored once');

# An event in a member that nobody has named before.
is( post('{"data":{"event_type":"create","Id":"w1","Title":"t"}}',
        SCRIPT_NAME => "/integration/$sender",
        HTTP_PAGERTREE_TOKEN => $token),
    422, 'an event that is wrapped is refused');
($one) = refused(422);
tocsin(@with, qw(integration set --wrapper-key data), $sender);
says(tocsin(@ours, qw(refused explain), $one->{id}), qr/^answer 200$/m,
    'until its integration has the wrapper key');
says(tocsin(@ours, qw(refused retry), $one->{id}), qr/^stored$/,
    'then it is stored');

# What cannot be sent again, or is not there.
is(post_ours('x' x 5000, TOCSIN_BODY_MAX => 4096),
    413, 'a body is too large');
is(scalar refused(413), 0, 'of one with a token in it nobody knows whose');
is(post('x' x 5000, TOCSIN_BODY_MAX => 4096), 413, 'another is');
($one) = grep { $_->{status} == 413 } kept();
is($one->{kept_bytes}, 5000, 'whose beginning is kept');
is(post('x' x 200_000, TOCSIN_BODY_MAX => 4096), 413, 'a longer one');
($one) = grep { $_->{status} == 413 } kept();
is("$one->{kept_bytes} of $one->{sent_bytes}", '65536 of 200000',
    'not wholly');
refuses(tocsin(@with, qw(refused retry), $one->{id}), 1,
    qr/only the first 65536 bytes/, 'it cannot be sent again');
refuses(tocsin(@with, qw(refused show), $_), 1,
    qr/there is no refused request "\Q$_\E"/, "there is no $_")
    for '0198f6a1-0000-7000-8000-000000000000', '../new', 'x';
is(tocsin(@with, @$_)->{status}, 2, "@$_ is misuse")
    for [qw(refused)], [qw(refused show)], [qw(refused list x)],
    [qw(refused forget x)], [qw(refused list --raw)];
refuses(tocsin(qw(refused list)), 7, qr/there is no spool/,
    'without a spool there is none');
my @found = grep { slurp($_) =~ /\Q$token\E/ }
    grep { -f } glob "$spool/* $spool/*/*";
is_deeply(\@found, [], 'the token is in no file');

# A second database that is told to use the same spool.
my $other = "other_$$";
sql("create database $other template template0 encoding 'UTF8'");
sql("alter database $other owner to tocsin_owner");
END {
    my $status = $?;
    sql("drop database if exists $other with (force)") if $other;
    $? = $status;
}
my @other = (@with, '-d', "dbname=$other");
is(tocsin(@other, 'init')->{status}, 0, 'there is another database');
is(post('{"event_type":"create","Id":"mine","Title":"t"}'), 202,
    'an event of the first is spooled');
refuses(tocsin(@other, qw(spool drain)), 7, qr/is another database's/,
    'it is not drained into the other one');
like(tocsin(@other, 'check')->{out},
    qr/^FAILED +spool .*is another database's/m, 'check says why');
is(waiting()->{waiting}, 1, 'it waits for the first one');
says(tocsin(@with, qw(spool drain)), qr/^1 stored, 0 to bad/,
    'which takes it');
says(tocsin(@with, 'check'), qr{^ok +spool }m, 'and finds its spool well');
unlink "$spool/integrations";
is(tocsin(@other, qw(spool drain))->{status}, 0,
    'an empty spool without a copy can change hands');
refuses(tocsin(@with, qw(spool drain)), 7, qr/is another database's/,
    'and is then not the first one\'s');
unlink "$spool/integrations";
says(tocsin(@with, qw(spool drain)), qr/^0 stored/, 'which can have it back');

# What is no file.
unlink "$spool/integrations";
POSIX::mkfifo("$spool/integrations", 0600) or die "no FIFO: $!\n";
ok(!waiting()->{admits}, 'a FIFO in the place of the copy admits nobody');
is(post('{"event_type":"create","Id":"1","Title":"t"}'), 503,
    'and holds nobody up');
says(tocsin(@with, qw(spool drain)), qr/^0 stored/, 'the next copy');
ok(waiting()->{admits}, 'takes its place');

# A spool that cannot keep a promise.
is(tocsin('-o', "spool=/dev/shm/tocsin-$$", 'check')->{status}, 7,
    'check refuses a spool in memory');
rmdir "/dev/shm/tocsin-$$";
chmod 0777, $spool;
like(tocsin(@with, 'check')->{out}, qr/^FAILED +spool .*chmod go-w/m,
    'and one that others may write to');
is(tocsin(@with, qw(spool empty))->{status}, 2, 'an unknown verb is misuse');

done_testing();
