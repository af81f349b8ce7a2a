#!/bin/sh
# SPDX-License-Identifier: ISC
#
# SQL in C must not use an operator, cast or function without its schema.
# search_path would resolve it, and another user's object there is preferred
# to pg_catalog's if its argument types match better: it then runs as our role,
# or as the superuser who runs the tool.  Functions of tocsin_api do the work;
# they pin search_path.
. "$(dirname "$0")/start.sh"
need perl perl

# shellcheck disable=SC2016  # perl's own $
found=$(files c h | xargs perl -0777 -ne '
my $string = qr/"((?:\\.|[^"\\\n])*)"/;
my $verb = qr/^\s*(?:select|insert\s+into|update\s+[\w.]+\s+set|
    delete\s+from|merge\s+into|with\s+\w+\s+as|values\s*\(|table\s+\w+\.|
    call\s+[\w.]+\s*\(|set\s+(?:local\s+|session\s+)?\w+\s*(?:=|to)\s|
    create\s+(?:or\s|temp|table|function|view)|alter\s+\w+\s+\w+\.|
    drop\s+\w+\s+\w+\.|copy\s+[\w.(]|lock\s+table|do\s+\$)/xi;
my @wordy = ("case", "between", "like", "ilike", "similar", "is distinct",
    "is not distinct", "at time zone", "overlaps", "collate", "isnull",
    "notnull", "using", "natural");
# Words before a bracket that are not functions.
my $plain = qr/^(?:from|where|and|or|not|on|as|lateral|exists|distinct|
    filter|over|values|union|all|operator|select)$/xi;

s{/\*.*?\*/}{my $n = $& =~ tr/\n//; "\n" x $n . " "}gse;
while (/$string(?:\s*$string)*/g) {
    my ($whole, $line) = ($&, 1 + (substr($_, 0, $-[0]) =~ tr/\n//));
    my $sql = join "", $whole =~ /$string/g;
    next if $sql !~ $verb;
    my $shown = sub { print "$ARGV:$line: $_[0] in SQL\n" };
    $sql =~ s/\\["n]/ /g;
    $sql =~ s/\x27[^\x27]*\x27/0/g;
    $sql =~ s/\boperator\s*\(\s*pg_catalog\.[^)]+\)/,/gi;
    $shown->("a cast without a function") if $sql =~ /::/;
    # Except as a list: count(*), a.*, select *.
    (my $rest = $sql) =~ s/::|\$\d+|(?<=\.)\*|\(\s*\*\s*\)|
        (?<=select)\s+\*|,\s*\*//gxi;
    $shown->("the operator $1 without its schema")
        if $rest =~ m{([-+*/<>=~!@#%^&|`?:]+)};
    for my $word (@wordy) {
        (my $re = $word) =~ s/ /\\s+/g;
        $shown->("the operator \"$word\" without its schema")
            if $sql =~ /\b$re\b/i;
    }
    while ($sql =~ /([\w.]*\w)\s*\(/g) {
        my $name = $1;
        $shown->("$name() without its schema")
            if $name !~ /\./ && $name !~ $plain;
    }
}')

# In a function, a plain literal with a backslash is another text in a session
# where standard_conforming_strings is off.
literals=$(files sql | grep '/\(api\|internal\)\.[^/]*$' |
    xargs grep -nE "(^|[^E])'[^']*\\\\" /dev/null |
    sed "s/:\([0-9]*\):.*/:\1: a backslash in a literal without E/")
for lines in "$found" "$literals"; do
	[ -z "$lines" ] || echo "$lines"
done
[ -z "$found$literals" ]
