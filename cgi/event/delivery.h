/* SPDX-License-Identifier: ISC */
#ifndef EVENT_DELIVERY_H
#define EVENT_DELIVERY_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "event/event.h"
#include "json/explain.h"
#include "json/json.h"

/* One event of a request, or why it is invalid. */
struct item {
	enum outcome outcome; /* OUTCOME_OK while there is no verdict */
	struct fault fault; /* if outcome is OUTCOME_INVALID */
	struct event ev; /* zeroed if it could not be read */
	struct receipt receipt; /* if it was stored */
};

/*
 * The events of one request: a single one, or a batch in an array.  Zero it
 * before the first use; call delivery_reset() between requests.
 */
struct delivery {
	struct origin from; /* the caller fills it in */
	size_t batch_max; /* events of a batch; 0 = EVENT_BATCH_MAX */
	bool is_wrapped; /* look for events where from.wrapper points */
	bool is_batch;
	struct item *items; /* owned */
	size_t n;
	size_t cap;
	struct json_list scratch;
	struct buf inner; /* events that were in strings; items borrow it */
	char detail[JSON_EXPLAIN_BYTES]; /* of OUTCOME_BAD_JSON */
	/*
	 * Used by intake to wake this delivery's thread.  A post may arrive
	 * as late as during the next request, so wake lives as long as the
	 * struct; it may be zeroed instead of initialized.
	 */
	sem_t wake;
};

/*
 * Parse the body into items.  Each event gets its UUID here, before the first
 * attempt to store it.
 *
 * Returns OUTCOME_OK when at least one item is valid; OUTCOME_INVALID when
 * none is, or when the batch is empty or too long (then there are no items,
 * and fault gives the reason); OUTCOME_BAD_JSON, where fault has a detail with
 * the place and at set; or OUTCOME_UNAVAILABLE when out of memory.  at is NULL
 * where the fault is in an event that was in a string.  The items borrow from
 * body, which changes only as described at json_scan().
 */
enum outcome delivery_parse(struct delivery *d, struct buf *body,
    struct fault *fault);

/* Free the events; keep memory for the next request. */
void delivery_reset(struct delivery *d);

void delivery_free(struct delivery *d);

#endif
