/* SPDX-License-Identifier: ISC */
#ifndef JSON_DECODE_H
#define JSON_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/json.h"

struct json_tokener;

/*
 * Converts JSON values that json_scan() has validated to text.  Text that
 * needs no decoding is borrowed from the document; the rest is appended to
 * own.
 *
 * Reserve room in own for everything before decoding: if own moved, slices
 * returned earlier would dangle.  Each function states the room it needs.
 * Zero all members but own before the first use, and check failed once, at
 * the end: it means out of memory.
 */
struct decoder {
	struct buf *own;
	struct json_tokener *tokener; /* owned; NULL until one is needed */
	bool failed;
};

/*
 * Decode a string, given without its quotes.  Appends at most raw.len bytes,
 * and none when it contains no escape.
 */
struct slice decode_string(struct decoder *r, struct slice raw);

/*
 * Convert a value to text: a string is decoded, a number or bool is copied
 * as written, an array or object becomes compact JSON, null an absent slice.
 * Appends at most v.text.len bytes.
 */
struct slice decode_text(struct decoder *r, struct json_value v);

#define DECODE_LIST_ROOM 256

/* Limits for decode_list(), and whether it exceeded them. */
struct decode_list {
	size_t items_max; /* at most 64 */
	size_t chars_max; /* of one item, in code points */
	bool is_ids; /* strings and numbers only, even blank ones */
	bool dropped; /* set when an item exceeded these limits */
};

/*
 * Convert an array, or a scalar as an array of one, to a PostgreSQL array
 * literal of text: {"a","b c"}.  Nulls, nested values, blanks and repeated
 * items are left out.  Appends at most 2 * v.text.len + DECODE_LIST_ROOM
 * bytes.
 */
struct slice decode_list(struct decoder *r, struct json_value v,
    struct decode_list *how);

void decode_free(struct decoder *r);

#endif
