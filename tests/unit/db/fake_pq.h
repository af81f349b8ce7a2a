/* SPDX-License-Identifier: ISC */
#ifndef FAKE_PQ_H
#define FAKE_PQ_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "db/fake_result.h"
#include "db/fake_time.h"

/*
 * A connection that follows a script, in the place of libpq's, for the one
 * file of a test that includes it.  Connecting and each statement take the
 * next step.  Every wait is first interrupted by a signal, and every
 * statement needs a second flush.
 */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const struct pq_step *next;
	int wrong; /* calls that the script does not have */
	int open;
	atomic_int connects; /* attempts */
	bool hangs; /* connecting does, until pq_release() */
	bool was_reset; /* the last one that was closed */
	const char *names[8], *values[8]; /* of the last connecting */
	PGconn *conn; /* the last one */
} pq = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct pg_conn {
	const struct pq_step *connect, *step;
	ConnStatusType status;
	int fd;
	int polls, flushes, results; /* of this statement */
	bool is_busy;
};

static const struct pq_step *
take_step(const char *call)
{
	static const struct pq_step refused = {.call = "", .fate = PQ_UNSENT};
	const struct pq_step *s;

	pthread_mutex_lock(&pq.lock);
	s = pq.next;
	if (s->call == NULL || strstr(call, s->call) == NULL) {
		printf("# not in the script: %s\n", call);
		pq.wrong++;
		s = &refused;
	} else {
		pq.next++;
	}
	pthread_mutex_unlock(&pq.lock);
	return s;
}

/* From now on this is what happens. */
static inline void
pq_script(const struct pq_step *steps)
{
	pthread_mutex_lock(&pq.lock);
	pq.next = steps;
	pq.wrong = 0;
	pthread_mutex_unlock(&pq.lock);
}

/* Return whether all of the script has happened, and nothing else. */
static inline bool
pq_played(void)
{
	bool played;

	pthread_mutex_lock(&pq.lock);
	played = pq.wrong == 0 && pq.next->call == NULL;
	if (!played && pq.next->call != NULL)
		printf("# the script goes on with: %s\n", pq.next->call);
	pthread_mutex_unlock(&pq.lock);
	return played;
}

/* Let connecting hang, and those who wait for it run into their deadlines. */
static inline void
pq_hang(void)
{
	pq.hangs = true;
	fake_time.runs_out = true;
}

static inline void
pq_release(void)
{
	pthread_mutex_lock(&pq.lock);
	pq.hangs = false;
	fake_time.runs_out = false;
	pthread_cond_broadcast(&pq.changed);
	pthread_mutex_unlock(&pq.lock);
}

PGconn *
PQconnectdbParams(const char *const *names, const char *const *values,
    int expand)
{
	PGconn *conn = calloc(1, sizeof(*conn));

	(void)expand;
	pthread_mutex_lock(&pq.lock);
	pq.open++;
	pq.connects++;
	for (int i = 0; i < 7 && names[i] != NULL; i++) {
		pq.names[i] = names[i];
		pq.values[i] = values[i];
	}
	while (pq.hangs)
		pthread_cond_wait(&pq.changed, &pq.lock);
	pq.conn = conn;
	pthread_mutex_unlock(&pq.lock);
	conn->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	conn->connect = conn->step = take_step("connect");
	conn->status =
	    conn->step->fate == PQ_ANSWERS ? CONNECTION_OK : CONNECTION_BAD;
	return conn;
}

void
PQfinish(PGconn *conn)
{
	struct linger on = {0};
	socklen_t len = sizeof(on);

	if (conn == NULL)
		return;
	getsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &on, &len);
	close(conn->fd);
	pthread_mutex_lock(&pq.lock);
	pq.was_reset = on.l_onoff != 0 && on.l_linger == 0;
	pq.open--;
	pthread_mutex_unlock(&pq.lock);
	free(conn);
}

/* They need struct pg_conn. */
#include "db/fake_receive.h"
#include "db/fake_send.h"

#endif
