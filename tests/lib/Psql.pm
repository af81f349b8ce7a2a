# SPDX-License-Identifier: ISC
package Psql;

# The database as a test sees it: the one that the environment names, unless
# another is named.  Options of a query are its variables: :'name' in it
# stands for the value of name, which is bytes of UTF-8.
#
#   value($sql, %o)     the one value of a query
#   rows($sql, %o)      all rows, each a hash, as PostgreSQL writes them in JSON
#   query($sql)         all rows, each a list of texts; in scalar context
#                       the first value
#   sql($text, %o)      what psql prints for a text of any kind; dbname
#                       names another database
#   psql($database, @arguments)
#                       what psql prints, errors too; in list context also
#                       whether it succeeded
#   as_role($role, $database, @arguments)
#                       the same, as a role
#   dump_of($database)  its schema, as pg_dump has it
#   $SQL                the directory of the SQL files
#
# These are removed when the test ends:
#
#   Psql::database()    an empty database; Psql::database("template $other")
#                       a copy of one
#   Psql::installed()   a database with the roles and the schema in it: a
#                       copy of tocsin_installed where the suite has made it
#   Psql::plain_role()  a role that may log in, and nothing else
#
# Of tocsin:
#
#   integration(%o)     a new integration, by its id; name, token, capture,
#                       urgency, wrapper, prefix
#   alerts($integration, $external_id)
#                       its alerts, oldest first
#
# Concurrent sessions:
#
#   my $one = Psql->new($database);
#   $one->run('select 1');              answer as text, waits for it
#   $one->start('select ...');          does not wait
#   $one->is_blocked($two)              waits for a lock, as $two sees it, or
#                                       finished: 0
#   $one->answer                        of what was started; an error is
#                                       error SQLSTATE

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);
use IO::Select;
use IPC::Open2 qw(open2);
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(time);

our @EXPORT = qw(value rows query sql integration alerts);
our @EXPORT_OK = qw(psql as_role dump_of $SQL);
our $SQL = dirname(__FILE__) . '/../../sql';

my $READ = JSON::PP->new->allow_nonref;
my $owner = $$;
my (%standing, @databases, @roles);

END {
    my $status = $?;
    if ($$ == $owner) {
        psql('postgres', '-c', "drop database if exists $_ with (force)")
            for @databases;
        psql('postgres', '-c', "drop role if exists $_") for @roles;
    }
    $? = $status;
}

sub value
{
    my ($sql, %o) = @_;
    my $row = rows($sql, %o)->[0] // return undef;
    return (values %$row)[0];
}

