/* SPDX-License-Identifier: ISC */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"

#define JSON_DEPTH_MAX 32 /* nested arrays and objects */

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value as it stands in the document, white space around it cut off. */
struct json_value {
	enum json_kind type;
	struct slice text; /* of a string: with its quotes */
};

/* A member of an object, or an element of an array (key.p == NULL). */
struct json_member {
	struct slice key; /* raw, without its quotes */
	struct json_value value;
};

/* A list of members that grows.  Zero it before its first use. */
struct json_list {
	struct json_member *members; /* owned */
	size_t n;
	size_t cap;
};

/*
 * Prove that the len bytes at text are one JSON document by RFC 8259, in
 * UTF-8 without a byte order mark, within the limits above and those of
 * lexer.h; *top becomes its outermost value, which borrows from text.
 *
 * Stricter than json-c, which takes -01, NaN, single quotes, raw control
 * characters and overlong UTF-8.  PostgreSQL can store neither U+0000 nor a
 * lone surrogate, so the six bytes of such an escape are overwritten in
 * place with \ufffd: text is changed, its length is not.
 *
 * Returns OUTCOME_OK; or OUTCOME_BAD_JSON, with *why (a constant) and *at
 * (the byte at fault) set.  Allocates nothing.
 */
enum outcome json_scan(struct json_value *top, char *text, size_t len,
    const char **why, size_t *at);

/*
 * Walk the members of a proven object or array, in document order: *rest is
 * the whole text of it before the first call, and what is left of it after
 * each.  Returns false at the end.  Does not allocate.
 */
bool json_next(struct slice *rest, struct json_member *m);

/*
 * Append the proven JSON at text to b without the white space between its
 * tokens.
 */
void json_compact(struct buf *b, struct slice text);

/*
 * Append text, which must be UTF-8, to b as a JSON string, quotes included.
 * Escapes what must be escaped, in the shortest way.
 */
void json_quote(struct buf *b, struct slice text);

/* Append "name":value, where value is quoted, or null when it is "". */
void json_string(struct buf *b, const char *name, const char *value);

/* Append a member.  Returns 0, or -1 when there is no memory. */
int json_list_add(struct json_list *list, const struct json_member *m);

void json_list_free(struct json_list *list);

#endif
