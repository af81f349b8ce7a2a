/* SPDX-License-Identifier: ISC */
#include "spool/spooler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "spool/tally.h"

struct spooler {
	struct spool_dir *dir;
	struct admission *admission;
	atomic_llong complained_at;
};

struct spooler *
spooler_open(struct spool_dir *dir)
{
	struct spooler *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->dir = dir;
	s->complained_at = LOG_NEVER;
	s->admission = admission_open(dir);
	if (s->admission == NULL) {
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

/* Rate-limit the warning: on a full disk the log must not grow fast. */
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
	if (tally_gate(s->dir, g) == -1)
		complain(s, "read", strerror(errno));
}

void
spooler_put(struct spooler *s, const struct event *const *events, size_t n,
    int64_t deadline, enum outcome *outcomes)
{
	char database[UUID_TEXT_BYTES];
	const char *why;

	/* They have one sender: all may spool, or none. */
	if (s == NULL || n == 0 ||
	    admission_check(s->admission, events[0]->from, database) !=
		OUTCOME_OK)
		return;
	why = spool_put(s->dir, events, n, database, deadline, outcomes);
	if (why != NULL)
		complain(s, "write to", why);
}

void
spooler_close(struct spooler *s)
{
	if (s == NULL)
		return;
	admission_close(s->admission);
	spool_dir_close(s->dir);
	free(s);
}
