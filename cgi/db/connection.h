/* SPDX-License-Identifier: ISC */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "conf/conf.h"
#include "db/waiter.h"

#define CONNECTION_ERROR_BYTES 512

/* A statement that each new connection prepares before its first use. */
struct statement {
	const char *name;
	const char *sql;
};

/*
 * A connection to PostgreSQL, opened when first needed and reopened when
 * lost.  No function here waits past its deadline, whatever the server, the
 * network or the resolver does: a separate thread connects, and poll(2) waits
 * for replies.
 *
 * While connecting fails, acquiring fails at once and a thread retries every
 * few seconds, so that only the first caller waits in an outage.  One caller
 * at a time.
 */
struct connection;

/*
 * Borrows conf and prepare, which is NULL if there is nothing to prepare.
 * Does not connect.  The database must be in UTF8, and its schema must fit
 * (db/schema.h) unless the connection is patient.  A patient
 * connection is for the operator's tool: it waits for its caller's whole
 * deadline, logs no outage, and accepts a schema of any version.  Returns
 * NULL when out of memory.
 */
struct connection *connection_open(const struct conf *conf,
    const struct statement *prepare, bool patient);

/*
 * Return the connection, up and idle, or NULL if there is none before the
 * deadline; connection_error() says why.
 */
PGconn *connection_acquire(struct connection *c, int64_t deadline);

/* Return whether connection_acquire() would return one without waiting. */
bool connection_is_up(struct connection *c);

/*
 * The OID of tocsin_api.event_in in the database that the connection was last
 * made to; 0 where there is none.
 */
Oid connection_event_type(const struct connection *c);

/*
 * Wait for the reply to the query that was sent, up to and including the
 * server's ReadyForQuery: the implicit transaction commits only then, and an
 * error from the commit comes after the rows.  Returns NULL if the connection
 * is lost or the deadline has passed, else rows or an error, which the caller
 * frees with PQclear().  w waits for the socket; NULL = poll(2).
 */
PGresult *connection_receive(PGconn *conn, struct waiter *w, int64_t deadline);

/*
 * Return why connection_receive() returned NULL, or nothing could be sent: the
 * deadline, or libpq's message about the loss.  conn owns it.
 */
const char *connection_silence(const PGconn *conn, int64_t deadline);

/* When the next caller may reconnect. */
enum reconnect {
	RECONNECT_LATER, /* after the back-off */
	/*
	 * At once; but after the back-off if this connection was made for
	 * the same reason and has stored nothing: another would fail, too.
	 */
	RECONNECT_ONCE,
	RECONNECT_NOW
};

/* Close a connection that is lost, hung or unusable. */
void connection_drop(struct connection *c, const char *error,
    enum reconnect when);

/* Note that events were stored: for RECONNECT_ONCE. */
void connection_stored(struct connection *c);

/* Log an error of the database, rate-limited. */
void connection_complain(struct connection *c, const char *error);

/* Copy the first line of the last failure, cut to size bytes. */
void connection_error(struct connection *c, char *error, size_t size);

/*
 * After a failure, start to reconnect once the back-off has passed.  Never
 * waits.  Returns false while connection_acquire() would fail at once.
 */
bool connection_tick(struct connection *c);

/*
 * Close and free the connection.  Returns false, and frees nothing, if a
 * thread is still connecting: it cannot be stopped, so all it borrows must
 * stay valid.
 */
bool connection_close(struct connection *c);

#endif
