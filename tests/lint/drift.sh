#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Compare what is stated in two places: outcomes, and the columns of
# an event, in C and SQL; keys and defaults in conf/, the example and the
# manual; endpoints and the web server configurations; the schema version; the
# times of base/timing.h; the files of the door; the units of systemd; the
# columns of both views of alerts.  The program version is stated only once.
. "$(dirname "$0")/start.sh"
need perl perl

list=$(ours)
# shellcheck disable=SC2086  # our names have no white space
exec perl -Mstrict -Mwarnings -e '
my $status = 0;

sub text {
    my ($path) = @_;
    open my $file, "<", $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

sub compare {
    my ($here, $list, $there, $other) = @_;
    my %in_list = map { $_ => 1 } @$list;
    my %in_other = map { $_ => 1 } @$other;
    my @found = map { "$here has \"$_\", $there lacks it" }
        grep { !$in_other{$_} } @$list;
    push @found, map { "$there has \"$_\", $here lacks it" }
        grep { !$in_list{$_} } @$other;
    push @found, "$here and $there differ in order"
        if !@found && "@$list" ne "@$other";
    push @found, "$here has nothing to compare" if !@$list;
    print map { "$_\n" } @found;
    $status ||= !!@found;
}

sub outcomes {
    my @c = text("cgi/base/outcome.c") =~ /\{"(\w+)",\s*\d+,\s*true,/g;
    my @sql;
    for my $path (sort glob "sql/migrate/*/*.sql") {
        my $sql = text($path);
        my $type = qr/type\s+tocsin_internal\.outcome/;
        push @sql, $1 =~ /\x27(\w+)\x27/g
            if $sql =~ /create\s+$type\s+as\s+enum\s*\(([^)]*)\)/;
        push @sql, $sql =~
            /alter\s+$type\s+add\s+value[a-z\s]*\x27(\w+)\x27/g;
    }
    compare("cgi/base/outcome.c", \@c, "tocsin_internal.outcome", \@sql);
}

sub keys_of_conf {
    my (@c, @example, @manual, @members);
    my ($table) = text("cgi/conf/conf.c") =~ /keys\[\] = \{\n(.*?)\n\};/s;
    while ($table =~ /\{"(\w+)",\s*\{KEY_\w+,[^}]*\},\s*
            AT\(\w+\),\s*"([^"]*)",/gx) {
        push @c, "$1 = $2";
    }
    my $rows = () = $table =~ /^    \{"/mg;
    if ($rows != @c) {
        print "cgi/conf/conf.c: $rows keys, ", scalar @c, " understood\n";
        $status = 1;
    }
    my $example = text("cgi/man/tocsin.conf.example");
    while ($example =~ /^#(\w+) =[ ]?(.*)$/mg) {
        push @example, "$1 = $2";
    }
    for my $item (split /^\.It Ic /m, text("cgi/man/tocsin.conf.5")) {
        my ($key) = $item =~ /^(\w+)$/m or next;
        next if $item =~ /^\.\\"/;
        my ($default) = $item =~ /^Default: (\S+)\.$/m;
        $default //= "nothing stated";
        $default = "" if $default eq "empty";
        push @manual, "$key = $default";
    }
    my ($struct) = text("cgi/conf/conf.h") =~ /^struct conf \{(.*?)^\};/ms;
    $struct =~ s{/\*.*?\*/}{}gs;
    @members = grep { !/^(?:path|file|set|set_n)$/ } $struct =~ /(\w+);/g;
    compare("cgi/conf/conf.c", \@c, "cgi/man/tocsin.conf.example", \@example);
    compare("cgi/conf/conf.c", \@c, "cgi/man/tocsin.conf.5", \@manual);
    s/ = .*// for @c;
    compare("cgi/conf/conf.c", \@c, "struct conf", \@members);
}

sub columns {
    my ($c) = text("cgi/db/batch.c") =~ /columns\[\] = \{\n(.*?)\n\};/s;
    my @c = $c =~ m{\}, /\* (\w+) \*/$}gm;
    my @sql;
    for my $path (sort glob "sql/migrate/*/*.sql") {
        my $sql = text($path);
        my $type = qr/type\s+tocsin_api\.event_in/;
        push @sql, $1 =~ /^\s*(\w+)/gm
            if $sql =~ /create\s+$type\s+as\s*\(\n(.*?)\n\);/s;
        push @sql, $sql =~ /alter\s+$type\s+add\s+attribute\s+(\w+)/g;
    }
    compare("cgi/db/batch.c", \@c, "tocsin_api.event_in", \@sql);
}

sub schema {
    my ($schema) = text("Makefile") =~ /^SCHEMA = (\d+)$/m;
    my @numbers = sort map { m{/(\d{4})/} ? $1 + 0 : () }
        glob "sql/migrate/*/*.sql";
    my $last = @numbers ? $numbers[-1] : 0;
    if (!defined $schema || $schema != $last) {
        $schema //= "no number";
        print "Makefile: SCHEMA is $schema, last migration is $last\n";
        $status = 1;
    }
}

