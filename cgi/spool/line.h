/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_LINE_H
#define SPOOL_LINE_H

#include <stdbool.h>

#include "base/buf.h"

/* A checksum's line: "sha256 ", 64 digits, a line feed. */
#define LINE_SUM_BYTES 72

/*
 * Lines "name: value" at the head of a file.  A value has no line break; a
 * line without a value is omitted.
 */

/* Append a line, unless value is absent. */
void line_write(struct buf *b, const char *name, struct slice value);

/* Take the constant s off the front of *in.  False: it is not there. */
bool line_take_text(struct slice *in, struct slice s);

/* Take a line; the value is absent when the line is not there. */
struct slice line_take(struct slice *in, const char *name);

/* Append the checksum's line of all that is in b. */
void line_sum(struct buf *b);

/* Return whether the last LINE_SUM_BYTES at p are the line of those before. */
bool line_sum_fits(const char *p, size_t len);

#endif
