# SPDX-License-Identifier: ISC
# Databases to install into, for tests of the SQL files as a whole.  Needs a
# superuser; what is made here is gone when the test ends.
#
#   my $db = Installation::database();      empty, in UTF8
#   Installation::database("template $db"); a copy of one
#   my $role = Installation::plain_role();  may log in, and nothing else
#   my ($text, $ok) = psql($db, '-f', ...); what it prints, errors too
#   as_role($role, $db, ...);               the same, as a plain role
#   dump_of($db);                           its schema, as pg_dump has it
#   $SQL                                    directory of the SQL files
package Installation;

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT = qw(psql as_role dump_of $SQL);
our $SQL = dirname(__FILE__) . '/../../sql';

my (@databases, @roles);
my $owner = $$;

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
    my $name = "tocsin_install_$$" . '_' . @databases;
    push @databases, $name;
    $options //= q{encoding 'UTF8' locale 'C.UTF-8'};
    $options = "template template0 $options" if $options !~ /^template /;
    psql('postgres', '-c', "create database $name $options");
    return $name;
}

sub plain_role
{
    my $name = "tocsin_role_$$" . '_' . @roles;
    push @roles, $name;
    psql('postgres', '-c', "create role $name login");
    return $name;
}

END {
    my $status = $?;
    if ($$ == $owner) {
        psql('postgres', '-c', "drop database if exists $_ with (force)")
            for @databases;
        psql('postgres', '-c', "drop role if exists $_") for @roles;
    }
    $? = $status;
}

1;
