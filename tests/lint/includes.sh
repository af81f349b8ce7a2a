#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A file of cgi/ includes headers of its own folder and of those above it in
# this list, never of one below; its own header first; and the header of a
# library only in the folder that owns the library.  README.md shows the same
# list.
. "$(dirname "$0")/start.sh"

# In the order in which a request reaches them.
folders='base conf json http event dialect db spool intake board server
	door relay tool'
owners='fcgiapp.h:http json-c/:json libpq-fe.h:db openssl/:base/digest
	curl/:relay'

status=0
there=$(for folder in $folders; do
	[ ! -d "cgi/$folder" ] || echo "$folder"
done)
shown=$(sed -n '/^cgi\/$/,/^```/ s/^  \([a-z]*\)\/ .*/\1/p' README.md)
if [ "$shown" != "$there" ]; then
	echo "README.md: the folders of cgi/ are $(echo "$there" | xargs)"
	status=1
fi

# shellcheck disable=SC2046  # our names have no white space
awk -v folders="$(echo "$folders" | xargs)" \
    -v owners="$(echo "$owners" | xargs)" '
BEGIN {
	n = split(folders, w, " ")
	for (i = 1; i <= n; i++)
		rank[w[i]] = i
	programs = n + 1
	n = split(owners, w, " ")
	for (i = 1; i <= n; i++) {
		split(w[i], o, ":")
		owner[o[1]] = o[2]
	}
}
function bad(why) {
	print FILENAME ":" FNR ": " why
	status = 1
}
function folder_of(path) {
	return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : ""
}
FNR == 1 {
	me = FILENAME
	sub(/^cgi\//, "", me)
	sub(/\.[ch]$/, "", me)
	room = folder_of(me)
	floor = room == "" ? programs : rank[room]
	first = FILENAME ~ /\.c$/
	if (!floor)
		bad("folder " room " is not in tests/lint/includes.sh")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, q, "\"")
	name = q[2]
	sub(/\.h$/, "", name)
	if (name == me) {
		if (!first)
			bad("its own header must come first")
	} else if (!(folder_of(name) in rank))
		bad("write the folder of " q[2])
	else if (rank[folder_of(name)] > floor)
		bad("may not include " q[2])
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	gsub(/.*<|>.*/, "", name)
	for (l in owner)
		if (index(name, l) == 1 && owner[l] != room && \
		    owner[l] != me)
			bad("may not include " name)
	if (name == "fcgi_stdio.h")
		bad(name " replaces stdio.h")
}
/^[ \t]*#[ \t]*include/ { first = 0 }
END { exit status }' $(files c h | grep ^cgi/) || status=1
exit $status
