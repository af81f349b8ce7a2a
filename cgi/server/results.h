/* SPDX-License-Identifier: ISC */
#ifndef SERVER_RESULTS_H
#define SERVER_RESULTS_H

#include "event/delivery.h"
#include "http/reply.h"

/*
 * Return the outcome of a delivery as a whole.  One item that is neither
 * stored nor refused makes it UNAVAILABLE: the sender must send all of it
 * again, which is safe because stored events are found by their Id.
 */
enum outcome results_outcome(const struct delivery *d);

/*
 * Write the reply to a delivery once all its items have an outcome: one
 * object for a single event, {"results": [...]} for a batch, or a problem if
 * nothing was accepted.
 */
void results_write(struct reply *rep, const struct delivery *d);

#endif
