#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Perl must compile without warnings, use strict and warnings, and call no
# function of a module by a full name that the module does not have.
. "$(dirname "$0")/start.sh"
need perl perl

status=0
for file in $( (files pm pl; scripts perl) | sort -u); do
	dir=$(dirname "$file")
	found=$(perl -Itests/lib -I"$dir" -I"$dir/lib" -wc "$file" 2>&1 |
	    grep -v "^$file syntax OK\$" || :)
	# Programs use the variables of a module that it uses only once itself.
	case $file in
	*.pm) found=$(echo "$found" | grep -v 'used only once' || :) ;;
	esac
	for pragma in strict warnings; do
		grep -q "^use $pragma;" "$file" || found="$found
$file:1: no use $pragma"
	done
	calls=$(grep -ohE '\b([A-Z][A-Za-z]+::)+[a-z_]+\(' "$file" |
	    sort -u) || :
	for call in $calls; do
		name=${call%(}
		module=tests/lib/$(echo "${name%::*}" | sed 's,::,/,g').pm
		[ ! -e "$module" ] || grep -q "^sub ${name##*::}\$" "$module" ||
		    found="$found
$file: ${module} has no function ${name##*::}"
	done
	if [ -n "$found" ]; then
		echo "$found" | grep .
		status=1
	fi
done
exit $status
