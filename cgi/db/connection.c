/* SPDX-License-Identifier: ISC */
#include "db/connection.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "db/schema.h"

#define SETUP_MS 2000 /* for each query that sets up a new connection */
#define COMPLAIN_AGAIN_MS 1000 /* between two lines about different errors */

enum state {
	DOWN, /* no connection, and no thread is connecting */
	CONNECTING, /* the connector thread owns conn */
	UP /* the caller owns conn */
};

struct connection {
	const struct conf *conf;
	const struct statement *prepare; /* NULL = nothing */
	bool patient;
	pthread_mutex_t lock; /* protects all that follows */
	pthread_cond_t changed; /* state left CONNECTING */
	enum state state;
	PGconn *conn;
	Oid event_type; /* of the database that conn was made to */
	int rejections; /* RECONNECT_ONCE, since connection_stored() */
	int failures; /* consecutive ones */
	int64_t retry_at; /* when DOWN: do not connect before */
	atomic_llong complained_at;
	char error[CONNECTION_ERROR_BYTES]; /* of the last failure */
};

/* Copy the first line of a libpq message, which may have several. */
static void
first_line(char error[CONNECTION_ERROR_BYTES], const char *text)
{
	size_t len = strcspn(text, "\n");

	if (len >= CONNECTION_ERROR_BYTES)
		len = CONNECTION_ERROR_BYTES - 1;
	memcpy(error, text, len);
	error[len] = '\0';
}

/* Wait for the socket.  Return false if the deadline has passed. */
static bool
wait_socket(PGconn *conn, struct waiter *w, short events, int64_t deadline)
{
	struct pollfd p = {.fd = PQsocket(conn), .events = events};
	int left, n;

	if (w != NULL)
		return w->wait(w, p.fd, events, deadline);
	do {
		left = clock_left_ms(deadline);
		n = poll(&p, 1, left);
	} while (n == -1 && errno == EINTR);
	return n > 0;
}

