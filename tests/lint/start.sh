# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Sourced first by every check: changes to the root of the tree and defines
#
#     need TOOL PACKAGE       report a missing tool and fail
#     files EXTENSION...      list our files with these extensions
#     scripts INTERPRETER     list our files whose first line names it
#
# Names of our files have no white space.
set -eu
cd "$(dirname "$0")/../.."
LC_ALL=C.UTF-8
export LC_ALL

need()
{
	command -v "$1" >/dev/null || {
		echo "$1 is missing: apt-get install $2"
		exit 1
	}
}

ours()
{
	find cgi sql tests apache-conf lighttpd-conf .ci -type f "$@" \
	    2>/dev/null |
	    grep -v /node_modules/ | sort
}

files()
{
	for kind; do
		ours -name "*.$kind"
	done
}

scripts()
{
	# shellcheck disable=SC2016  # awk's own $0
	ours | xargs awk -v re="^#!.*[/ ]($1)( |\$)" \
	    'FNR == 1 && $0 ~ re { print FILENAME }'
}
