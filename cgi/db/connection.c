/* SPDX-License-Identifier: ISC */
#include "db/connection.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

#define CONNECT_WAIT_MS 1000 /* a caller's patience with a new connection */
#define BREAKER_MIN_MS 1000
#define BREAKER_MAX_MS 5000
#define COMPLAIN_MS 10000 /* between two log lines of the same text */

enum state {
	DOWN, /* no connection, and none is being made */
	CONNECTING, /* a thread of its own has conn */
	UP /* the caller has conn */
};

struct connection {
	const struct conf *conf;
	const struct statement *prepare; /* NULL = nothing */
	bool patient;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed; /* state left CONNECTING */
	enum state state;
	PGconn *conn;
	int failures; /* to connect, in a row */
	int64_t retry_at; /* when DOWN: not before this */
	int64_t complained_at;
	char error[WIRE_ERROR_BYTES]; /* of the last failure */
};

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
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	pthread_condattr_destroy(&attr);
	return c;
}

/* How long to leave a database alone: longer each time, and never at once. */
static int64_t
pause_ms(int failures)
{
	int64_t ms = (int64_t)BREAKER_MIN_MS << (failures < 4 ? failures : 4);

	if (ms > BREAKER_MAX_MS)
		ms = BREAKER_MAX_MS;
	return ms / 2 + clock_wall_us() % (ms / 2);
}

/* Called with the lock held.  Opens the breaker; an outage is logged once. */
static void
note_failure(struct connection *c, const char *error)
{
	if (c->failures++ == 0 && !c->patient)
		log_warnx("database unavailable: %s", error);
	wire_error(c->error, error);
}

/* Called with the lock held. */
static void
set_down(struct connection *c, const char *error)
{
	note_failure(c, error);
	c->state = DOWN;
	c->conn = NULL;
	c->retry_at = clock_ms() + pause_ms(c->failures);
}

static void *
connector(void *arg)
{
	struct connection *c = arg;
	char error[WIRE_ERROR_BYTES] = "";
	PGconn *conn;

	conn = wire_connect(c->conf->database, c->conf->prepared, c->patient,
	    c->prepare, error);
	pthread_mutex_lock(&c->lock);
	if (conn == NULL) {
		set_down(c, error);
	} else {
		if (c->failures > 0)
			log_info("database available again");
		c->failures = 0;
		c->conn = conn;
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

	if (!c->patient && clock_left_ms(deadline) > CONNECT_WAIT_MS)
		deadline = clock_ms() + CONNECT_WAIT_MS;
	until.tv_sec = deadline / 1000;
	until.tv_nsec = deadline % 1000 * 1000000;
	pthread_mutex_lock(&c->lock);
	if (c->state == DOWN && clock_ms() >= c->retry_at)
		start_connecting(c);
	while (c->state == CONNECTING && c->failures == 0)
		if (pthread_cond_timedwait(&c->changed, &c->lock, &until) ==
		    ETIMEDOUT)
			note_failure(c, "connecting takes too long");
	conn = c->state == UP ? c->conn : NULL;
	pthread_mutex_unlock(&c->lock);
	return conn;
}

void
connection_drop(struct connection *c, const char *error, bool at_once)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	PGconn *conn = c->conn; /* error may be part of it */

	pthread_mutex_lock(&c->lock);
	if (at_once) {
		if (!c->patient)
			log_info("database connection lost: %.*s",
			    (int)strcspn(error, "\n"), error);
		c->state = DOWN;
		c->conn = NULL;
		c->retry_at = 0;
	} else {
		set_down(c, error);
	}
	pthread_mutex_unlock(&c->lock);
	/*
	 * What the kernel still holds of a call must not reach the server
	 * after we have told its sender to come again.
	 */
	setsockopt(PQsocket(conn), SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
	PQfinish(conn);
}

void
connection_complain(struct connection *c, const char *error)
{
	char line[WIRE_ERROR_BYTES];
	int64_t now = clock_ms();

	wire_error(line, error);
	if (strcmp(line, c->error) == 0 && now - c->complained_at < COMPLAIN_MS)
		return;
	c->complained_at = now;
	memcpy(c->error, line, sizeof(line));
	log_warnx("database: %s", line);
}

const char *
connection_error(const struct connection *c)
{
	return c->error;
}

/*
 * A connector that hangs in the resolver can not be stopped: its struct is left
 * to it, which matters to nobody since we close only on the way out.
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
