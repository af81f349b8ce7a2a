/* SPDX-License-Identifier: ISC */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Questions about pieces of valid UTF-8.  Folding knows A to Z only, so
 * that the answers never depend on a locale.
 */

/* Whether s, folded, is word; word is in lower case. */
bool utf8_is(struct slice s, const char *word);

/* Order by folded bytes: below, at or above 0 as memcmp(). */
int utf8_compare(struct slice a, struct slice b);

/*
 * The one of the n known words that s is, trimmed and folded; absent when it
 * is none of them.
 */
struct slice utf8_known(struct slice s, const struct slice *known, size_t n);

/* s without the ASCII white space at its ends. */
struct slice utf8_trim(struct slice s);

/* s without the white space, Unicode's included, that it begins with. */
struct slice utf8_skip_blank(struct slice s);

/* At most the first n code points of s. */
struct slice utf8_first_chars(struct slice s, size_t n);

/* As many whole code points from the front of s as fit into n bytes. */
struct slice utf8_first_bytes(struct slice s, size_t n);

#endif
