# SPDX-License-Identifier: ISC
package Dashboard;

# The dashboard of sql/dashboard/grafana, and what Grafana does to a query
# before PostgreSQL sees it: first the browser puts in the variables, then
# the server expands the macros, both blindly and within quotes, too.
#
#   my $d = load();             the dashboard
#   panels($d)                  its panels, those of collapsed rows as well
#   queries($d)                 its queries: name, sql, format, kind, panel
#   interpolate($sql, %values)  with the variables put in
#   expand($sql, %range)        with the macros expanded

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP ();
use POSIX qw(strftime);
use Storable qw(dclone);

use lib dirname(__FILE__) . '/../lib';
use Files qw(slurp);

our @EXPORT = qw(load slurp panels rows queries variables interpolate expand
    ALL $DASHBOARDS $TEXT);
our $DASHBOARDS =
    abs_path(dirname(__FILE__) . '/../../sql/dashboard/grafana');
our $TEXT = slurp("$DASHBOARDS/tocsin.json");

my $parsed = JSON::PP->new->utf8->decode($TEXT);
my $MACRO = qr/\$([_a-zA-Z0-9]+)\(([^)]*)\)/;
my %SECONDS = (
    ms => 0.001,
    s => 1,
    m => 60,
    h => 3600,
    d => 86_400,
    w => 604_800
);

# The value of a variable of which all is chosen.
use constant ALL => \'all';

# A new copy at every call.
sub load
{
    return dclone($parsed);
}

sub rows
{
    my ($d) = @_;
    return grep { $_->{type} eq 'row' } @{ $d->{panels} };
}

sub panels
{
    my ($d) = @_;
    return map { $_->{type} eq 'row' ? @{ $_->{panels} } : $_ }
        @{ $d->{panels} };
}

sub variables
{
    my ($d) = @_;
    return @{ $d->{templating}{list} };
}

sub queries
{
    my ($d) = @_;
    my @found;

    for my $panel (panels($d)) {
        push @found, map { {
            kind => 'panel',
            name => "panel $panel->{title}",
            sql => $_->{rawSql},
            format => $_->{format},
            panel => $panel,
        } } @{ $panel->{targets} };
    }
    push @found, map { {
        kind => 'variable',
        name => "variable $_->{name}",
        sql => $_->{query},
        format => 'table',
    } } grep { $_->{type} eq 'query' } variables($d);
    push @found, map { {
        kind => 'annotation',
        name => "annotation $_->{name}",
        sql => $_->{target}{rawSql},
        format => $_->{target}{format},
    } } @{ $d->{annotations}{list} };
    return @found;
}

# One value is a string, several are a list.  Of all values, what allValue
# says goes in as it is, or else every option.
sub interpolate
{
    my ($sql, $d, %values) = @_;
    my %variable = map { $_->{name} => $_ } variables($d);

    $sql =~ s{\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)}{
        my ($name, $format) = ($1 // $3, $2 // '');
        my $variable = $variable{$name} or die "no variable $name\n";
        formatted($variable, $format,
            exists $values{$name} ? $values{$name} : default($variable));
    }gex;
    return $sql;
}

sub default
{
    my ($variable) = @_;
    my $value = $variable->{current}{value};
    return ref $value && $value->[0] eq '$__all' ? ALL : $value;
}

sub formatted
{
    my ($variable, $format, $value) = @_;

    if (ref $value && $value == ALL) {
        return $variable->{allValue} if length($variable->{allValue} // '');
        $value = [ grep { $_ ne '$__all' }
                map { $_->{value} } @{ $variable->{options} } ];
    }
    my @values = ref $value ? @$value : $value;
    if ($format eq 'sqlstring') {
        return join ',', map { "'" . s/'/''/gr . "'" } @values;
    }
    # What Grafana does with no format has changed with its versions: of one
    # value quotes are doubled, but none are put around it.
    die "no format $format\n" if $format ne '';
    return join ',', map { s/'/''/gr } @values;
}

# Range: from and to in seconds, interval as Grafana writes it.
sub expand
{
    my ($sql, %o) = @_;
    my $ms = seconds($o{interval}) * 1000;
    my ($from, $to) = map { int } @o{qw(from to)};

    $sql =~ s/\$__unixEpochFrom\(\)/$from/g;
    $sql =~ s/\$__unixEpochTo\(\)/$to/g;
    $sql =~ s/\$__interval_ms/$ms/g;
    $sql =~ s/\$__interval/$o{interval}/g;
    $sql =~ s{$MACRO(,?)}{ macro($1, $2, $3, %o) . $3 }ge;
    return $sql;
}

sub seconds
{
    my ($text) = @_;
    my ($n, $unit) = $text =~ /^'?(\d+)(ms|[smhdw])'?$/
        or die "error parsing interval $text\n";
    return $n * $SECONDS{$unit};
}

sub macro
{
    my ($name, $text, $next, %o) = @_;
    my @args = map { s/^ +| +$//gr } split /,/, $text, -1;
    my ($from, $to) = map { "'" . timestamp($_) . "'" } @o{qw(from to)};
    my ($first, $last) = map { int } @o{qw(from to)};
    my $column = $args[0] // '';
    my %plain = (
        __time => qq{$column AS "time"},
        __timeEpoch => qq{extract(epoch from $column) as "time"},
        __timeFilter => "$column BETWEEN $from AND $to",
        __timeFrom => $from,
        __timeTo => $to,
        __unixEpochFilter => "$column >= $first AND $column <= $last",
        __unixEpochNanoFilter => sprintf('%s >= %d AND %1$s <= %d',
            $column, $first * 1e9, $last * 1e9),
        __unixEpochNanoFrom => sprintf('%d', $first * 1e9),
        __unixEpochNanoTo => sprintf('%d', $last * 1e9));

    return $plain{$name} if exists $plain{$name};
    die qq{unknown macro "$name"\n}
        unless $name =~ /^__(time|unixEpoch)Group(Alias)?$/;
    my ($kind, $alias) = ($1, $2);
    die "macro $name needs time column and interval and optional fill\n"
        unless @args >= 2;
    die "error parsing fill value $args[2]\n"
        if @args == 3 && $args[2] !~ /^(NULL|previous|-?[\d.]+)$/;
    my $s = seconds($args[1]);
    my $epoch =
        $kind eq 'time' ? "extract(epoch from $column)" : "($column)";
    # A comma right behind $__timeGroup is the old way of an alias.
    $alias ||= $kind eq 'time' && $next eq ',';
    return "floor($epoch/$s)*$s" . ($alias ? ' AS "time"' : '');
}

sub timestamp
{
    my ($time) = @_;
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime int $time)
        . sprintf('.%03dZ', ($time - int $time) * 1000);
}

1;
