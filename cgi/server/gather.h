/* SPDX-License-Identifier: ISC */
#ifndef SERVER_GATHER_H
#define SERVER_GATHER_H

#include "server/crew.h"

/*
 * Accept connections, one thread at a time, until another is to go on or,
 * once the crew is stopping, there are none.
 *
 * A request that has arrived whole and has to wait for nothing but the
 * database is parked: read, queued and, when its events are stored, answered
 * by this thread, which leads batches itself and accepts more while it waits
 * for the database.  So two threads do the work of many under load, and a
 * lone request runs straight through.  All else, as slow bodies, senders to be
 * judged, pages, what is to be spooled, is a task for another thread.
 */
void gather(struct crew *c);

/*
 * Read the head of a request.  Return whether to answer it; if not, its
 * connection is closed.
 */
bool seat_accept(struct seat *seat);

/* A request is answered: keep its connection, or free the seat. */
void seat_end(struct seat *seat);

#endif
