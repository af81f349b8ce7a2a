/* SPDX-License-Identifier: ISC */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>

#include "buf.h"
#include "outcome.h"

#define JSON_DEPTH_MAX 32 /* nested arrays and objects */
#define JSON_DIGITS_MAX 400 /* characters of one number */
#define JSON_EXPONENT_MAX 308 /* its exponent, as an absolute value */

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value as it stands in the document, white space around it cut off. */
struct json_value {
	enum json_type type;
	struct slice text; /* of a string: with its quotes */
};

/* A member of an object, or an element of an array (key.p == NULL). */
struct json_member {
	struct slice key; /* raw, without its quotes */
	struct json_value value;
};

struct json {
	struct json_value top;
	struct json_member *members; /* owned; of top, in document order */
	size_t n;
	size_t cap;
};

/*
 * Prove that the len bytes at text are one JSON document by RFC 8259, in
 * UTF-8 without a byte order mark, within the limits above, and note where
 * each member of the outermost object or array begins and ends.
 *
 * Stricter than json-c, which takes -01, NaN, single quotes, raw control
 * characters and overlong UTF-8.  PostgreSQL can store neither U+0000 nor a
 * lone surrogate, so the six bytes of such an escape are overwritten in
 * place with \ufffd: text is changed, its length is not.
 *
 * Returns OUTCOME_OK; OUTCOME_BAD_JSON, with *why (a constant) and *at (the
 * byte at fault) set; or OUTCOME_UNAVAILABLE when there is no memory.
 * The slices borrow from text.  j must be zeroed before its first use; its
 * memory is kept for the next call and given back by json_free().
 */
enum outcome json_scan(
    struct json *j, char *text, size_t len, const char **why, size_t *at);

/*
 * Append the proven JSON at text to b without the white space between its
 * tokens.
 */
void json_compact(struct buf *b, struct slice text);

/*
 * Append the len bytes at p, which must be UTF-8, to b as a JSON string,
 * quotes included.
 */
void json_quote(struct buf *b, struct slice text);

void json_free(struct json *j);

#endif
