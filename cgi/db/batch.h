/* SPDX-License-Identifier: ISC */
#ifndef DB_BATCH_H
#define DB_BATCH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "event/event.h"

#define BATCH_EVENTS_MAX 256
#define BATCH_BYTES_MAX (1024 * 1024) /* of events, beyond the first one */
#define BATCH_COLUMNS 20

/*
 * Events as the arguments of tocsin_api.ingest: one PostgreSQL array in
 * binary form for each column, in the order of its signature.  Binary, since
 * then nothing of what a sender wrote is ever quoted or escaped.
 *
 * Zero it before its first use; its memory is kept from batch to batch.
 */
struct batch {
	size_t n; /* events in it */
	struct uuid ids[BATCH_EVENTS_MAX]; /* theirs, in the same order */
	struct buf columns[BATCH_COLUMNS];
};

/* Type of a column, as the PostgreSQL OID of the array. */
unsigned batch_type(size_t column);

/* Empty the batch. */
void batch_begin(struct batch *b);

/*
 * Append an event, of at most BATCH_EVENTS_MAX, to every column; copies all
 * it needs.
 */
void batch_add(struct batch *b, const struct event *ev);

/* Complete the arrays.  Returns 0, or -1 when there was no memory. */
int batch_end(struct batch *b);

void batch_free(struct batch *b);

#endif
