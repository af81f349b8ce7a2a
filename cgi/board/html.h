/* SPDX-License-Identifier: ISC */
#ifndef BOARD_HTML_H
#define BOARD_HTML_H

#include "base/buf.h"

/*
 * Text that somebody sent, as HTML.  Everything on a page that is not a
 * constant of ours goes through html_text().
 */

/*
 * Append text, which must be UTF-8, so that it means itself: between tags
 * and inside an attribute in quotes of either kind.  Control characters that
 * HTML has no place for become U+FFFD.
 */
void html_text(struct buf *b, struct slice text);

/* The same for a string; nothing for NULL. */
void html_string(struct buf *b, const char *s);

/* A moment, given as 2026-01-02T03:04:05Z; a dash for NULL. */
void html_time(struct buf *b, const char *iso);

/* A number of seconds as people say it, as 3 h 12 min; a dash for NULL. */
void html_duration(struct buf *b, const char *seconds);

#endif
