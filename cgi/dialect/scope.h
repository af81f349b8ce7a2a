/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_SCOPE_H
#define DIALECT_SCOPE_H

#include "dialect/dialect.h"

/*
 * The values that a dialect's pointers have in one request.  A value that is
 * nothing (null, missing, blank text, an empty array or object) is
 * JSON_NULL.
 */
struct scope {
	const struct dialect *d;
	struct json_value *values; /* one per node */
	struct buf scratch;
	/*
	 * Bytes copied or walked so far, their limit, and the limit of the
	 * output.  Beyond either no more values are written, and is_over is
	 * set.
	 */
	size_t work, work_max, len_max;
	bool is_over;
	bool failed; /* out of memory */
};

/*
 * Find the values below root, whose own is top.  A pointer to nothing has
 * JSON_NULL.
 */
void scope_find(struct scope *s, enum root root, struct json_value top);

/*
 * Account for len more bytes, to be appended to b.  Returns false when that
 * would exceed a limit.
 */
bool scope_spend(struct scope *s, const struct buf *b, size_t len);

/* Set values at and below root that are nothing to JSON_NULL. */
void scope_drop(struct scope *s, enum root root);

/*
 * Return a value's text, trimmed, for comparing it; absent for an array or
 * object, and for text of more than 256 bytes.  Valid until the next call.
 */
struct slice scope_word(struct scope *s, struct json_value v);

/*
 * Find the node's value among the n words from first on, ignoring case; NULL if
 * it is none of them.
 */
const struct word *scope_known(struct scope *s, int node, size_t first,
    size_t n);

/*
 * Append a filled-in template, escaped for a JSON string.  A string gives its
 * text, a number or bool its source text, an array or object compact JSON.
 * Returns false, and appends nothing, when any part of it is nothing.
 */
bool scope_write(struct scope *s, const struct template *p, struct buf *b);

/* The same, but omit parts that are nothing. */
void scope_fill(struct scope *s, const struct template *p, struct buf *b);

#endif
