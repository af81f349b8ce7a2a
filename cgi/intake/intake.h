/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <stdint.h>

#include "base/metrics.h"
#include "conf/conf.h"
#include "db/db.h"
#include "db/waiter.h"
#include "event/delivery.h"
#include "intake/queue.h"
#include "spool/spooler.h"

/*
 * Group commit.  A thread that stores events while a connection is free
 * becomes its leader: it takes the queued events as one batch, stores them
 * with one call, hands out the receipts, and wakes the first thread in the
 * queue to lead the next batch.  A follower waits until a leader has stored
 * its events.  Events that arrive during a call share the next commit.
 * There is no timer, but see intake_set_gatherer(): a lone request is stored at
 * once, by its own thread.
 * Connections beyond the first are used only while a full batch is queued or
 * the others are lent, and those that cannot be made only when none can.
 */
struct intake;

/*
 * Borrows conf, spooler and metrics; the last two may be NULL.  Returns NULL
 * when out of memory.
 */
struct intake *intake_open(const struct conf *conf, enum db_mode mode,
    struct spooler *spooler, struct metrics *metrics);

/*
 * Judge a sender before what it sent is read, so that a stranger costs
 * little.  OUTCOME_OK, with from->wrapper set: the local copy of the
 * integrations vouches for it, or the database has just accepted it; it judges
 * again when it stores.  Else
 * the outcome with which the database refuses it, or OUTCOME_UNAVAILABLE
 * when neither knows before the deadline.  Callable from any thread.
 */
enum outcome intake_admit(struct intake *in, struct origin *from,
    int64_t deadline);

/*
 * Store the items of d that have no verdict yet, in their order, and set the
 * outcome and receipt of each: in the database, or in the spool when the
 * database is away or the deadline (of clock_ms()) has passed.  Items that
 * neither accepted get OUTCOME_UNAVAILABLE.  Callable from any thread.
 *
 * An event that PostgreSQL refuses does not affect others in its batch: they
 * are then stored one by one.
 */
void intake_store(struct intake *in, struct delivery *d, int64_t deadline);

/*
 * Parking stores a delivery while no thread waits for it.
 *
 * One thread at a time is the gatherer: it parks deliveries and calls
 * intake_gather(), which leads batches.  While intake_gather() waits for the
 * database, w->wait() may park more.  If deliveries are parked while the
 * gatherer is elsewhere, wake(arg) is called, from any thread: the gatherer
 * must then call intake_gather().
 *
 * After a batch of several deliveries it waits for crowd_ms before the next
 * one (0 = it does not): where each request is a process of its own, a crowd
 * comes one by one, and would be stored almost one by one.
 */
void intake_set_gatherer(struct intake *in, void (*wake)(void *arg), void *arg,
    int crowd_ms);

/*
 * Queue a delivery.  Unless intake_reclaim() takes it back, the leader of its
 * last batch calls stored() when it is done with the delivery, without holding
 * a lock.  The owner then has the delivery back, and calls intake_is_done() or,
 * in a thread that may block, intake_finish().  Returns false, having queued
 * nothing, when all items have a verdict already.
 */
bool intake_park(struct intake *in, struct job *job, struct delivery *d,
    int64_t deadline, void (*stored)(struct job *job));

/*
 * Lead batches while deliveries are queued that no thread waits for, but none
 * that a thread does, a connection is free and it is no borrower's turn.
 * Returns early after w->leave().
 */
void intake_gather(struct intake *in, struct waiter *w);

/*
 * Return whether the database has given all items a verdict; if not, call
 * intake_finish().
 */
bool intake_is_done(struct intake *in, const struct job *job);

/*
 * Take a parked delivery back for intake_finish(); false when stored() was
 * called for it or is about to be.
 */
bool intake_reclaim(struct intake *in, struct job *job);

/* Do the rest of intake_store() for the delivery; this may block. */
void intake_finish(struct intake *in, struct job *job);

/*
 * Return whether the local copy of the integrations vouches for a sender, and
 * set from->wrapper if it does: as intake_admit(), but never blocks.
 */
bool intake_vouches(struct intake *in, struct origin *from);

/*
 * Wait until a connection is idle and call use() with it; no leader uses it
 * until use() returns.  Borrowers and batches take turns, so that neither
 * starves: a queued batch goes before the next borrower.  Returns 0, or -1
 * if no connection was idle before the deadline.
 */
int intake_lend(struct intake *in, void (*use)(struct db *db, void *arg),
    void *arg, int64_t deadline);

/*
 * Borrow a connection and call db_query().  Returns OUTCOME_UNAVAILABLE also
 * if no connection was idle before the deadline.  The caller frees the rows
 * in either case.
 */
enum outcome intake_ask(struct intake *in, enum db_call call,
    const char *const *params, struct rows *rows, int64_t deadline);

/* Reconnect where an attempt is due.  Call about once a second. */
void intake_tick(struct intake *in);

/* No thread may still be in intake_store() or intake_lend(). */
void intake_close(struct intake *in);

#endif
