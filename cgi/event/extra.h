/* SPDX-License-Identifier: ISC */
#ifndef EVENT_EXTRA_H
#define EVENT_EXTRA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/json.h"

#define EXTRA_MAX 4096 /* extra members that are kept of one event */

/*
 * The members of an event that the protocol does not know, on their way to
 * {"format":"text","label":"<folded key>","value":"<text>"} each.
 */
struct extra {
	struct json_list *list; /* borrowed: where they are collected */
	struct buf *side; /* borrowed: where a value is made compact */
	size_t room; /* bytes that extra_write() appends at most */
	bool dropped; /* there were more than EXTRA_MAX */
	bool failed; /* there was no memory */
};

/*
 * Collect a member; its key is decoded and stays where it is, and raw_len is
 * the length that the key has in the document.
 */
void extra_add(struct extra *x, const struct json_member *m, size_t raw_len);

/*
 * Append what was collected to b as a JSON array, in document order; of keys
 * that are equal when folded the last, nulls left out.  Returns false and
 * appends nothing when nothing is left.  Appends at most the longest value to
 * side, and takes it away again.
 */
bool extra_write(struct extra *x, struct buf *b);

#endif
