#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Check the manual pages with mandoc.
. "$(dirname "$0")/start.sh"
need mandoc mandoc

status=0
for page in $(ours -name '*.[1-8]'); do
	# Ignore which manual pages the host has installed.
	found=$(mandoc -Tlint -Wstyle "$page" 2>&1 |
	    grep -v -e 'manual not found' -e 'outdated mandoc.db' |
	    sed 's/^mandoc: //' || :)
	if [ -n "$found" ]; then
		echo "$found"
		status=1
	fi
	# One sentence per line, so that diffs are easy to read.
	found=$(grep -nE '^[^.].*[a-z]{2}\. +[A-Z]' "$page" |
	    sed -E "s|^([0-9]+):.*|$page:\\1: two sentences in a line|" || :)
	if [ -n "$found" ]; then
		echo "$found"
		status=1
	fi
done
exit $status
