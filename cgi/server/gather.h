/* SPDX-License-Identifier: ISC */
#ifndef SERVER_GATHER_H
#define SERVER_GATHER_H

#include "server/pool.h"

/*
 * Run the event loop as the gatherer, one thread at a time, until another
 * thread must take over or, once the pool is stopping, no connection is left.
 *
 * The gatherer parks each request that has arrived whole and waits for nothing
 * but the database: it reads and queues the events, leads the batch itself,
 * accepts more requests while it waits for the database, and answers those
 * whose events are stored.  So two threads do the work of many under load, and
 * a lone request needs no switch of threads.  A request that may block for
 * another reason is a task for another thread: a slow body, a sender that the
 * database must judge, a page, an event for the spool.
 */
void gather(struct pool *pool);

/*
 * Read the head of a request.  Return whether to answer it; if not, its
 * connection is closed.
 */
bool slot_accept(struct slot *slot);

/* End an answered request: keep its connection alive, or free the slot. */
void slot_end(struct slot *slot);

#endif