# Times of base/timing.h that are stated elsewhere too.
sub timing {
    my %ms = text("cgi/base/timing.h") =~ /^#define (\w+_MS) (\d+)/gm;
    my %here = text("sql/roles.sql") =~
        /^alter role tocsin_web set (\w+_timeout) = \x27(\d+)ms\x27;/gm;
    my %there = (statement_timeout => $ms{STATEMENT_MS},
        lock_timeout => $ms{LOCK_MS});
    compare("cgi/base/timing.h", [map { "$_ = $there{$_}" } sort keys %there],
        "sql/roles.sql", [map { "$_ = $here{$_}" } sort keys %here]);
    my %default = text("cgi/conf/conf.c") =~
        /\{"(\w+_timeout)",[^"]*"(\d+)",/g;
    %there = (database_timeout => $ms{DATABASE_MS},
        request_timeout => $ms{REQUEST_MS});
    compare("cgi/base/timing.h", [map { "$_ = $there{$_}" } sort keys %there],
        "cgi/conf/conf.c", [map { "$_ = $default{$_}" } sort keys %default]);
    my $rules = "sql/dashboard/prometheus/rules.yml";
    my $offset = "tocsin_clock_offset_seconds";
    my $seconds = $ms{CLOCK_OFF_MS} / 1000 . " s";
    compare("cgi/base/timing.h", [$seconds, $seconds], $rules,
        [map { "$_ s" } text($rules) =~ /$offset [<>] -?([\d.]+)/g]);
}

sub version {
    my ($version) = text("Makefile") =~ /^VERSION = ([\d.]+)$/m;
    if (!defined $version) {
        print "Makefile: no VERSION\n";
        $status = 1;
        return;
    }
    for my $path (@ARGV) {
        next if $path eq "Makefile" || !-f $path;
        my $n = 0;
        for my $line (split /\n/, text($path)) {
            $n++;
            next if $line !~ /(?<![\d.])\Q$version\E(?![\d.]*\d)/;
            print "$path:$n: the version belongs in the Makefile only\n";
            $status = 1;
        }
    }
}

# Paths that a web server passes on: those it names one by one, and those in
# the pattern that matches all of them.
sub endpoints {
    my ($table) = text("cgi/server/endpoint.c") =~
        /endpoints\[\] = \{\n(.*?)\n\};/s;
    my @c = sort $table =~ m{\{"/(\w+)"}g;
    for my $path (sort glob "lighttpd-conf/*.conf apache-conf/*.conf") {
        my $conf = text($path);
        my @patterns = $conf =~ /\((integration[^)]*)\)/g;
        for my $all (@patterns ? @patterns : "") {
            my $cell = qr/(\$?[a-z0-9]+)/;
            $all =~ s{^(integration)/int_${cell}_\|\g2/\(}{$1|};
            my %in_all = map { $_ => 1 } $all =~ /(\w+)/g;
            compare("cgi/server/endpoint.c", \@c, "the pattern of $path",
                [sort keys %in_all]);
        }
        my @named = sort $conf =~ /^\s*(?:
            (?:Script)?Alias\ \$\{TOCSIN_BASE\}
            |ProxyPass\ \$\{TOCSIN_BASE\}
            |var\.tocsin_base\ \+\ ")(\w+)/gmx;
        compare("cgi/server/endpoint.c", \@c, $path, \@named) if @named;
    }
}

# The files of the door that stay.
sub door {
    my @c = sort grep { $_ ne "door.new" }
        text("cgi/door/place.h") =~ /^#define DOOR_\w+ "([\w.]+)"/gm;
    my ($files) = text("cgi/man/tocsin.cgi.8") =~ /^\.Sh FILES\n(.*?)^\.Sh/ms;
    my @manual = sort map { split / , / } $files =~ /^\.It Pa (.*)$/gm;
    compare("cgi/door/place.h", \@c, "cgi/man/tocsin.cgi.8", \@manual);
}

# The unit of a cell is that of the only responder, but for the cell.
sub units {
    for my $kind (qw(service socket)) {
        my ($one, $cell) = map {
            [grep { /^\w+=/ } split /\n/, text("cgi/systemd/$_.$kind")]
        } qw(tocsin tocsin@);
        my @cell = map { s/, cell %i|( of cell |@|-)%i//r }
            map { s/\/%i\.sock/\/tocsin.sock/r }
            grep { !/^Environment=TOCSIN_CONF=.*%i/ } @$cell;
        compare("cgi/systemd/tocsin.$kind", $one,
            "cgi/systemd/tocsin\@.$kind", \@cell);
    }
}

# What both views of alerts show is made in the same way; a resolved alert
# has no age.
sub views {
    my @paths = map { "sql/view/$_.sql" } qw(alerts open_alerts);
    my ($all, $open) = map {
        my ($list) = text($_) =~ /^select (.*?)^  from/ms;
        $list =~ s/^ +--.*\n//mg;
        +{ map { s/\s+/ /gr =~ /^(.*?(\w+)) ?$/ ? ($2, $1) : () }
                split /,\n {7}(?! )/, $list };
    } @paths;
    my @both = grep { $open->{$_} && $_ ne "age_seconds" } sort keys %$all;
    compare($paths[0], [@$all{@both}], $paths[1], [@$open{@both}]);
}

outcomes();
columns();
door();
endpoints();
keys_of_conf();
schema();
timing();
units();
version();
views();
exit $status;
' README.md $list
