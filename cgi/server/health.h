/* SPDX-License-Identifier: ISC */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "base/metrics.h"
#include "http/reply.h"
#include "intake/intake.h"
#include "spool/spooler.h"

/*
 * What the host's own monitoring asks.  Each fills in the whole reply, within
 * a second, whatever the database does.  spooler may be NULL.
 */

/* The process answers; nothing else is looked at. */
void health_live(struct reply *rep);

/*
 * 200 when events can be stored and, where there is a spool, would survive an
 * outage: the database answers with the right schema, and a file can be
 * written, synced, renamed and deleted.  Else 503.  The body says which.
 */
void health_ready(struct reply *rep, struct intake *in,
    struct spooler *spooler);

/*
 * Prometheus text: our counters, the spool, and, while the database is
 * there, the alerts in it.
 */
void health_metrics(struct reply *rep, struct intake *in,
    struct spooler *spooler, const struct metrics *metrics);

#endif
