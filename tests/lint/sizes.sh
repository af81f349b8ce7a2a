#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Limit the size of lines, functions, files and parameter lists, and the depth
# of nesting.
. "$(dirname "$0")/start.sh"
need perl perl
need ctags universal-ctags

status=0
report()
{
	if [ -n "$1" ]; then
		echo "$1"
		status=1
	fi
}

code=$(files c h sql sh pl pm t; scripts 'sh|bash|perl')
code=$(echo "$code" | sort -u)

# shellcheck disable=SC2086  # our names have no white space
report "$(perl -CSD -ne '
	chomp;
	1 while s/\t/" " x (8 - length($`) % 8)/e;
	print "$ARGV:$.: over 80 columns\n" if length > 80;
	close ARGV if eof;
' $code)"

lines()
{
	max=$1
	shift
	wc -l "$@" | awk -v max="$max" '$2 != "total" && $1 > max {
		print $2 ": " $1 " lines, over " max
	}'
}

# shellcheck disable=SC2046
report "$(lines 660 $(echo "$code" | grep -v '\.h$'))"
# shellcheck disable=SC2046
report "$(lines 200 $(files h))"
[ ! -f Makefile ] || report "$(lines 250 Makefile)"
[ ! -f README.md ] || report "$(lines 250 README.md)"

form=$(printf '%%K\t%%N\t%%F\t%%n\t%%e\t%%S')
# shellcheck disable=SC2046
report "$(ctags -x --kinds-C=f --fields=+neS --language-force=C \
    --_xformat="$form" $(files c h) | awk -F '\t' '
function parameters(s,    i, c, depth, n) {
	if (s ~ /^\((void)?\)$/)
		return 0
	n = 1
	for (i = 2; i < length(s); i++) {
		c = substr(s, i, 1)
		depth += (c == "(") - (c == ")")
		n += c == "," && depth == 0
	}
	return n
}
$1 == "function" {
	if ($5 - $4 + 1 > 60)
		print $3 ":" $4 ": " $2 " has " $5 - $4 + 1 \
		    " lines, over 60"
	# A fake of libpq has the signatures of libpq.
	if (parameters($6) > 6 && $2 !~ /^PQ/)
		print $3 ":" $4 ": " $2 " has " parameters($6) \
		    " parameters, over 6"
}')"

# A statement nested five deep starts with six tabs, as a continued line may.
# shellcheck disable=SC2046
report "$(awk 'FNR == 1 { begins = 1 }
/^\t\t\t\t\t\t/ && begins { print FILENAME ":" FNR ": nested over 4 deep" }
{ begins = /[;{}:]$|\*\/$/ }' $(files c | grep ^cgi/))"

# A function's file is named after it, so that it can be found.
# shellcheck disable=SC2046
report "$(awk '
/^create (or replace )?(function|procedure) / {
	name = $0
	sub(/^create (or replace )?(function|procedure) /, "", name)
	sub(/\(.*/, "", name)
	start = FNR
	bare = name
	sub(/.*\./, "", bare)
	home = name ".sql"
	sub(/^tocsin_/, "", home)
	if (FILENAME ~ /^sql\// && name ~ /^tocsin_/ && \
	    FILENAME !~ "/" home "$")
		print FILENAME ":" FNR ": " bare " belongs in " home
}
start && /^\$[a-z_]*\$;/ {
	if (FNR - start + 1 > 90)
		print FILENAME ":" start ": " name " has " \
		    FNR - start + 1 " lines, over 90"
	start = 0
}' $(files sql))"

exit $status
