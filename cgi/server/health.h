/* SPDX-License-Identifier: ISC */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "base/metrics.h"
#include "http/reply.h"
#include "intake/intake.h"
#include "spool/spooler.h"

/*
 * Health checks and metrics.  Each fills in the whole reply.  A query of the
 * database takes at most HEALTH_MS.  spooler may be NULL.
 */

/* Reply 200: the process is running. */
void health_live(struct reply *rep);

/*
 * Reply 200 when events can be stored and, if there is a spool, would survive
 * an outage: the database stored an empty batch and has the right schema, and a
 * file can be written, synced, renamed and deleted.  Else reply 503.  The body
 * has details.  The database is asked once in HEALTH_AGAIN_MS, for all threads.
 */
void health_ready(struct reply *rep, struct intake *in,
    struct spooler *spooler);

/*
 * Reply with metrics in Prometheus's text format: the counters, the spool and,
 * if the database answers, what it counts.
 */
void health_metrics(struct reply *rep, struct intake *in,
    struct spooler *spooler, const struct metrics *metrics);

#endif
