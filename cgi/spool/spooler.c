/* SPDX-License-Identifier: ISC */
#include "spool/spooler.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/batch.h"
#include "spool/backlog.h"

#define COUNT_MS 1000 /* between two looks at how much waits */

struct spooler {
	struct spool_dir *dir;
	struct admission *admission;
	atomic_llong complained_at;
	pthread_mutex_t lock; /* over all that follows */
	struct gate seen; /* a while ago, and what we put there since */
	int64_t seen_at;
};

struct spooler *
spooler_open(struct spool_dir *dir)
{
	struct spooler *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->dir = dir;
	s->complained_at = LOG_NEVER;
	s->seen_at = -COUNT_MS;
	pthread_mutex_init(&s->lock, NULL);
	s->admission = admission_open(dir);
	if (s->admission == NULL) {
		pthread_mutex_destroy(&s->lock);
		free(s);
		return NULL;
	}
	return s;
}

const struct spool_dir *
spooler_dir(const struct spooler *s)
{
	return s->dir;
}

struct admission *
spooler_admission(const struct spooler *s)
{
	return s->admission;
}

/* A full disk must not be filled further with news of it. */
static void
complain(struct spooler *s, const char *what, const char *why)
{
	if (log_is_due(&s->complained_at, LOG_AGAIN_MS))
		log_warnx("could not %s the spool \"%s\": %s", what,
		    s->dir->conf->spool, why);
}

void
spooler_gate(struct spooler *s, struct gate *g)
{
	if (backlog_gate(s->dir, g) == -1)
		complain(s, "read", strerror(errno));
}

/*
 * What waits, for the limits: in a long outage too much to be counted for
 * each event.  Before something is refused for it, it is counted again.
 */
static void
look(struct spooler *s, struct gate *g, size_t n, size_t bytes)
{
	const struct conf *conf = s->dir->conf;

	pthread_mutex_lock(&s->lock);
	if (clock_ms() - s->seen_at >= COUNT_MS ||
	    s->seen.files + n > (size_t)conf->spool_max_files ||
	    s->seen.bytes + bytes > (uint64_t)conf->spool_max_bytes) {
		spooler_gate(s, &s->seen);
		s->seen_at = clock_ms();
	}
	*g = s->seen;
	s->seen.files += n;
	s->seen.bytes += bytes;
	pthread_mutex_unlock(&s->lock);
}

/* One step of spooler_put(), of BATCH_EVENTS_MAX events at most. */
static void
put_some(struct spooler *s, const struct event *const *events, size_t n,
    enum outcome *outcomes)
{
	const struct event *chosen[BATCH_EVENTS_MAX];
	char database[UUID_TEXT_BYTES];
	enum outcome done[BATCH_EVENTS_MAX];
	size_t index[BATCH_EVENTS_MAX], m = 0, bytes = 0;
	struct gate g;
	const char *why;

	for (size_t i = 0; i < n; i++) {
		if (events[i] == NULL || outcomes[i] != OUTCOME_UNAVAILABLE)
			continue;
		if (admission_check(s->admission, events[i]->from, database) !=
		    OUTCOME_OK)
			continue;
		bytes += events[i]->raw.len;
		chosen[m] = events[i];
		index[m++] = i;
	}
	if (m == 0)
		return;
	look(s, &g, m, bytes);
	why = spool_put(s->dir, &g, chosen, m, database, done);
	if (why != NULL)
		complain(s, "write to", why);
	for (size_t i = 0; i < m; i++)
		outcomes[index[i]] = done[i];
}

void
spooler_put(struct spooler *s, const struct event *const *events, size_t n,
    enum outcome *outcomes)
{
	for (size_t i = 0; s != NULL && i < n; i += BATCH_EVENTS_MAX) {
		size_t some = n - i;

		if (some > BATCH_EVENTS_MAX)
			some = BATCH_EVENTS_MAX;
		put_some(s, events + i, some, outcomes + i);
	}
}

void
spooler_close(struct spooler *s)
{
	if (s == NULL)
		return;
	admission_close(s->admission);
	pthread_mutex_destroy(&s->lock);
	spool_dir_close(s->dir);
	free(s);
}
