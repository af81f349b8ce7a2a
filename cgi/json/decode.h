/* SPDX-License-Identifier: ISC */
#ifndef JSON_DECODE_H
#define JSON_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/json.h"

struct json_tokener;

/*
 * Turns proven JSON values into text.  What needs no decoding is borrowed
 * from the document; the rest is appended to own.
 *
 * own must have room, reserved beforehand, for all that is read: were it to
 * move, the slices given out before would dangle.  The room that is enough
 * is stated at each function.  Zero all but own before the first use, and
 * look at failed once, at the end: it says that there was no memory.
 */
struct decoder {
	struct buf *own;
	struct json_tokener *tokener; /* owned; NULL until one is needed */
	bool failed;
};

/*
 * The text of a string, given without its quotes.  Appends at most raw.len
 * bytes, and none when there is no escape in it.
 */
struct slice decode_string(struct decoder *r, struct slice raw);

/*
 * A value as text: of a string what it says, of a number or bool its source
 * text, of an array or object compact JSON, of null an absent slice.
 * Appends at most v.text.len bytes.
 */
struct slice decode_text(struct decoder *r, struct json_value v);

#define DECODE_LIST_ROOM 256

/* What decode_list() keeps, and how it went. */
struct decode_list {
	size_t items_max;
	size_t chars_max; /* of one item, in code points */
	bool is_ids; /* strings and numbers only, blank ones too */
	bool dropped; /* set when an item was beyond these limits */
};

/*
 * An array, or a scalar as an array of one, as a PostgreSQL array literal of
 * text: {"a","b c"}.  Nulls, nested values, blanks and all but the first of
 * equal items are left out; items_max may be 64 at most.  Appends at most
 * 2 * v.text.len + DECODE_LIST_ROOM bytes.
 */
struct slice decode_list(struct decoder *r, struct json_value v,
    struct decode_list *how);

void decode_free(struct decoder *r);

#endif
