#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A file in cgi/ includes only lower rows, never a neighbour, its own header
# first, and the header of a library only where that library is at home.
. "$(dirname "$0")/start.sh"

# The picture in the README: a line for each row, lowest first.
rows=$(sed -n '/^row 0/,/^```/ { s/^row [0-9]* */| /p; s/^  */ /p; }' \
    README.md | tr '\n' ' ' | sed 's/^| //')
owners='fcgiapp.h:http libpq-fe.h:wire libpq-fe.h:receipts libpq-fe.h:db
	libpq-fe.h:sheet
	json-c/:value openssl/:digest'

awk -v rows="$rows" \
    -v owners="$(echo "$owners" | tr '\n' ' ')" '
BEGIN {
	n = split(rows, row, "|")
	for (i = 1; i <= n; i++) {
		m = split(row[i], w, " ")
		for (j = 1; j <= m; j++)
			rank[w[j]] = i
	}
	n = split(owners, w, " ")
	for (i = 1; i <= n; i++) {
		split(w[i], o, ":")
		lib[o[1]] = 1
		owner[o[1], o[2]] = 1
	}
}
function bad(why) {
	print FILENAME ":" FNR ": " why
	status = 1
}
FNR == 1 {
	me = FILENAME
	sub(/.*\//, "", me)
	sub(/\.[ch]$/, "", me)
	first = FILENAME ~ /\.c$/
	if (!(me in rank))
		bad(me " is in no row of README.md")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, q, "\"")
	name = q[2]
	sub(/\.h$/, "", name)
	if (name == me) {
		if (!first)
			bad("its own header must come first")
	} else if (!(name in rank) || rank[name] >= rank[me])
		bad("may not include " q[2])
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	gsub(/.*<|>.*/, "", name)
	for (l in lib)
		if (index(name, l) == 1 && !((l, me) in owner))
			bad("may not include " name)
	if (name == "fcgi_stdio.h")
		bad(name " takes the place of stdio.h")
}
/^[ \t]*#[ \t]*include/ { first = 0 }
END { exit status }' cgi/*.[ch]
