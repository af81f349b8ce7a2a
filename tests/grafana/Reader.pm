# SPDX-License-Identifier: ISC
package Reader;

# A PostgreSQL of its own with a history to look at, asked as the role of the
# dashboards.  To be used after "use World postgres => 'own'".
#
#   history(9)          a demonstration of so many days
#   views()             names of the views, and
#   columns('alerts')   [name, type, comment] of each column, as the catalogs
#                       have them, whoever may see them
#   ask([name => $sql]...)      in one transaction, so that now() is the same
#                       for all: a hash of columns, types and rows by name
#   refused($sql)       the SQLSTATE by which one is refused, or undef
#   planned($sql)       how it would be run, sequential scans left out if
#                       there is any other way

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP ();
use lib dirname(__FILE__) . '/../lib';
use Psql qw(sql);
use Run;

our @EXPORT = qw(history ask refused planned);
our @EXPORT_OK = qw(views columns);

my $JSON = JSON::PP->new->utf8;

sub history
{
    my ($days) = @_;
    my $run = tocsin('demo-data', '--days', $days);
    die $run->{err} if $run->{status};
    sql('analyze');
}

sub views
{
    return @{ $JSON->decode(sql(<<'SQL')) };
select json_agg(relname order by relname)
  from pg_class
 where relnamespace = 'tocsin'::regnamespace and relkind = 'v'
SQL
}

sub columns
{
    my ($view) = @_;
    return @{ $JSON->decode(sql(<<'SQL', view => $view)) };
select json_agg(json_build_array(attname, format_type(atttypid, atttypmod),
           col_description(attrelid, attnum)) order by attnum)
  from pg_attribute
 where attrelid = ('tocsin.' || :'view')::regclass and attnum > 0
SQL
}

sub psql
{
    my ($env, @args) = @_;
    return finish(start({ program => 'psql', env => $env },
        '-XAtq', '-v', 'ON_ERROR_STOP=1', @args));
}

# By way of a file, since more may come out than a pipe holds before all of
# it has gone in.
sub as_reader
{
    my ($text) = @_;
    my $file = write_file('question.sql', $text);
    return psql({ PGUSER => 'tocsin_reader' }, '-f', $file);
}

sub ask
{
    my @questions = @_;
    my $text = "begin isolation level repeatable read;\n";

    for my $question (@questions) {
        my ($name, $sql) = @$question;
        $text .= "\\echo ask: $name\n$sql\n\\gdesc\n\\echo rows:\n"
            . "select coalesce(json_agg(q), '[]') from (\n$sql\n) q;\n";
    }
    my $run = as_reader($text);
    my %answer;
    for my $part (split /^ask: /m, $run->{out}) {
        my ($name, $columns, $rows) =
            $part =~ /\A(.*?)\n(.*)^rows:\n(.*)\z/ms
            or next;
        my @columns = map { [ /^(.*)\|(.*)$/ ] } split /\n/, $columns;
        $answer{$name} = {
            columns => [ map { $_->[0] } @columns ],
            types => { map { @$_ } @columns },
            rows => $rows =~ /\S/ ? $JSON->decode($rows) : undef,
        };
    }
    $answer{error} = $run->{err} if $run->{status};
    return \%answer;
}

sub refused
{
    my ($sql) = @_;
    my $run = as_reader("\\set VERBOSITY sqlstate\n$sql;\n");
    return $run->{status} ? ($run->{err} =~ /ERROR:  (\w+)/)[0] : undef;
}

sub planned
{
    my ($sql) = @_;
    my $run = as_reader(
        "set enable_seqscan = off;\nexplain (costs off)\n$sql;\n");
    return $run->{status} ? $run->{err} : $run->{out};
}

1;
