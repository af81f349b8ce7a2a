/* SPDX-License-Identifier: ISC */
#include "db/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

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

static bool
schema_fits(PGconn *conn, char error[WIRE_ERROR_BYTES])
{
	PGresult *res;
	const char *sql = "select tocsin_api.schema_version()";
	int version, sent;

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

/*
 * What others of this database have made in public is not to be found, even
 * by a statement that names something without its schema.  Ingest must see
 * what is committed while it waits for its locks, whatever isolation level
 * the role or the database is set to.  Nothing that is asked runs long enough
 * to be worth compiling.
 */
static bool
set_session(PGconn *conn, char error[WIRE_ERROR_BYTES])
{
	const char *sql = "set search_path to pg_catalog, pg_temp;"
			  " set default_transaction_isolation"
			  " to 'read committed';"
			  " set jit to off";

	return setup(conn, PQsendQuery(conn, sql), NULL, error);
}

/*
 * A superuser must not call functions of just anybody: their owner, who may
 * have made a schema of this name before tocsin was ever installed, could do
 * anything in them.
 */
static bool
owner_is_trusted(PGconn *conn, char error[WIRE_ERROR_BYTES])
{
	PGresult *res;
	bool trusted;
	const char *sql =
	    "select pg_catalog.pg_get_userbyid(n.nspowner)"
	    "  from pg_catalog.pg_namespace n"
	    "  join pg_catalog.pg_roles r"
	    "    on r.oid operator(pg_catalog.=) n.nspowner"
	    " where n.nspname operator(pg_catalog.=) 'tocsin_api'"
	    "   and r.rolname operator(pg_catalog.<>) 'tocsin_owner'"
	    "   and not r.rolsuper";
	int sent;

	sent = PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0);
	if (!setup(conn, sent, &res, error))
		return false;
	trusted = PQntuples(res) == 0;
	if (!trusted)
		snprintf(error, WIRE_ERROR_BYTES,
		    "schema tocsin_api belongs to role %s, which could do "
		    "anything as a superuser: connect as that role",
		    PQgetvalue(res, 0, 0));
	PQclear(res);
	return trusted;
}

/*
 * A setting would follow the session to the next user of a pooler, whose
 * programs may need another: so only where the session is ours alone, or is
 * a superuser's.
 */
static bool
secure_session(PGconn *conn, bool is_ours, char error[WIRE_ERROR_BYTES])
{
	const char *value = PQparameterStatus(conn, "is_superuser");
	bool is_super = value != NULL && strcmp(value, "on") == 0;

	if ((is_ours || is_super) && !set_session(conn, error))
		return false;
	return !is_super || owner_is_trusted(conn, error);
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
wire_connect(const char *conninfo, bool is_ours, bool any_schema,
    const struct statement *st, char error[WIRE_ERROR_BYTES])
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
	    secure_session(conn, is_ours, error) &&
	    (any_schema || schema_fits(conn, error)) &&
	    prepare(st, conn, error))
		return conn;
failed:
	PQfinish(conn);
	return NULL;
}
