/* SPDX-License-Identifier: ISC */
#ifndef JSON_POINTER_H
#define JSON_POINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/json.h"

#define POINTER_TOKENS_MAX 8 /* of one pointer */

/* A step of some pointers: the value of one name in its parent. */
struct pointer_node {
	struct slice name;
	int parent; /* -1 = this is a root */
	int child; /* first of those below; -1 = none */
	int next; /* with the same parent; -1 = none */
	bool is_target; /* a pointer ends here */
};

/*
 * Several JSON pointers (RFC 6901) as a tree, so that one walk over a value
 * finds what all of them point at.  To begin a tree, add a node without a
 * name as its root; a set may hold several.
 */
struct pointer_set {
	struct pointer_node *nodes; /* borrowed */
	size_t n;
	size_t max;
};

/* Add a root.  Returns its number, or -1 when the set is full. */
int pointer_root(struct pointer_set *set);

/*
 * Add a pointer, given without its first slash; "" is the root itself.  The
 * nodes borrow from text, in which ~0 and ~1 are replaced in place; without
 * them it is not written to.
 *
 * Returns the number of its node; or -1 with *why, a constant.
 */
int pointer_add(struct pointer_set *set, int root, char *text, size_t len,
    const char **why);

/*
 * Set values[root] to top, and the values of the nodes below to what they
 * point at: JSON_NULL where a step has no such member, is beyond an array or
 * is not a container.  Of members with equal keys, the last counts.
 *
 * top has been validated by json_scan().  Each of its bytes is read at most
 * once per token of the longest pointer.  Does not allocate.
 */
void pointer_find(const struct pointer_set *set, int root,
    struct json_value top, struct json_value *values);

/* Return whether the raw key, which may have escapes, spells name. */
bool pointer_is_key(struct slice raw, struct slice name);

#endif
