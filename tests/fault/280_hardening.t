#!/bin/sh
# SPDX-License-Identifier: ISC
# What the compiler and the linker can do against a mistake is in the
# programs.  Debian's hardening-check sees most of it; the other two it
# looks for in notes that Debian's own start-up objects do not have, so they
# are looked for in the code.  And by systemd's own judgement the units that
# are shipped leave little open.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for tool in hardening-check objdump; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done

n=0
failed=0
report()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
	fi
}

# The instruction that the compiler puts in for it stands there.
code_has()
{
	rc=0
	if [ "$(uname -m)" = x86_64 ]; then
		objdump -d "$program" | grep -qE "$1" || rc=1
		report "$rc" "$2"
	else
		n=$((n + 1))
		echo "ok $n # SKIP $2: not known how on $(uname -m)"
	fi
}

for program in "${TOCSIN_PROGRAM:-$build/tocsin.fcgi}" "$build/tocsin" \
    "$build/tocsin-relay"; do
	name=$(basename "$program")
	found=$(hardening-check "$program") || :
	while IFS='|' read -r what fact; do
		rc=0
		case $found in
		*"$what: yes"*) ;;
		*) rc=1 ;;
		esac
		report "$rc" "$name $fact"
	done <<-LIST
		Position Independent Executable|is loaded anywhere
		Stack protected|guards its stack
		Fortify Source functions|uses the checked functions
		Read-only relocations|has relocations that are read-only
		Immediate binding|binds all of them at its start
	LIST
	code_has 'or[ql] +[$]0x0,(0x[0-9a-f]+)?\(%rsp' \
	    "$name touches each page of its stack"
	code_has endbr64 "$name marks where calls may go"
done

# Linked statically, it has nothing that hardening-check looks for.
program=$build/tocsin.cgi
name=tocsin.cgi
rc=0
readelf -h "$program" | grep -q 'Type: *DYN' || rc=1
report "$rc" "$name is loaded anywhere"
code_has 'or[ql] +[$]0x0,(0x[0-9a-f]+)?\(%rsp' \
    "$name touches each page of its stack"
code_has endbr64 "$name marks where calls may go"

# From 0 to 100; its words are "OK" up to 45.  The relay executes sendmail,
# which is setuid at many hosts: its unit says what that costs.
for unit in "$here"/../../cgi/systemd/*.service; do
	name=$(basename "$unit")
	most=15
	[ "$name" != tocsin-relay.service ] || most=86
	if ! command -v systemd-analyze >/dev/null; then
		n=$((n + 1))
		echo "ok $n # SKIP $name: systemd-analyze is not installed"
		continue
	fi
	rc=0
	systemd-analyze security --offline=true --threshold=$most "$unit" \
	    >/dev/null 2>&1 || rc=1
	report "$rc" "$name exposes little"
	rc=0
	sed 's/^\(PrivateUsers\|ProtectSystem\|System.*Filter\)=.*//' "$unit" \
	    >"$tmp/open.service"
	! systemd-analyze security --offline=true --threshold=$most \
	    "$tmp/open.service" >/dev/null 2>&1 || rc=1
	report "$rc" "$name would expose more with less in it"
done
# Only the relay is linked with libcurl: each of its libraries costs a start.
for program in tocsin.fcgi tocsin.cgi tocsin; do
	rc=0
	! ldd "$build/$program" 2>/dev/null | grep -q libcurl || rc=1
	report "$rc" "$program needs no libcurl"
done
rc=0
ldd "$build/tocsin-relay" | grep -q libcurl || rc=1
report "$rc" "tocsin-relay does"
echo "1..$n"
exit "$failed"
