/* SPDX-License-Identifier: ISC */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"

#define JSON_DEPTH_MAX 32 /* nested arrays and objects */
#define JSON_DIGITS_MAX 400 /* of a number that is written out */

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value as written in the document, without surrounding white space. */
struct json_value {
	enum json_kind type;
	struct slice text; /* of a string: with its quotes */
};

/* A member of an object, or an element of an array (key.p == NULL). */
struct json_member {
	struct slice key; /* raw, without its quotes */
	struct json_value value;
};

/* A growing list of members.  Zero it before the first use. */
struct json_list {
	struct json_member *members; /* owned */
	size_t n;
	size_t cap;
};

/*
 * Validate the len bytes at text as one JSON document by RFC 8259, in UTF-8
 * without a byte order mark, nested at most JSON_DEPTH_MAX deep.  *top
 * becomes its outermost value, which borrows from text.
 *
 * Stricter than json-c, which accepts -01, NaN, single quotes, raw control
 * characters and overlong UTF-8.  PostgreSQL can store neither U+0000 nor a
 * lone surrogate, so the six bytes of such an escape are overwritten in
 * place with \ufffd; the length of text stays the same.
 *
 * Returns OUTCOME_OK; or OUTCOME_BAD_JSON, with *why (a constant) and *at
 * (offset of the invalid byte) set.  Does not allocate.
 */
enum outcome json_scan(struct json_value *top, char *text, size_t len,
    const char **why, size_t *at);

/*
 * Iterate over the members of a validated object or array, in document
 * order.  Set *rest to its whole text before the first call; each call
 * advances it.  Returns false at the end.  Does not allocate.
 */
bool json_next(struct slice *rest, struct json_member *m);

/*
 * Return the first number in the validated value text that takes more than
 * JSON_DIGITS_MAX digits when written out, which is how PostgreSQL keeps a
 * number in jsonb: 1e401 has 402 digits, 1e-310 has 310 and 0e999 has one.
 * Absent if there is none.
 */
struct slice json_long_number(struct slice text);

/* Return how deep arrays and objects are nested in the validated text. */
unsigned json_depth(struct slice text);

/* Append the validated JSON text to b without white space between tokens. */
void json_compact(struct buf *b, struct slice text);

/*
 * Append text, which must be UTF-8, to b as a quoted JSON string.  Escapes
 * only what must be escaped, in the shortest form.
 */
void json_quote(struct buf *b, struct slice text);

/* Append text to b as json_quote() does, but without the quotes. */
void json_escape(struct buf *b, struct slice text);

/* Append "name":"value", with value quoted; or "name":null when it is "". */
void json_string(struct buf *b, const char *name, const char *value);

/* Append a member.  Returns 0, or -1 when out of memory. */
int json_list_add(struct json_list *list, const struct json_member *m);

void json_list_free(struct json_list *list);

#endif
