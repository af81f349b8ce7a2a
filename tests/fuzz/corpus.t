#!/bin/sh
# SPDX-License-Identifier: ISC
# Every input of the corpus, once, through its target under sanitizers.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
asan=$(cd "$here/../.." && pwd)/build/asan
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

n=0
failed=0
report() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/log"
	fi
}

rc=0
make -s -C "$here/../.." asan-programs >"$tmp/log" 2>&1 || rc=$?
report "$rc" 'the programs build with sanitizers'
for target in json event route record bundle fcgi dialect translate; do
	rc=0
	ARCHIVE=$asan/tocsin.a "$here/build" "fuzz_$target" "$tmp/$target" \
		-fsanitize=address,undefined -fno-sanitize-recover=undefined \
		>"$tmp/log" 2>&1 || rc=$?
	report "$rc" "the $target target builds"
	files=0
	rc=0
	for file in "$here/corpus/$target"/*; do
		files=$((files + 1))
		"$tmp/$target" "$file" >"$tmp/log" 2>&1 || rc=$?
		[ "$rc" -eq 0 ] || break
		if [ -s "$tmp/log" ]; then
			rc=1
			break
		fi
	done
	report "$rc" "it holds for each input of its corpus"
	rc=0
	[ "$files" -ge 10 ] || rc=1
	report "$rc" "there are ten inputs or more"
done
echo "1..$n"
exit "$failed"
