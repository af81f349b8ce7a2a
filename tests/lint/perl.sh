#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Perl compiles without a warning, and asks for warnings.
. "$(dirname "$0")/start.sh"
need perl perl

# Tests that find no web server start one, even while they are compiled.
export BASE_URL=http://127.0.0.1:9/

status=0
for file in $( (files pm pl; scripts perl) | sort -u); do
	dir=$(dirname "$file")
	found=$(perl -Itests/lib -I"$dir" -I"$dir/lib" -wc "$file" 2>&1 |
	    grep -v "^$file syntax OK\$" || :)
	# The other use of a module's variable is in the programs that use it.
	case $file in
	*.pm) found=$(echo "$found" | grep -v 'used only once' || :) ;;
	esac
	for pragma in strict warnings; do
		grep -q "^use $pragma;" "$file" || found="$found
$file:1: no use $pragma"
	done
	if [ -n "$found" ]; then
		echo "$found" | grep .
		status=1
	fi
done
exit $status
