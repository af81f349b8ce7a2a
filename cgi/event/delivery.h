/* SPDX-License-Identifier: ISC */
#ifndef EVENT_DELIVERY_H
#define EVENT_DELIVERY_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "event/event.h"
#include "json/json.h"

/* One event of a request, or what is wrong with it. */
struct item {
	enum outcome outcome; /* OUTCOME_OK while there is no verdict */
	struct fault fault; /* where outcome is OUTCOME_INVALID */
	struct event ev; /* zeroed where it could not be read */
	struct receipt receipt; /* where it was stored */
};

/*
 * What one request brought: a single event, or a batch of them in an array.
 * Zero it before its first use; delivery_reset() between requests.
 */
struct delivery {
	struct origin from; /* the caller fills it in */
	bool is_batch;
	struct item *items; /* owned */
	size_t n;
	size_t cap;
	struct json_list scratch;
	size_t at; /* after OUTCOME_BAD_JSON: the byte at fault */
	/*
	 * Its thread's, for intake.  Posts may come late, into the next
	 * request, so it lives as long as the struct; a zeroed one is good.
	 */
	sem_t wake;
};

/*
 * Read the body into items.  Each event gets its identity here, before the
 * first attempt to store it.
 *
 * OUTCOME_OK: at least one item is without a verdict.  OUTCOME_INVALID: none
 * is, or the batch is empty or too long (then there are no items and fault
 * says so).  OUTCOME_BAD_JSON: see fault and at.  The items borrow from body,
 * which is changed only as json_scan() says.
 */
enum outcome delivery_parse(struct delivery *d, struct buf *body,
    struct fault *fault);

/* Free the events; keeps memory for the next request. */
void delivery_reset(struct delivery *d);

void delivery_free(struct delivery *d);

#endif
