#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What bash offers after tocsin and a tab is what the program's help says.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=cgi/completion/tocsin.bash
. "$root/cgi/completion/tocsin.bash"
PATH=$root/build:$PATH

n=0
failed=0
# offers WORDS NAME WORD...: the last WORD is the one that is completed
offers()
{
	local wanted=$1 name=$2

	shift 2
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_tocsin
	n=$((n + 1))
	if [ "${COMPREPLY[*]}" = "$wanted" ]; then
		echo "ok $n - $name"
	else
		failed=1
		echo "not ok $n - $name"
		echo "# ${COMPREPLY[*]}"
	fi
}

all=$(tocsin help | sed -n 's/^  \([a-z-]*\)  .*/\1/p' | xargs)
offers "$all" 'every command' tocsin ''
offers 'send set' 'the commands that begin so' tocsin 'se'
offers "$all" 'the commands that have help' tocsin help ''
offers '--config --database --help --set --version' \
    'the options before a command' tocsin --
offers 'status drain retry-bad' 'subcommands' tocsin spool ''
offers 'on off status' 'subcommands in one line of the usage' tocsin board ''
offers 'add set list show rotate-token disable enable' \
    'subcommands after options' tocsin -c /x -o a=b integration ''
offers '--days --json --remove --seed' \
    'options of a command' tocsin demo-data -
offers '' 'nothing where a file may follow' tocsin explain ''
echo "1..$n"
exit "$failed"
