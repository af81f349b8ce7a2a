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
	 * Bytes copied or walked so far, and limits of them and of what is
	 * written.  Beyond one of them no more values are written, and
	 * is_over is set.
	 */
	size_t work, work_max, len_max;
	bool is_over;
	bool failed; /* out of memory */
};

/*
 * Find the values below root; top is its own.  What points to nothing is
 * JSON_NULL.
 */
void scope_find(struct scope *s, enum root root, struct json_value top);

/*
 * Account for len more bytes, to be appended to b.  Returns false when that
 * would exceed a limit.
 */
bool scope_spend(struct scope *s, const struct buf *b, size_t len);

/* Make what is nothing at and below root JSON_NULL. */
void scope_drop(struct scope *s, enum root root);

/*
 * Return a value's text, trimmed, for comparing it; absent for an array or
 * object, and for text of more than 256 bytes.  Valid until the next call.
 */
struct slice scope_word(struct scope *s, struct json_value v);

/* Find a word of n, ignoring case; NULL if it is none of them. */
const struct word *scope_known(struct scope *s, int node, size_t first,
    size_t n);

/*
 * Append what a template says, escaped for a JSON string.  A string gives its
 * text, a number or bool its source text, an array or object compact JSON.
 * Returns false, and appends nothing, when any part of it is nothing.
 */
bool phrase_write(struct scope *s, const struct phrase *p, struct buf *b);

/* The same, but what is nothing is left out. */
void phrase_fill(struct scope *s, const struct phrase *p, struct buf *b);

/* Return the node of a template that is one pointer and no more; else -1. */
int phrase_node(const struct dialect *d, const struct phrase *p);

#endif
