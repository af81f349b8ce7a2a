/* SPDX-License-Identifier: ISC */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Functions on UTF-8, valid unless they say otherwise.  Case folding covers
 * A to Z only, so that no result depends on the locale.
 */

/* Return whether s equals word, ignoring case; word is in lower case. */
bool utf8_is(struct slice s, const char *word);

/* Compare bytes, ignoring case; the result is like memcmp()'s. */
int utf8_compare(struct slice a, struct slice b);

/*
 * Return the known word that s, trimmed, equals, ignoring case; absent if
 * there is none.
 */
struct slice utf8_known(struct slice s, const struct slice *known, size_t n);

/*
 * Return the length of the well-formed sequence (RFC 3629) that begins the
 * bytes s, which need not be UTF-8 beyond it; 0 if none does.
 */
size_t utf8_sequence(struct slice s);

/* Trim ASCII white space at both ends. */
struct slice utf8_trim(struct slice s);

/* Skip leading white space, Unicode's included. */
struct slice utf8_skip_blank(struct slice s);

/* Return at most the first n code points of s. */
struct slice utf8_first_chars(struct slice s, size_t n);

/* Return the longest prefix of whole code points that fits into n bytes. */
struct slice utf8_first_bytes(struct slice s, size_t n);

#endif
