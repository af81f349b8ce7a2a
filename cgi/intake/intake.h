/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <stdint.h>

#include "base/metrics.h"
#include "conf/conf.h"
#include "db/db.h"
#include "event/delivery.h"
#include "spool/spooler.h"

/*
 * Group commit.  Whoever stores while no connection is at work becomes a
 * leader: it takes all that is queued, makes one call of it, hands out the
 * receipts, and leaves the lead to the next in the queue.  Events that
 * arrive meanwhile share the next commit.  There is no timer: a lone request
 * goes straight through in its own thread.  Where conf allows a second
 * connection, it is used while a full batch waits for the first.
 */
struct intake;

/*
 * Borrows conf, and spooler and stats, which may be NULL.  NULL without
 * memory.
 */
struct intake *intake_open(const struct conf *conf, enum db_mode mode,
    struct spooler *spooler, struct metrics *metrics);

/*
 * Store the items of d that have no verdict yet, in their order, and give
 * each its outcome and receipt: in the database, or in the spool when that
 * is away or the deadline (of clock_ms()) passes.  OUTCOME_UNAVAILABLE is
 * what neither would take.  Callable from any thread.
 *
 * An event that PostgreSQL refuses does not touch its neighbours: the batch
 * is then stored one by one.
 */
void intake_store(struct intake *in, struct delivery *d, int64_t deadline);

/*
 * Wait until a connection is idle and call use() with it.  The next leader
 * waits meanwhile, but then goes first: borrowers and events take turns.
 * Returns 0, or -1 when no connection was idle before the deadline.
 */
int intake_lend(struct intake *in, void (*use)(struct db *db, void *arg),
    void *arg, int64_t deadline);

/*
 * Borrow a connection and ask one thing: see db_query().  OUTCOME_UNAVAILABLE
 * too when no connection was idle before the deadline.  Free the rows in
 * either case.
 */
enum outcome intake_ask(struct intake *in, enum db_call call,
    const char *const *params, struct rows *rows, int64_t deadline);

/* Look after the connections.  To be called every second or so. */
void intake_tick(struct intake *in);

/* Nobody may be in intake_store() any more. */
void intake_close(struct intake *in);

#endif
