/* SPDX-License-Identifier: ISC */
#ifndef BOARD_HTML_H
#define BOARD_HTML_H

#include "base/buf.h"

/* Everything on a page but constants is written by these functions. */

/*
 * Append text, which must be UTF-8, escaped for use between tags and in
 * attributes, in quotes of either kind.  Control characters that HTML does
 * not allow become U+FFFD.
 */
void html_text(struct buf *b, struct slice text);

/* The same for a string; append nothing for NULL. */
void html_string(struct buf *b, const char *s);

/* The same for any bytes: what is not UTF-8 becomes U+FFFD. */
void html_bytes(struct buf *b, struct slice bytes);

/* Append a time, given as 2026-01-02T03:04:05Z; a dash for NULL. */
void html_time(struct buf *b, const char *iso);

/* Append a duration in seconds like 3 h 12 min; a dash for NULL. */
void html_duration(struct buf *b, const char *seconds);

#endif
