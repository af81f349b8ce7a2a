/* SPDX-License-Identifier: ISC */
#ifndef SERVER_GATHER_H
#define SERVER_GATHER_H

#include "server/pool.h"

/*
 * Be the gatherer, one thread at a time: accept connections until another
 * thread must take over or, once the crew is stopping, no connection is left.
 *
 * The gatherer parks each request that has arrived whole and waits for nothing
 * but the database: it reads and queues the events, leads the batch itself,
 * accepts more requests while it waits for the database, and answers those
 * whose events are stored.  So two threads do the work of many under load, and
 * a lone request runs straight through.  A request that may block for another
 * reason is a task for another thread: a slow body, a sender that the database
 * must judge, a page, an event for the spool.
 */
void gather(struct crew *c);

/*
 * Read the head of a request.  Return whether to answer it; if not, its
 * connection is closed.
 */
bool seat_accept(struct seat *seat);

/* End a request that is answered: keep its connection, or free the seat. */
void seat_end(struct seat *seat);

#endif
