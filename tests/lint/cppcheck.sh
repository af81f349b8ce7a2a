#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Run cppcheck; cppcheck.suppress lists the checks to skip.
. "$(dirname "$0")/start.sh"
need cppcheck cppcheck

cppcheck --quiet --std=c11 --inline-suppr --error-exitcode=1 -j 2 \
    --enable=warning,style,performance,portability \
    --suppressions-list=tests/lint/cppcheck.suppress \
    --template='{file}:{line}: {id}: {message}' \
    -D__GNUC__ -DSYSCONFDIR='"/etc"' -DDATADIR='"/usr/share"' \
    -DVERSION='"0"' -DSCHEMA=1 -Icgi cgi 2>&1