/* Send what is buffered; read meanwhile, so that neither side blocks. */
static bool
flush(PGconn *conn, struct waiter *w, int64_t deadline)
{
	int left;

	while ((left = PQflush(conn)) == 1)
		if (!wait_socket(conn, w, POLLIN | POLLOUT, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	return left == 0;
}

PGresult *
connection_receive(PGconn *conn, struct waiter *w, int64_t deadline)
{
	PGresult *first = NULL, *res;

	if (!flush(conn, w, deadline))
		return NULL;
	for (;;) {
		while (PQisBusy(conn))
			if (!wait_socket(conn, w, POLLIN, deadline) ||
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

const char *
connection_silence(const PGconn *conn, int64_t deadline)
{
	if (clock_left_ms(deadline) == 0)
		return "no answer in time";
	return PQerrorMessage(conn);
}

/* Receive the reply to a setup query.  Return whether it succeeded. */
static bool
setup(PGconn *conn, int sent, PGresult **keep,
    char error[CONNECTION_ERROR_BYTES])
{
	int64_t deadline = clock_ms() + SETUP_MS;
	PGresult *res = NULL;
	ExecStatusType status;

	if (sent == 1)
		res = connection_receive(conn, NULL, deadline);
	status = PQresultStatus(res);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		if (keep != NULL)
			*keep = res;
		else
			PQclear(res);
		return true;
	}
	first_line(error,
	    res == NULL ? connection_silence(conn, deadline)
			: PQresultErrorMessage(res));
	PQclear(res);
	return false;
}

/*
 * Read the schema's version, which must fit this program, and the OID of
 * event_in.  A patient connection takes any schema, or none.
 */
static bool
read_schema(PGconn *conn, bool is_patient, Oid *event_type,
    char error[CONNECTION_ERROR_BYTES])
{
	const char *sql = "select tocsin_api.schema_version(), pg_catalog.oid("
			  "pg_catalog.to_regtype('tocsin_api.event_in'))";
	PGresult *res;
	int version, sent;

	sent = PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 0);
	if (!setup(conn, sent, &res, error))
		return is_patient && PQstatus(conn) == CONNECTION_OK;
	version = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	*event_type = (Oid)strtoul(PQgetvalue(res, 0, 1), NULL, 10);
	PQclear(res);
	if (version == SCHEMA + 1 && !is_patient)
		log_info("the schema has version %d, this program is for %d: "
			 "install the newer tocsin",
		    version, SCHEMA);
	if (schema_fits(version) || is_patient)
		return true;
	snprintf(error, CONNECTION_ERROR_BYTES,
	    "the schema has version %d, this program needs version %d: %s",
	    version, SCHEMA,
	    version < SCHEMA ? "run tocsin init" : "install a newer tocsin");
	return false;
}

/*
 * Pin search_path, so that even an unqualified name cannot resolve to an
 * object that another user made in schema public.  Pin read committed, since
 * ingest must see what others commit while it waits for its locks, whatever
 * the default of the role or database; and standard_conforming_strings, for
 * functions have backslashes in their literals.  Turn jit off: no query here
 * runs long enough to be worth compiling.
 */
static bool
set_session(PGconn *conn, char error[CONNECTION_ERROR_BYTES])
{
	const char *sql = "set search_path to pg_catalog, pg_temp;"
			  " set default_transaction_isolation"
			  " to 'read committed';"
			  " set standard_conforming_strings to on;"
			  " set jit to off";

	return setup(conn, PQsendQuery(conn, sql), NULL, error);
}

/*
 * A superuser must call functions only of a trusted owner: another role may
 * have created a schema of this name before tocsin was installed, and its
 * functions would run with a superuser's rights.
 */
static bool
owner_is_trusted(PGconn *conn, char error[CONNECTION_ERROR_BYTES])
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
		snprintf(error, CONNECTION_ERROR_BYTES,
		    "schema tocsin_api belongs to role %s, whose functions "
		    "a superuser must not run: connect as that role",
		    PQgetvalue(res, 0, 0));
	PQclear(res);
	return trusted;
}

/*
 * Set the session's parameters only if the session is ours alone or a
 * superuser's: behind a pooler, they would stay in force for its next client.
 */
static bool
secure_session(PGconn *conn, bool is_ours, char error[CONNECTION_ERROR_BYTES])
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
	return setup(conn, PQsendPrepare(conn, st->name, st->sql, 0, NULL),
	    NULL, error);
}

/*
 * Have the server abort the call within a second after the tool was killed.  On
 * some platforms it cannot, and finishes the call.
 */
static bool
watch_client(PGconn *conn)
{
	const char *sql = "set client_connection_check_interval to '1s'";
	char ignored[CONNECTION_ERROR_BYTES];

	setup(conn, PQsendQuery(conn, sql), NULL, ignored);
	return PQstatus(conn) == CONNECTION_OK;
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	log_debug("database: %s", PQresultErrorMessage(res));
}

/*
 * Connect to the first host of conninfo that answers, waiting two seconds
 * for each unless conninfo sets connect_timeout; looking up a name has no
 * time limit.  On failure return NULL and set error.
 */
static PGconn *
connect_to(const struct connection *c, Oid *event_type,
    char error[CONNECTION_ERROR_BYTES])
{
	/* conninfo overrides what precedes dbname, not what follows. */
	const char *const names[] = {"connect_timeout",
	    "fallback_application_name", "dbname", "client_encoding", NULL};
	const char *const values[] = {"2", "tocsin", c->conf->database, "UTF8",
	    NULL};
	const char *encoding;
	PGconn *conn;

	conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(conn) != CONNECTION_OK) {
		first_line(error, PQerrorMessage(conn));
		goto failed;
	}
	PQsetNoticeReceiver(conn, ignore_notice, NULL);
	encoding = PQparameterStatus(conn, "server_encoding");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
		first_line(error,
		    "the database's encoding must be UTF8: create one with "
		    "createdb -E UTF8 -T template0");
		goto failed;
	}
	if (PQsetnonblocking(conn, 1) == 0 &&
	    secure_session(conn, c->conf->prepared, error) &&
	    read_schema(conn, c->patient, event_type, error) &&
	    prepare(c->prepare, conn, error) &&
	    (!c->patient || watch_client(conn)))
		return conn;
failed:
	PQfinish(conn);
	return NULL;
}

struct connection *
connection_open(const struct conf *conf, const struct statement *prepare,
    bool patient)
{
	pthread_condattr_t attr;
	struct connection *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->conf = conf;
	c->prepare = prepare;
	c->patient = patient;
	c->complained_at = LOG_NEVER;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	return c;
}

/* Reconnect back-off with jitter. */
static int64_t
backoff_ms(int failures)
{
	int64_t ms = (int64_t)BACKOFF_MIN_MS << (failures < 4 ? failures : 4);

	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	return ms / 2 + clock_wall_us() % (ms / 2);
}

/* Count a failure; log only the first in a row.  Lock held. */
static void
note_failure(struct connection *c, const char *error)
{
	if (c->failures++ == 0 && !c->patient)
		log_warnx("database unavailable: %s", error);
	first_line(c->error, error);
}

/* Called with the lock held. */
static void
set_down(struct connection *c, const char *error)
{
	note_failure(c, error);
	c->state = DOWN;
	c->conn = NULL;
	c->retry_at = clock_ms() + backoff_ms(c->failures);
}

