/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_COMMIT_H
#define INTAKE_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "conf/conf.h"
#include "db/batch.h"
#include "db/db.h"
#include "event/event.h"
#include "spool/spooler.h"

/*
 * Store one batch in the database.  What that does not take, or must not take
 * since events of the same key are spooled, ends as OUTCOME_UNAVAILABLE, for
 * its owner to spool.  In three steps, since only the first and the last read
 * the events: during the call their owners may withdraw.
 */
struct commit {
	struct db *db;
	struct spooler *spooler; /* NULL = none */
	struct batch args;
	size_t n; /* events */
	bool unknown; /* database is up, but an event was not let into the spool
		       */
	size_t place[BATCH_EVENTS_MAX]; /* index of the i-th event in args */
	enum outcome outcomes[BATCH_EVENTS_MAX];
	struct receipt receipts[BATCH_EVENTS_MAX];
};

/* Read the events, and leave out those that must wait behind spooled ones. */
void commit_begin(struct commit *s, const struct event *const *events,
    size_t n);

/*
 * Call the database.  Return true if all outcomes are final; else call
 * commit_rescue().
 */
bool commit_call(struct commit *s, int64_t deadline);

/*
 * Settle what the call did not: store the events one by one if PostgreSQL
 * refused one of them.  If the copy of the integrations does not admit a
 * sender while the database is up, refresh the copy first.  events is as for
 * commit_begin(), but withdrawn ones are NULL.
 */
void commit_rescue(struct commit *s, const struct event *const *events,
    int64_t deadline);

#endif
