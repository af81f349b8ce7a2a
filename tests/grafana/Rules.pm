# SPDX-License-Identifier: ISC
package Rules;

# What a dashboard must be like: the rules of Grafana's dashboard-linter that
# fit a dashboard that asks PostgreSQL, and our own.  Each rule is given the
# dashboard and returns what it finds.
#
#   for my $name (names()) { complain($_) for broken($name, $dashboard) }

use strict;
use warnings;

use Dashboard;

my $UID = '${datasource}';
my $PLUGIN = 'grafana-postgresql-datasource';

# Ids of units that Grafana knows and that we use.
my %UNITS = map { $_ => 1 } qw(bool_yes_no dateTimeFromNow epm ms none
    percentunit s short string);
my %TYPES = map { $_ => 1 } qw(bargauge gauge heatmap stat table timeseries);
my @STATUSES = qw(open acknowledged resolved);

my %rules = (
    'the head' => \&head,
    'ids' => \&ids,
    'the grid' => \&grid,
    'words' => \&words,
    'units' => \&units,
    'data sources' => \&data_sources,
    'the variable of the data source' => \&data_source_variable,
    'variables' => \&variables_of,
    'targets' => \&targets,
    'variables in SQL' => \&variables_in_sql,
    'macros' => \&macros,
    'time series' => \&time_series,
    'what SQL reads' => \&reads,
    'the form of SQL' => \&form,
    'colours of statuses' => \&colours,
    'links' => \&links,
);

sub names
{
    return sort keys %rules;
}

sub broken
{
    my ($name, $d) = @_;
    return $rules{$name}->($d);
}

sub filled
{
    my ($value) = @_;
    return defined $value && !ref $value && $value =~ /\S/;
}