static void *
connector(void *arg)
{
	struct connection *c = arg;
	char error[CONNECTION_ERROR_BYTES] = "";
	Oid event_type = InvalidOid;
	PGconn *conn;

	conn = connect_to(c, &event_type, error);
	pthread_mutex_lock(&c->lock);
	if (conn == NULL) {
		set_down(c, error);
	} else {
		if (c->failures > 0 && c->rejections < 2)
			log_info("database available again");
		c->failures = 0;
		c->conn = conn;
		c->event_type = event_type;
		c->state = UP;
	}
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Called with the lock held. */
static void
start_connecting(struct connection *c)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	c->state = CONNECTING;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, connector, c);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		set_down(c, strerror(rc));
}

bool
connection_tick(struct connection *c)
{
	bool there;

	pthread_mutex_lock(&c->lock);
	if (c->state == DOWN && c->failures > 0 && clock_ms() >= c->retry_at)
		start_connecting(c);
	there = c->state == UP || c->failures == 0;
	pthread_mutex_unlock(&c->lock);
	return there;
}

PGconn *
connection_acquire(struct connection *c, int64_t deadline)
{
	PGconn *conn;
	struct timespec until;

	if (!c->patient && clock_left_ms(deadline) > CONNECT_MS)
		deadline = clock_ms() + CONNECT_MS;
	until.tv_sec = deadline / 1000;
	until.tv_nsec = deadline % 1000 * 1000000;
	pthread_mutex_lock(&c->lock);
	if (c->state == DOWN && clock_ms() >= c->retry_at)
		start_connecting(c);
	while (c->state == CONNECTING && c->failures == 0)
		if (pthread_cond_timedwait(&c->changed, &c->lock, &until) ==
		    ETIMEDOUT)
			note_failure(c, "connecting timed out");
	conn = c->state == UP ? c->conn : NULL;
	pthread_mutex_unlock(&c->lock);
	return conn;
}

bool
connection_is_up(struct connection *c)
{
	bool is_up;

	pthread_mutex_lock(&c->lock);
	is_up = c->state == UP;
	pthread_mutex_unlock(&c->lock);
	return is_up;
}

Oid
connection_event_type(const struct connection *c)
{
	return c->event_type;
}

void
connection_stored(struct connection *c)
{
	if (c->rejections > 1 && !c->patient)
		log_info("database available again");
	c->rejections = 0;
}

void
connection_drop(struct connection *c, const char *error, enum reconnect when)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	PGconn *conn = c->conn; /* error may be part of it */

	pthread_mutex_lock(&c->lock);
	if (when == RECONNECT_ONCE && c->rejections++ == 0)
		when = RECONNECT_NOW;
	if (when == RECONNECT_NOW) {
		if (!c->patient)
			log_info("database connection lost: %.*s",
			    (int)strcspn(error, "\n"), error);
		c->state = DOWN;
		c->conn = NULL;
		c->retry_at = 0;
	} else {
		/* Connecting succeeded, which has reset the back-off. */
		if (when == RECONNECT_ONCE)
			c->failures = c->rejections - 2;
		set_down(c, error);
	}
	pthread_mutex_unlock(&c->lock);
	/*
	 * Reset the connection: what the kernel still buffers of a call must
	 * not reach the server after its sender was told to retry.
	 */
	setsockopt(PQsocket(conn), SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
	PQfinish(conn);
}

void
connection_complain(struct connection *c, const char *error)
{
	char line[CONNECTION_ERROR_BYTES];
	bool is_same;

	first_line(line, error);
	pthread_mutex_lock(&c->lock);
	is_same = strcmp(line, c->error) == 0;
	memcpy(c->error, line, sizeof(line));
	/* Each event may have a message of its own. */
	if (log_is_due(&c->complained_at,
		is_same ? LOG_AGAIN_MS : COMPLAIN_AGAIN_MS))
		log_warnx("database: %s", line);
	pthread_mutex_unlock(&c->lock);
}

/* Copies, since the connector may write a new one at any moment. */
void
connection_error(struct connection *c, char *error, size_t size)
{
	pthread_mutex_lock(&c->lock);
	snprintf(error, size, "%s", c->error);
	pthread_mutex_unlock(&c->lock);
}

/*
 * A connector that hangs in the resolver cannot be stopped, so the struct is
 * leaked to it: harmless, since connections are closed only at exit.
 */
bool
connection_close(struct connection *c)
{
	bool connecting;

	pthread_mutex_lock(&c->lock);
	connecting = c->state == CONNECTING;
	pthread_mutex_unlock(&c->lock);
	if (connecting)
		return false;
	PQfinish(c->conn);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c);
	return true;
}