sub rows
{
    my ($sql, %o) = @_;
    my $set = join '', map { "\\set $_ " . quoted($o{$_}) . "\n" }
        sort keys %o;
    my $place = join "\0", $$, map { $ENV{$_} // '' }
        qw(PGHOST PGPORT PGDATABASE PGUSER);
    my $session = $standing{$place} //= Psql->new(undef, 1);

    # Not by select: psql drops characters from U+10FFFE on.
    my $text = $session->run("${set}copy (with q as ($sql)"
            . " select coalesce(json_agg(q), '[]') from q) to stdout");
    if ($session->{ended}) {
        delete $standing{$place};
        die "psql failed: $sql\n";
    }
    $session->tell("\\unset $_\n") for sort keys %o;
    $text =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ge;
    utf8::decode($text) or die "not UTF-8\n";
    return $READ->decode($text);
}

# As psql reads a word of its commands.
sub quoted
{
    my ($text) = @_;
    my %escape = ("\n" => '\n', "\r" => '\r', "\\" => '\\\\', "'" => "''");
    $text =~ s/([\n\r\\'])/$escape{$1}/g;
    return "'$text'";
}

sub query
{
    my ($sql) = @_;
    my @rows = map { [ split /\t/, $_, -1 ] } split /\n/,
        printed($sql, '-F', "\t");
    return wantarray ? @rows : $rows[0][0];
}

sub sql
{
    my ($text, %o) = @_;
    my $database = delete $o{dbname};
    return printed($text, defined $database ? ('-d', $database) : (),
        map { ('-v', "$_=$o{$_}") } sort keys %o);
}

# From a file, so that neither side waits for the other.
sub printed
{
    my ($text, @arguments) = @_;
    open my $in, '+>', undef or die "no temporary file: $!\n";
    print {$in} $text;
    seek $in, 0, 0;
    my $pid = open(my $out, '-|') // die "could not fork: $!\n";
    if (!$pid) {
        open STDIN, '<&', $in or POSIX::_exit(126);
        no warnings 'exec';
        exec qw(psql -XAtq -v ON_ERROR_STOP=1), @arguments;
        POSIX::_exit(127);
    }
    my $printed = do { local $/; <$out> } // '';
    close $out or die "psql failed: $text\n";
    chomp $printed;
    return $printed;
}

sub psql
{
    my ($database, @arguments) = @_;
    open my $out, '-|', 'sh', '-c', 'exec psql "$@" 2>&1', 'psql', '-qXAt',
        '-v', 'ON_ERROR_STOP=1', '-d', $database, @arguments
        or die "could not run psql: $!\n";
    my $text = do { local $/; <$out> } // '';
    my $ok = close $out;
    chomp $text;
    return wantarray ? ($text, $ok) : $text;
}

# It has no password and needs none where tests run.
sub as_role
{
    my ($role, $database, @arguments) = @_;
    return psql($database, '-c', "set session authorization $role",
        @arguments);
}

sub dump_of
{
    my ($database, @arguments) = @_;
    open my $out, '-|', 'pg_dump', '-s', '-d', $database, @arguments
        or die "could not run pg_dump: $!\n";
    # Newer releases of pg_dump put a random word into these two lines.
    my $text = join '', grep { !/^\\(?:un)?restrict / } <$out>;
    close $out or die "pg_dump failed\n";
    return $text;
}

sub database
{
    my ($options) = @_;
    my $name = "tocsin_test_$$" . '_' . @databases;
    push @databases, $name;
    $options //= q{encoding 'UTF8' locale 'C.UTF-8'};
    $options = "template template0 $options" if $options !~ /^template /;
    psql('postgres', '-c', "create database $name $options");
    return $name;
}

sub installed
{
    my $template = psql('postgres', '-c', 'select datname from pg_database'
            . " where datname = 'tocsin_installed'");
    my $name = database($template ? "template $template" : undef);
    my ($text, $ok) = psql($name, '-f', "$SQL/roles.sql", $template
        ? ('-c', 'update tocsin_internal.setting set value ='
                . " gen_random_uuid() where name = 'installation'")
        : ('-f', "$SQL/install.sql"));
    die "no schema: $text\n" if !$ok;
    return $name;
}

sub plain_role
{
    my $name = "tocsin_role_$$" . '_' . @roles;
    push @roles, $name;
    psql('postgres', '-c', "create role $name login");
    return $name;
}

sub integration
{
    my (%o) = @_;
    # Schemas of releases know none of these.
    my $more = join '', map { ", i_$_->[0] => :'$_->[1]'" }
        grep { defined $o{ $_->[1] } }
        ([ wrapper_key => 'wrapper' ], [ prefix => 'prefix' ]);
    return value(
        'select integration_id from tocsin_api.integration_add('
            . ":'name', sha256(convert_to(nullif(:'token', ''), 'UTF8')),"
            . " :'capture', nullif(:'urgency', '')$more)",
        name => $o{name} // $0,
        token => $o{token} // '',
        capture => $o{capture} ? 'true' : 'false',
        urgency => $o{urgency} // '',
        map { $_ => $o{$_} // '' } qw(wrapper prefix));
}

sub alerts
{
    my ($integration, $external_id) = @_;
    return rows(
        "select * from tocsin.alerts where integration_id = :'i'"
            . " and external_id = coalesce(nullif(:'x', ''), external_id)"
            . ' order by created_at, id',
        i => $integration,
        x => $external_id // '');
}

# One that shows its errors ends at the first.
sub new
{
    my ($class, $database, $shows_errors) = @_;
    my $self = bless { n => 0 }, $class;
    my @psql = ('psql', '-qXAt', defined $database ? ('-d', $database) : ());
    @psql = ('sh', '-c', 'exec "$@" 2>/dev/null', 'sh', @psql)
        if !$shows_errors;
    push @psql, '-v', 'ON_ERROR_STOP=1' if $shows_errors;
    $self->{pid} = open2($self->{out}, $self->{in}, @psql);
    $self->run("set lock_timeout = '60s'");
    $self->{backend} = $self->run('select pg_backend_pid()');
    return $self;
}

sub tell
{
    my ($self, $text) = @_;
    local $SIG{PIPE} = 'IGNORE';
    utf8::encode($text) if utf8::is_utf8($text);
    print { $self->{in} } $text;
    $self->{in}->flush;
    return $self;
}

sub start
{
    my ($self, $sql) = @_;
    $self->{mark} = 'mark ' . ++$self->{n};
    return $self->tell("$sql;\n\\if :ERROR\n\\echo error :SQLSTATE\n"
            . "\\endif\n\\echo $self->{mark}\n");
}

sub answer
{
    my ($self) = @_;
    my ($text, $marked) = ('', 0);
    my $out = $self->{out};
    while (defined(my $line = <$out>)) {
        $marked = $line eq "$self->{mark}\n" and last;
        $text .= $line;
    }
    $self->{ended} = !$marked;
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

1;
