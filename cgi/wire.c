/* SPDX-License-Identifier: ISC */
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

#define SETUP_MS 2000 /* for what is asked of a new connection */

void
wire_error(char error[WIRE_ERROR_BYTES], const char *text)
{
	size_t len = strcspn(text, "\n");

	if (len >= WIRE_ERROR_BYTES)
		len = WIRE_ERROR_BYTES - 1;
	memcpy(error, text, len);
	error[len] = '\0';
}

/* Wait for the socket.  False when the deadline has passed. */
static bool
wait_socket(PGconn *conn, short events, int64_t deadline)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = events};
	int left, n;

	do {
		left = clock_left_ms(deadline);
		n = poll(&p, 1, left);
	} while (n == -1 && errno == EINTR);
	return n > 0;
}

/* Send what is buffered, reading meanwhile so that neither side blocks. */
static bool
flush(PGconn *conn, int64_t deadline)
{
	int left;

	while ((left = PQflush(conn)) == 1)
		if (!wait_socket(conn, POLLIN | POLLOUT, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	return left == 0;
}

PGresult *
wire_receive(PGconn *conn, int64_t deadline)
{
	PGresult *first = NULL, *res;

	if (!flush(conn, deadline))
		return NULL;
	for (;;) {
		while (PQisBusy(conn))
			if (!wait_socket(conn, POLLIN, deadline) ||
			    PQconsumeInput(conn) == 0)
				goto lost;
		res = PQgetResult(conn);
		if (res == NULL)
			break;
		if (first == NULL || PQresultStatus(res) == PGRES_FATAL_ERROR) {
			PQclear(first);
			first = res;
		} else {
			PQclear(res);
		}
	}
	if (PQstatus(conn) == CONNECTION_OK)
		return first;
lost:
	PQclear(first);
	return NULL;
}

/* Ask a new connection one thing.  True when it went well. */
static bool
setup(PGconn *conn, int sent, PGresult **keep, char error[WIRE_ERROR_BYTES])
{
	PGresult *res = NULL;
	ExecStatusType status;

	if (sent == 1)
		res = wire_receive(conn, clock_ms() + SETUP_MS);
	status = PQresultStatus(res);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		if (keep != NULL)
			*keep = res;
		else
			PQclear(res);
		return true;
	}
	wire_error(error,
	    res == NULL ? "no answer in time" : PQresultErrorMessage(res));
	PQclear(res);
	return false;
}

/*
 * Begin the session.  Ingest must see what is committed while it waits for its
 * locks, whatever isolation level the role or the database is set to; and
 * nothing that is asked runs long enough to be worth compiling.
 */
static bool
begin_session(PGconn *conn, bool any_schema, char error[WIRE_ERROR_BYTES])
{
	PGresult *res;
	const char *sql =
	    "select tocsin_api.schema_version(),"
	    " pg_catalog.set_config('jit', 'off', false),"
	    " pg_catalog.set_config('default_transaction_isolation',"
	    " 'read committed', false)";
	int version, sent;

	if (any_schema) {
		sql = "set jit = off;"
		      " set default_transaction_isolation = 'read committed'";
		return setup(conn, PQsendQuery(conn, sql), NULL, error);
	}
	sent = PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0);
	if (!setup(conn, sent, &res, error))
		return false;
	version = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	if (version == SCHEMA)
		return true;
	snprintf(error, WIRE_ERROR_BYTES,
	    "the schema has version %d, this program needs version %d: %s",
	    version, SCHEMA,
	    version < SCHEMA ? "run tocsin init" : "install a newer tocsin");
	return false;
}

static bool
prepare(const struct statement *st, PGconn *conn, char *error)
{
	if (st == NULL)
		return true;
	return setup(conn,
	    PQsendPrepare(conn, st->name, st->sql, st->n, st->types), NULL,
	    error);
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	log_debug("database: %s", PQresultErrorMessage(res));
}

PGconn *
wire_connect(const char *conninfo, bool any_schema, const struct statement *st,
    char error[WIRE_ERROR_BYTES])
{
	/* What stands after dbname can not be overridden by it. */
	const char *const names[] = {"connect_timeout",
	    "fallback_application_name", "dbname", "client_encoding", NULL};
	const char *const values[] = {"2", "tocsin", conninfo, "UTF8", NULL};
	const char *encoding;
	PGconn *conn;

	conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(conn) != CONNECTION_OK) {
		wire_error(error, PQerrorMessage(conn));
		goto failed;
	}
	PQsetNoticeReceiver(conn, ignore_notice, NULL);
	encoding = PQparameterStatus(conn, "server_encoding");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
		wire_error(error, "the database's encoding must be UTF8");
		goto failed;
	}
	if (PQsetnonblocking(conn, 1) == 0 &&
	    begin_session(conn, any_schema, error) && prepare(st, conn, error))
		return conn;
failed:
	PQfinish(conn);
	return NULL;
}
