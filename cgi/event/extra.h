/* SPDX-License-Identifier: ISC */
#ifndef EVENT_EXTRA_H
#define EVENT_EXTRA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/json.h"

#define EXTRA_MAX 4096 /* extra members kept per event */

/*
 * Collects an event's extra members and writes each as
 * {"format":"text","label":"<folded key>","value":"<text>"}.
 */
struct extra {
	struct json_list *list; /* borrowed: the members */
	struct buf *side; /* borrowed: scratch for a compact value */
	size_t room; /* the most bytes that extra_write() appends */
	bool dropped; /* there were more than EXTRA_MAX */
	bool failed; /* out of memory */
};

/*
 * Collect a member.  Its key is decoded and must not move; raw_len is the
 * length of the key in the document.
 */
void extra_add(struct extra *x, const struct json_member *m, size_t raw_len);

/*
 * Append the collected members to b as a JSON array, in document order.  Of
 * keys that are equal when folded, keep the last; leave out nulls.  Returns
 * false and appends nothing when no member is left.  Uses room for the
 * longest value in side and releases it.
 */
bool extra_write(struct extra *x, struct buf *b);

#endif
