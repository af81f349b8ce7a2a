/* SPDX-License-Identifier: ISC */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/*
 * Write text so that it can not drive a terminal: control characters, those
 * that turn or hide what is written, bytes that are not UTF-8, and all that
 * the locale can not show become \xNN.  Returns the columns it takes; out
 * may be NULL to count only.
 */
size_t terminal_text(FILE *out, const char *text);

/*
 * Write text as a JSON string, quotes included.  What could drive a terminal
 * is escaped, what is not UTF-8 becomes U+FFFD.
 */
void terminal_json(FILE *out, const char *text);

#endif
