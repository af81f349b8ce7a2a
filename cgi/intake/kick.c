/* SPDX-License-Identifier: ISC */
#include "intake/kick.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/spawn.h"
#include "base/timing.h"

#define OWN_ARGUMENTS 5 /* those that are not of the configuration */

struct kick {
	const struct conf *conf;
	const struct spool_dir *spool;
	struct program own;
	atomic_bool noted;
	atomic_llong kicked_at; /* by this process, of clock_ms() */
	atomic_llong complained_at;
};

struct kick *
kick_open(const struct conf *conf, const struct spool_dir *spool)
{
	struct kick *k;

	if (!conf->relay_start)
		return NULL;
	if (spool == NULL) {
		log_warnx("relay_start needs a spool");
		return NULL;
	}
	k = calloc(1, sizeof(*k));
	if (k == NULL || program_find(&k->own) == -1) {
		log_warn("could not find " KICK_PROGRAM);
		free(k);
		return NULL;
	}
	k->conf = conf;
	k->spool = spool;
	atomic_store(&k->kicked_at, clock_ms() - KICK_EVERY_MS);
	atomic_store(&k->complained_at, LOG_NEVER);
	/* Reap those that have ended automatically. */
	signal(SIGCHLD, SIG_IGN);
	return k;
}

void
kick_note(struct kick *k)
{
	if (k != NULL)
		k->noted = true;
}

bool
kick_is_due(struct kick *k)
{
	return k != NULL && clock_ms() - k->kicked_at >= KICK_EVERY_MS &&
	    atomic_exchange(&k->noted, false);
}

/* Return the environment of the relay; the caller frees the array. */
static char **
kept_environment(void)
{
	size_t n = 0;
	char **kept;

	while (environ[n] != NULL)
		n++;
	kept = calloc(n + 1, sizeof(*kept));
	n = 0;
	for (char **e = environ; kept != NULL && *e != NULL; e++)
		if (process_keeps(*e))
			kept[n++] = *e;
	return kept;
}

/* Return its arguments: it reads the configuration of this process. */
static const char **
arguments(const struct conf *conf, const char *path)
{
	const char **argv =
	    calloc(2 * conf->set_n + OWN_ARGUMENTS + 1, sizeof(*argv));
	size_t n = 0;

	if (argv == NULL)
		return NULL;
	argv[n++] = path;
	argv[n++] = "--once";
	argv[n++] = "--started";
	if (conf->path != NULL) {
		argv[n++] = "-c";
		argv[n++] = conf->path;
	}
	for (size_t i = 0; i < conf->set_n; i++) {
		argv[n++] = "-o";
		argv[n++] = conf->set[i];
	}
	return argv;
}

/* Returns 0 or an error number. */
static int
start(const struct kick *k)
{
	struct spawn s = {.in = -1, .err = -1, .own_session = true};
	char path[PATH_MAX], **environment;
	const char **argv;
	int rc = ENOMEM;
	pid_t pid;

	if (program_beside(&k->own, KICK_PROGRAM, path) == -1)
		return errno;
	environment = kept_environment();
	argv = arguments(k->conf, path);
	if (environment != NULL && argv != NULL) {
		/* It takes them as they are, const or not. */
		s.argv = (char *const *)(uintptr_t)argv;
		s.environment = environment;
		rc = spawn(&s, &pid);
	}
	free(environment);
	free(argv);
	return rc;
}

void
kick(struct kick *k)
{
	long long last;

	if (k == NULL)
		return;
	last = k->kicked_at;
	if (clock_ms() - last < KICK_EVERY_MS ||
	    !atomic_compare_exchange_strong(&k->kicked_at, &last, clock_ms()) ||
	    !spool_dir_mark(k->spool, KICK_MARK, KICK_EVERY_MS))
		return;
	errno = start(k);
	if (errno != 0 && log_is_due(&k->complained_at, LOG_AGAIN_MS))
		log_warn("could not start " KICK_PROGRAM);
}

void
kick_close(struct kick *k)
{
	free(k);
}
