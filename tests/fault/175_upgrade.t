#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The schema is upgraded while two responders take webhooks, then each is
# replaced.  Its next version is made here: this schema and one migration
# more, which changes no table that events are stored in.  Then it is restored
# from a dump under a responder.
use strict;
use warnings;

use FindBin qw($Bin);
use POSIX ();
use File::Path qw(make_path);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(peek save slurp);
use History;
use Psql;
use Responder;
use World qw(await pick);

my $rate = 100; # of each of two senders
my $seconds = pick(20, 2); # before, between and after
my $world = World->new;
$world->{integration} = integration();
my ($schema) = slurp("$World::ROOT/Makefile") =~ /^SCHEMA = (\d+)$/m;
my $next = $schema + 1;

# A copy of the SQL files with the next migration.
sub next_schema
{
    my $dir = "$world->{dir}/sql";
    system('cp', '-r', "$World::ROOT/sql", $dir) == 0 or die "no copy\n";
    my $number = sprintf '%04d', $next;
    make_path("$dir/migrate/$number");
    save("$dir/migrate/$number/next.sql", <<'END');
create table tocsin_internal.next (id integer);
comment on table tocsin_internal.next is 'Made by the next migration.';
comment on column tocsin_internal.next.id is 'Nothing.';
END
    my $install = slurp("$dir/install.sql");
    $install =~ s/^(set local tocsin.version = )$schema;$/$1$next;/m
        or die "no version\n";
    $install =~ s{^(-- Everything below holds no data)}{<<"END" . $1}em
select not exists (
    select from tocsin_internal.migration where version = $next) as tocsin_todo
\\gset
\\if :tocsin_todo
    \\ir migrate/$number/next.sql
    insert into tocsin_internal.migration values ($next, 'next');
\\endif

END
        or die "no place for a migration\n";
    save("$dir/install.sql", $install);
    return "$dir/install.sql";
}

# A responder, where senders of this name find it.
sub start
{
    my ($name) = @_;
    my $responder = Responder->start(
        world => $world,
        conf => { spool => "$world->{dir}/spool.$name" });
    symlink $responder->{path}, "$world->{dir}/$name.new" or die "link: $!\n";
    rename "$world->{dir}/$name.new", "$world->{dir}/$name"
        or die "rename: $!\n";
    return $responder;
}

# Send until told to end; a line per event: status, and its Id.
sub sender
{
    my ($name) = @_;
    my $pid = fork // die "could not fork: $!\n";
    return $pid if $pid;
    my $on = 1;
    $SIG{TERM} = sub { $on = 0 };
    open my $log, '>', "$world->{dir}/sent.$name" or POSIX::_exit(1);
    my $responder = bless { path => "$world->{dir}/$name" }, 'Responder';
    my $due = time;
    for (my $n = 1; $on; $n++) {
        my $status = 0;
        # One that ends closes what it has not taken yet.
        until ($status) {
            my $answer = eval { $responder->post(
                integration => $world->{integration},
                event => {
                    event_type => 'create',
                    Id => "$name $n",
                    Title => 'T'
                }) };
            $status = $answer->{status} if $answer;
        }
        print {$log} "$status $name $n\n";
        $due += 1 / $rate;
        my $early = $due - time;
        sleep $early if $early > 0;
    }
    close $log;
    POSIX::_exit(0);
}

my $install = next_schema();
my %responder = map { $_ => start($_) } qw(a b);
await(10, sub {
    !grep { !-s "$world->{dir}/spool.$_/integrations" } keys %responder;
}) // die "no copies of the integrations\n";
my %sender = map { $_ => sender($_) } keys %responder;
$world->adopt($_) for values %sender;
sleep $seconds;

my $began = time;
is(Psql::psql('tocsin', '-f', $install), '', 'the schema is upgraded');
note(sprintf 'in %.1f s', time - $began);
is(value('select tocsin_api.schema_version()'), $next, 'to the next version');
sleep $seconds;
for my $name (sort keys %responder) {
    my $old = $responder{$name};
    $responder{$name} = start($name);
    ok($old->stop, "responder $name is replaced");
    sleep $seconds;
}
kill 'TERM', values %sender;
waitpid $_, 0 for values %sender;
$world->release($_) for values %sender;
$_->stop for values %responder;

my @sent = map { [ /^(\d+) (.*)$/ ] }
    split /\n/, join '', map { slurp("$world->{dir}/sent.$_") } keys %sender;
my %status;
$status{ $_->[0] }++ for @sent;
is_deeply([ sort keys %status ], [200], 'every event is answered 200')
    or diag(explain \%status);
cmp_ok(scalar @sent, '>', $rate * 2 * 4 * $seconds / 2,
    'there were enough of them');
my %stored = map { $_->[0] => 1 }
    @{ History::rows('select external_id from tocsin.alerts') };
is(scalar(grep { !$stored{ $_->[1] } } @sent), 0, 'none is lost');
my $said = () = $world->log_text =~
    /the schema has version $next, this program is for $schema/g;
cmp_ok($said, '>=', 2, 'a program says that it is older');

# Restored from a dump under a responder: its connections know types that are
# gone.
my $restored = start('a');
sub create
{
    my ($id) = @_;
    return $restored->post(integration => $world->{integration},
        event => { event_type => 'create', Id => $id, Title => 'T' })
        ->{status};
}
is(create('before'), 200, 'an event is stored');
my $dump = "$world->{dir}/dump";
is(system('pg_dump', '-Fc', '-f', $dump), 0, 'a dump is made');
Psql::sql('set client_min_messages = warning;'
        . ' drop schema tocsin, tocsin_api, tocsin_internal cascade');
is(system('pg_restore', '-1', '-d', $ENV{PGDATABASE}, $dump), 0,
    'and restored');
is(create('behind'), 200, 'the next event is stored at once');
ok($restored->stop, 'the responder ends');

is($world->end, 0, 'everything ends when it is told to');
done_testing;