sub head
{
    my ($d) = @_;
    my @found = map { "no $_" }
        grep { !filled($d->{$_}) } qw(uid title description timezone);

    push @found, 'schemaVersion is old' if ($d->{schemaVersion} // 0) < 39;
    push @found, 'no refresh' if ($d->{refresh} // '') !~ /^\d+[sm]$/;
    push @found, 'its refresh is not among those to choose from'
        unless grep { $_ eq ($d->{refresh} // '') }
        @{ $d->{timepicker}{refresh_intervals} // [] };
    push @found, 'no time range that ends now'
        if ($d->{time}{from} // '') !~ /^now-\d+[hd]$/
        || ($d->{time}{to} // '') ne 'now';
    push @found, 'it is not to be edited' unless $d->{editable};
    push @found, 'an id, which is the business of Grafana'
        if exists $d->{id};
    return @found;
}

sub ids
{
    my ($d) = @_;
    my (%seen, @found);

    for my $p (rows($d), panels($d)) {
        my $id = $p->{id} // '';
        push @found, "$p->{title}: id '$id'" if $id !~ /^[1-9]\d*$/;
        push @found, "$p->{title}: id $id again" if $seen{$id}++;
    }
    return @found;
}

# In 24 columns, each cell is of one panel, and none is of nobody.
sub grid
{
    my ($d) = @_;
    my (%owner, %width, @found);

    for my $p (rows($d), panels($d)) {
        my ($x, $y, $w, $h) = @{ $p->{gridPos} }{qw(x y w h)};
        if (grep { !defined || !/^\d+$/ } $x, $y, $w, $h) {
            push @found, "$p->{title}: no place";
            next;
        }
        push @found, "$p->{title}: has no size" if !$w || !$h;
        push @found, "$p->{title}: beyond the last column" if $x + $w > 24;
        push @found, "$p->{title}: a row is a line of 24 columns"
            if $p->{type} eq 'row' && ($w != 24 || $h != 1);
        for my $line ($y .. $y + $h - 1) {
            $width{$line} += $w;
            for my $column ($x .. $x + $w - 1) {
                my $other = $owner{"$line $column"};
                push @found, "$p->{title}: over $other" if $other;
                $owner{"$line $column"} = $p->{title};
            }
        }
    }
    my @lines = sort { $a <=> $b } keys %width;
    for my $line (0 .. $lines[-1]) {
        push @found, "line $line: not full"
            if ($width{$line} // 0) < 24;
    }
    return @found;
}

sub words
{
    my ($d) = @_;
    my (%seen, @found);

    for my $p (rows($d), panels($d)) {
        push @found, "panel $p->{id}: no title" unless filled($p->{title});
        push @found, "$p->{title}: twice" if $seen{ $p->{title} // '' }++;
    }
    for my $p (panels($d)) {
        push @found, "$p->{title}: no description"
            unless ($p->{description} // '') =~ /^\p{Lu}|^\d.*\.$/;
        my ($sql) = map { $_->{rawSql} } @{ $p->{targets} };
        my ($said) = ($p->{description} // '') =~ /Filters?: ([^.]*)\.$/;
        my @used = grep { $sql =~ /\$\{$_:/ } qw(integration status tag);
        push @found, "$p->{title}: filters are said to be " . ($said // '')
            if join(', ', @used) ne ($said // '');
    }
    for my $v (variables($d)) {
        push @found, "variable $v->{name}: no $_"
            for grep { !filled($v->{$_}) } qw(label description);
    }
    return @found;
}

sub units
{
    my ($d) = @_;
    my @found;

    for my $p (panels($d)) {
        my $config = $p->{fieldConfig};
        push @found, "$p->{title}: no unit"
            unless filled($config->{defaults}{unit});
        my @units = ($config->{defaults}{unit},
            map { $_->{value} } grep { $_->{id} eq 'unit' }
                map { @{ $_->{properties} } } @{ $config->{overrides} });
        push @found, map { "$p->{title}: no such unit: $_" }
            grep { defined && !$UNITS{$_} } @units;
    }
    return @found;
}

sub is_ours
{
    my ($ref) = @_;
    return ref $ref eq 'HASH'
        && ($ref->{type} // '') eq $PLUGIN
        && ($ref->{uid} // '') eq $UID;
}

# Everything that asks names the variable, and nobody anything else.
sub data_sources
{
    my ($d) = @_;
    my @found;

    for my $p (panels($d)) {
        push @found, "$p->{title}: another data source"
            unless is_ours($p->{datasource});
        push @found, map { "$p->{title} $_->{refId}: another data source" }
            grep { !is_ours($_->{datasource}) } @{ $p->{targets} };
    }
    push @found, map { "variable $_->{name}: another data source" }
        grep { $_->{type} eq 'query' && !is_ours($_->{datasource}) }
        variables($d);
    push @found, map { "annotation $_->{name}: another data source" }
        grep { !is_ours($_->{datasource}) || !is_ours(
            $_->{target}{datasource}) } @{ $d->{annotations}{list} };
    my @uids = uids({ map { $_ => $d->{$_} } grep { $_ ne 'uid' } keys %$d });
    push @found, map { "uid $_ is written down" } grep { $_ ne $UID } @uids;
    return @found;
}

sub uids
{
    my ($node) = @_;
    return map { uids($_) } @$node if ref $node eq 'ARRAY';
    return () unless ref $node eq 'HASH';
    return map { $_ eq 'uid' ? $node->{uid} : uids($node->{$_}) }
        sort keys %$node;
}

sub data_source_variable
{
    my ($d) = @_;
    my ($first, @others) = variables($d);

    return 'there is none' unless $first && $first->{type} eq 'datasource';
    my %want = (
        name => 'datasource',
        label => 'Data source',
        query => $PLUGIN,
        multi => 0,
        includeAll => 0
    );
    my @found = map { "$_ is not $want{$_}" } grep {
        ($first->{$_} || 0) ne $want{$_}
    } sort keys %want;
    push @found, 'there are two'
        if grep { $_->{type} eq 'datasource' } @others;
    return @found;
}

# All is a list of nothing, so that what a sender wrote is not put into every
# query, and alerts without a tag are among all.
sub variables_of
{
    my ($d) = @_;
    my @found;

    for my $v (grep { $_->{type} eq 'query' } variables($d)) {
        my $name = $v->{name};
        push @found, "$name: not read again with the time range"
            if ($v->{refresh} // 0) != 2;
        push @found, "$name: no text and value"
            unless $v->{query} =~ /__text\b/ && $v->{query} =~ /__value\b/;
        push @found, "$name: not several, or not all"
            unless $v->{multi} && $v->{includeAll};
    }
    for my $v (grep { $_->{multi} } variables($d)) {
        push @found, "$v->{name}: all is " . ($v->{allValue} // 'every value')
            if ($v->{allValue} // '') ne "''";
        push @found, "$v->{name}: does not begin with all"
            unless ref $v->{current}{value}
            && "@{ $v->{current}{value} }" eq '$__all';
    }
    my $sql = join "\n", map { $_->{sql} } queries($d);
    push @found, map { "$_->{name}: nobody asks for it" }
        grep { $_->{type} ne 'datasource' && $sql !~ /\$\{$_->{name}\b/ }
        variables($d);
    return @found;
}

sub targets
{
    my ($d) = @_;
    my @found;

    for my $p (panels($d)) {
        my @targets = @{ $p->{targets} // [] };
        push @found, "$p->{title}: nothing to show" unless @targets;
        push @found, "$p->{title}: a panel of type $p->{type}"
            unless $TYPES{ $p->{type} };
    }
    my @all = ((map { @{ $_->{targets} // [] } } panels($d)),
        map { $_->{target} } @{ $d->{annotations}{list} });
    for my $t (@all) {
        my $begin = substr $t->{rawSql} // '', 0, 30;
        push @found, "$begin: no SQL" unless filled($t->{rawSql});
        push @found, "$begin: no refId" unless filled($t->{refId});
        push @found, "$begin: not to be edited as code"
            unless ($t->{editorMode} // '') eq 'code' && $t->{rawQuery};
        push @found, "$begin: no format"
            unless ($t->{format} // '') =~ /^(table|time_series)$/;
    }
    return @found;
}

# Only this way are values quoted by every version of Grafana.
sub variables_in_sql
{
    my ($d) = @_;
    my %known = map { $_->{name} => 1 } variables($d);
    my @found;

    for my $q (queries($d)) {
        my $sql = $q->{sql};
        while ($sql =~ s/\$\{(\w+):sqlstring\}//) {
            push @found, "$q->{name}: no variable $1" unless $known{$1};
        }
        $sql =~ s/\$__\w+//g;
        push @found, "$q->{name}: not by sqlstring: $1"
            if $sql =~ /(\$\{?\w+\S*|\[\[\w+\S*)/;
    }
    return @found;
}

sub macros
{
    my ($d) = @_;
    my $column = qr/[a-z_]+(?:\.[a-z_]+)?/;
    my @found;

    for my $q (queries($d)) {
        my $sql = $q->{sql};
        $sql =~ s/\$__timeFilter\($column\)//g;
        $sql =~ s/\$__timeGroupAlias\($column,\$__interval(?:,0)?\)//g;
        $sql =~ s/\$__interval_ms\b//g if $q->{sql} =~ /timeGroupAlias/;
        push @found, "$q->{name}: $1" if $sql =~ /(\$__\w*(?:\([^)]*\)?)?)/;
    }
    return @found;
}

sub time_series
{
    my ($d) = @_;
    my @found;

    for my $q (queries($d)) {
        my $is_series = $q->{format} eq 'time_series';
        my $wanted = ($q->{panel}{type} // '') =~ /^(timeseries|heatmap)$/;
        push @found, "$q->{name}: its panel wants another format"
            if !!$is_series ne !!$wanted;
        next unless $is_series;
        push @found, "$q->{name}: not of the time range"
            unless $q->{sql} =~ /\$__timeFilter\(/;
        push @found, "$q->{name}: no column time"
            unless $q->{sql} =~ /\$__timeGroupAlias\(| as time\b/;
        push @found, "$q->{name}: not in the order of time"
            unless $q->{sql} =~ /\n order by 1(?:, 2)?\z/;
    }
    return @found;
}

sub reads
{
    my ($d) = @_;
    my @found;

    for my $q (queries($d)) {
        my $sql = $q->{sql} =~ s/extract\(\w+ from \w+\)//gr;
        my %with = map { $_ => 1 } $sql =~ /^(?:with )?(\w+) as \(/mg;
        my @relations = $sql =~ /\b(?:from|join)\s+([\w.]+|\()/g;
        push @found, map { "$q->{name}: reads $_" }
            grep { !$with{$_} && !/^(?:tocsin\.\w+|\()$/ } @relations;
        push @found, "$q->{name}: reads nothing" unless @relations;
        push @found, "$q->{name}: takes whatever columns there are"
            if $q->{sql} =~ /select\s+(?:\w+\.)?\*/i;
        push @found, "$q->{name}: lists without end"
            if ($q->{panel}{type} // '') eq 'table'
            && $q->{sql} =~ /tocsin\.(?:alerts|open_alerts|events|tags)\b/
            && $q->{sql} !~ /\blimit \d{1,3}\z|\n group by day, name/;
    }
    return @found;
}

sub form
{
    my ($d) = @_;
    my @found;

    for my $q (queries($d)) {
        my @lines = split /\n/, $q->{sql}, -1;
        push @found, "$q->{name}: over 80 columns"
            if grep { length > 80 } @lines;
        push @found, "$q->{name}: all in one line" if @lines < 2;
        push @found, "$q->{name}: white space" if $q->{sql} =~ /\t| $|\n\z/m;
        push @found, "$q->{name}: more than one statement"
            if $q->{sql} =~ /;/;
        push @found, "$q->{name}: loud"
            if $q->{sql} =~ /\b(?:SELECT|FROM|WHERE|GROUP|ORDER)\b/;
    }
    return @found;
}

sub colours
{
    my ($d) = @_;
    my @found;

    for my $p (panels($d)) {
        next unless $p->{targets}[0]{rawSql} =~ /as "Status"/;
        my ($override) = grep { $_->{matcher}{options} eq 'Status' }
            @{ $p->{fieldConfig}{overrides} };
        my ($mappings) = map { $_->{value} }
            grep { $_->{id} eq 'mappings' } @{ $override->{properties} };
        push @found, map { "$p->{title}: $_ has no colour" }
            grep { !filled($mappings->[0]{options}{$_}{color}) } @STATUSES;
    }
    return @found;
}

# They stay here, in the time range and with the data source.
sub links
{
    my ($d) = @_;
    my @found;

    for my $p (panels($d)) {
        my @links = map { @{ $_->{value} } } grep { $_->{id} eq 'links' }
            map { @{ $_->{properties} } } @{ $p->{fieldConfig}{overrides} };
        for my $url (map { $_->{url} } @links) {
            push @found, "$p->{title}: $url leads elsewhere"
                unless $url =~ m{^/d/\Q$d->{uid}\E\?}
                && $url =~ /[?&]\$\{__url_time_range\}(?:&|$)/
                && $url =~ /[?&]\$\{datasource:queryparam\}(?:&|$)/;
            my ($sql) = map { $_->{rawSql} } @{ $p->{targets} };
            push @found, map { "$p->{title}: no column $_ for its link" }
                grep { $sql !~ /\b$_\b/ } $url =~ /__data\.fields\.(\w+)/g;
        }
    }
    return @found;
}

1;
