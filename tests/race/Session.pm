# SPDX-License-Identifier: ISC
# Several psql sessions at once, for tests of races.
#
#   my $db = Session::database();       a database with tocsin in it, gone
#                                       when the test ends
#   my $one = Session->new($db);
#   $one->run('select 1');              answer as text, waits for it
#   $one->start('select ...');          does not wait
#   $one->is_blocked                    waits for a lock, or finished: 0
#   $one->answer                        of what was started
#   Session::event(type => 'create', id => 'A', ...)  a call of ingest
package Session;

use strict;
use warnings;

use File::Basename qw(dirname);
use IO::Select;
use IPC::Open2 qw(open2);
use Time::HiRes qw(time);

my $root = dirname(__FILE__) . '/../..';
my ($made, $owner, $number) = (undef, $$, 0);

sub database
{
    $made = "tocsin_race_$$";
    psql('postgres', '-c', "create database $made template template0"
            . " encoding 'UTF8' locale 'C.UTF-8'");
    psql($made, '-f', "$root/sql/roles.sql", '-f', "$root/sql/install.sql");
    psql($made, '-c', 'insert into tocsin_internal.integration'
            . " (integration_id, name) values ('int_race', 'race')");
    return $made;
}

sub psql
{
    my ($database, @arguments) = @_;
    system('psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d',
        $database, @arguments) == 0
        or die "psql failed on $database\n";
    return;
}

END {
    my $status = $?;
    if ($made && $$ == $owner) {
        system('psql', '-qX', '-d', 'postgres', '-c',
            "drop database if exists $made with (force)");
    }
    $? = $status;
}

sub new
{
    my ($class, $database) = @_;
    my $self = bless { n => 0 }, $class;
    $self->{pid} = open2($self->{out}, $self->{in}, 'sh', '-c',
        'exec psql "$@" 2>/dev/null', 'psql', '-qXAt', '-d', $database);
    $self->run("set lock_timeout = '60s'");
    $self->{backend} = $self->run('select pg_backend_pid()');
    return $self;
}

# Errors come back in the answer as their SQLSTATE.
sub start
{
    my ($self, $sql) = @_;
    $self->{mark} = 'mark ' . ++$self->{n};
    print { $self->{in} } "$sql;\n\\if :ERROR\n\\echo error :SQLSTATE\n"
        . "\\endif\n\\echo $self->{mark}\n";
    $self->{in}->flush;
    return $self;
}

sub answer
{
    my ($self) = @_;
    my $text = '';
    my $out = $self->{out};
    while (defined(my $line = <$out>)) {
        last if $line eq "$self->{mark}\n";
        $text .= $line;
    }
    chomp $text;
    return $text;
}

sub run
{
    my ($self, $sql) = @_;
    return $self->start($sql)->answer;
}

# Wait up to five seconds for the session to wait for a lock.
sub is_blocked
{
    my ($self, $watcher) = @_;
    my $until = time + 5;
    my $finished = IO::Select->new($self->{out});
    while (time < $until && !$finished->can_read(0.01)) {
        return 1
            if $watcher->run("select wait_event_type = 'Lock' from"
                . " pg_stat_activity where pid = $self->{backend}") eq 't';
    }
    return 0;
}

# A new event id, in the order they are made.
sub new_id
{
    return sprintf '%08x-%04x-7000-8000-%012x', time * 1000 >> 16,
        time * 1000 & 0xffff, ++$number + ($$ << 20);
}

# A call of ingest with one event, or with several of equal type.
sub event
{
    my %e = @_;
    my @ids = ref $e{id} ? @{ $e{id} } : ($e{id});
    my @event_ids = map { $e{event_id} // new_id() } @ids;
    my @said = $e{type} eq 'create'
        ? (q('Title', '', null, '{}', '{}', '{}', false),
            ('null') x 3, q('{}'))
        : ('null') x 11;
    return 'select outcome from tocsin_api.ingest(array[' . join(', ', map {
        sprintf 'row(%s)::tocsin_api.event_in', join ', ',
            "'$event_ids[$_]'", q(now(), 'webhook', 'int_race', null),
            "'$e{type}'", "'$ids[$_]'", @said, 'null', 'null'
    } 0 .. $#ids) . '])';
}

1;
