#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Check shell scripts with shellcheck.
. "$(dirname "$0")/start.sh"
need shellcheck shellcheck

list=$( (files sh bash; scripts 'sh|bash|dash') | sort -u)
# shellcheck disable=SC2086  # our names have no white space
shellcheck -x -P SCRIPTDIR -f gcc $list
