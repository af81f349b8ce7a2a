/* SPDX-License-Identifier: ISC */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

/*
 * Write text that is safe for terminals: control characters, bidi and
 * invisible characters, invalid UTF-8, and all that the locale cannot display
 * become \xNN.  Returns the width in columns; out may be NULL to only count.
 */
size_t terminal_text(FILE *out, const char *text);

/* Write bytes so, up to a NUL, but keep their lines. */
void terminal_lines(FILE *out, struct slice s);

/*
 * Write text as a quoted JSON string.  Characters unsafe for terminals are
 * escaped; invalid UTF-8 becomes U+FFFD.
 */
void terminal_json(FILE *out, const char *text);

#endif
