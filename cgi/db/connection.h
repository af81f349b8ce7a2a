/* SPDX-License-Identifier: ISC */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "conf/conf.h"

#define CONNECTION_ERROR_BYTES 512

/* What a new connection prepares before its first use. */
struct statement {
	const char *name;
	const char *sql;
};

/*
 * A connection to PostgreSQL that is made when it is first needed and made
 * again when it was lost.  Nothing here waits longer than its deadline,
 * whatever the server, the network or the resolver does: connecting happens
 * in a thread apart, answers are waited for in poll(2).
 *
 * While connecting fails, callers are turned away at once and a new attempt
 * is made every few seconds in the background, so that an outage costs the
 * first caller only.  One caller at a time.
 */
struct connection;

/*
 * Borrows conf and prepare, which is NULL when there is nothing to prepare.
 * Does not connect.  The database must be in UTF8 and, unless the connection
 * is patient, its schema of this program's version.  A patient connection is an
 * operator's: it waits for its caller's whole deadline, logs nothing, and takes
 * a schema of any version.  NULL without memory.
 */
struct connection *connection_open(const struct conf *conf,
    const struct statement *prepare, bool patient);

/*
 * The connection, up and idle, or NULL when there is none to be had before
 * the deadline; connection_error() says why.
 */
PGconn *connection_acquire(struct connection *c, int64_t deadline);

/*
 * The OID of tocsin_api.event_in in the database that the connection was last
 * made to; 0 where there is none.
 */
Oid connection_event_type(const struct connection *c);

/*
 * Wait for the answer to what was sent over it, up to and including the
 * server's ReadyForQuery: the implicit transaction commits only then, and an
 * error of the commit comes after the rows.  NULL when the connection is
 * lost or the deadline has passed, else rows or an error, to be PQclear()ed.
 */
PGresult *connection_receive(PGconn *conn, int64_t deadline);

/*
 * Give up a connection that is lost, hung or of no use.  at_once: the next
 * caller may connect anew without a pause.
 */
void connection_drop(struct connection *c, const char *error, bool at_once);

/* Log what the database said, but not the same thing over and over. */
void connection_complain(struct connection *c, const char *error);

/* The first line of the last failure. */
const char *connection_error(const struct connection *c);

/*
 * After a failure, connect again when it is time to.  Never waits.  False
 * while connection_acquire() would turn its caller away at once.
 */
bool connection_tick(struct connection *c);

/*
 * False when a thread still connects, which can not be stopped: then all it
 * borrows must stay.
 */
bool connection_close(struct connection *c);

#endif
