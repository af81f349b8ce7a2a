/* SPDX-License-Identifier: ISC */
#ifndef DB_WIRE_H
#define DB_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#define WIRE_ERROR_BYTES 512

/* What a new connection prepares before its first use. */
struct statement {
	const char *name;
	const char *sql;
	int n; /* parameters */
	const Oid *types;
};

/*
 * Connect to the first host of conninfo that answers, waiting two seconds
 * for each, or as long as it says itself; a name is looked up without any
 * limit.  The database must be in UTF8 and, unless any_schema, its schema of
 * this program's version.  A session that is ours alone is set up for its
 * calls; not one that a pooler lends.  st is prepared, if not NULL.  NULL
 * with error.
 */
PGconn *wire_connect(const char *conninfo, bool is_ours, bool any_schema,
    const struct statement *st, char error[WIRE_ERROR_BYTES]);

/*
 * Wait for the answer to what was sent over it, up to and including the
 * server's ReadyForQuery: the implicit transaction commits only then, and an
 * error of the commit comes after the rows.  NULL when the connection is
 * lost or the deadline has passed, else rows or an error, to be PQclear()ed.
 */
PGresult *wire_receive(PGconn *conn, int64_t deadline);

/*
 * The first line of what libpq says, which ends its messages with a newline
 * and puts several into one.
 */
void wire_error(char error[WIRE_ERROR_BYTES], const char *text);

#endif
