/* SPDX-License-Identifier: ISC */
#ifndef DB_BATCH_H
#define DB_BATCH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "event/event.h"

#define BATCH_EVENTS_MAX 256
#define BATCH_BYTES_MAX (1024 * 1024) /* of events, beyond the first one */

/*
 * Events as the argument of tocsin_api.ingest: an array of its event_in, in
 * PostgreSQL's binary form, so that nothing that a sender wrote needs quoting
 * or escaping.
 *
 * Zero it before its first use; its memory is kept from batch to batch.
 */
struct batch {
	size_t n; /* events in it */
	struct uuid ids[BATCH_EVENTS_MAX]; /* of the events, in order */
	struct buf array;
};

/* Empty the batch. */
void batch_begin(struct batch *b);

/* Append an event, of at most BATCH_EVENTS_MAX; copies all it needs. */
void batch_add(struct batch *b, const struct event *ev);

/* Complete the array.  Returns 0, or -1 when there was no memory. */
int batch_end(struct batch *b);

/*
 * The complete array, borrowed; type is the OID that event_in has in the
 * database it is for.
 */
struct slice batch_array(struct batch *b, unsigned type);

/* Free memory that is too much to keep until the next batch. */
void batch_trim(struct batch *b);

void batch_free(struct batch *b);

#endif
