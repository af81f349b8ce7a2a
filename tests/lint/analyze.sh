#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run gcc's static analyzer, and clang-tidy's checks bugprone and cert but for
# those that forbid what is done on purpose.
. "$(dirname "$0")/start.sh"
need gcc gcc
need clang-tidy clang-tidy

# Taste: swappable parameters, equal branches, how macros are named.  Widening
# is of products of constants; slices have no NUL at their end; nobody waits
# for what snprintf() returns; sscanf() reads what a checksum covers;
# arrays of pointers take the size of a pointer.
checks='-*,bugprone-*,cert-*'
for off in bugprone-easily-swappable-parameters bugprone-branch-clone \
    bugprone-reserved-identifier bugprone-narrowing-conversions \
    bugprone-implicit-widening-of-multiplication-result \
    bugprone-not-null-terminated-result bugprone-sizeof-expression \
    cert-dcl37-c cert-err33-c cert-err34-c
do
	checks="$checks,-$off"
done
# shellcheck disable=SC2046  # flags are words
set -- -std=c11 -D_GNU_SOURCE -DSYSCONFDIR='"/etc"' -DDATADIR='"/usr/share"' \
    -DVERSION='"0"' -DSCHEMA=1 -Icgi -pthread $(pkg-config --cflags libpq)

sources()
{
	files c | grep '^cgi/'
}

# shellcheck disable=SC2046  # names of files are words
found=$(
	{
		sources | xargs -P 2 -n 1 gcc "$@" -O1 -fanalyzer \
		    -fanalyzer-verbosity=0 -fno-diagnostics-show-caret \
		    -c -o /dev/null || :
		clang-tidy --quiet --checks="$checks" $(sources) -- "$@" || :
	} 2>&1 | grep ': warning: \|: error: ' | sed "s|^$PWD/||"
) || :
[ -z "$found" ] || {
	echo "$found"
	exit 1
}
