#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Check C with clang-format 14; other versions format some lines differently.
. "$(dirname "$0")/start.sh"

tool=clang-format-14
command -v $tool >/dev/null ||
    case $(clang-format --version 2>/dev/null) in
    *' 14.'*) tool=clang-format ;;
    esac
need $tool clang-format-14

# shellcheck disable=SC2046  # our names have no white space
if ! said=$($tool --dry-run -Werror $(files c h) 2>&1); then
	echo "$said" | grep -E '^[^ ]+:[0-9]+:' | cut -d : -f 1,2 | uniq |
	    sed 's/$/: not formatted: clang-format -i/'
	exit 1
fi
