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
 * One batch on its way: into the database, or into the spool when that is
 * away or when events of the same key wait there already.  In three steps,
 * since only the first and the last read the events.
 */
struct commit {
	struct db *db;
	struct spooler *spooler; /* NULL = none */
	struct batch args;
	size_t n; /* events */
	bool unknown; /* the copy vouches for too few, the database is there */
	size_t place[BATCH_EVENTS_MAX]; /* of the i-th of args */
	enum outcome outcomes[BATCH_EVENTS_MAX];
	struct receipt receipts[BATCH_EVENTS_MAX];
};

/* Read the events and spool those that must wait behind others. */
void commit_begin(struct commit *s, const struct event *const *events,
    size_t n);

/*
 * Call the database.  True when all outcomes are final; else the events have
 * to be there for commit_rescue().
 */
bool commit_call(struct commit *s, int64_t deadline);

/*
 * What the call did not settle: one by one when a single event was at
 * fault, into the spool what the database did not take.  For a sender whom
 * the copy of the integrations does not vouch for, a database that is there
 * is asked first.  events is as for commit_begin(), but those whose owner is
 * gone may be NULL.
 */
void commit_rescue(struct commit *s, const struct event *const *events,
    int64_t deadline);

#endif
