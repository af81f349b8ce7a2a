/* SPDX-License-Identifier: ISC */
#include "door/start.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "door/place.h"

#define LOG_BYTES_MAX (1024 * 1024)
#define FDS_MAX 65536

/* The content of door.lock: times of starts on clock_ms(), 0 = none. */
struct starts {
	int64_t at[DOOR_STARTS_MAX]; /* the oldest first */
	int64_t closed_until;
};

static void
complain(const struct conf *conf)
{
	/* If the log cannot be opened, it stays stderr, the web server's. */
	log_open(conf->log, log_level_named(conf->log_level));
	log_warnx("the responder of spool \"%s\" was started %d times within "
		  "a minute; for a minute each request gets one of its own",
	    conf->spool, DOOR_STARTS_MAX);
}

/* Count this start.  Returns whether it is allowed. */
static bool
may_start(const struct conf *conf, int lock)
{
	struct starts s;
	int64_t now = clock_ms();
	bool closed;

	if (pread(lock, &s, sizeof(s), 0) != sizeof(s))
		memset(&s, 0, sizeof(s));
	/* A time in the future was written before the machine booted. */
	if (s.closed_until > now && s.closed_until - now <= DOOR_STARTS_MS)
		return false;
	closed =
	    s.at[0] > 0 && s.at[0] <= now && now - s.at[0] < DOOR_STARTS_MS;
	if (closed) {
		memset(&s, 0, sizeof(s));
		s.closed_until = now + DOOR_STARTS_MS;
		complain(conf);
	} else {
		memmove(s.at, s.at + 1, sizeof(s.at) - sizeof(s.at[0]));
		s.at[DOOR_STARTS_MAX - 1] = now;
	}
	return pwrite(lock, &s, sizeof(s), 0) == sizeof(s) && !closed;
}

/* Rename the log if it is too long; checked when a responder starts. */
static void
rotate_log(const struct conf *conf, const char *log)
{
	char old[PATH_MAX];
	struct stat st;

	if (stat(log, &st) == 0 && st.st_size > LOG_BYTES_MAX &&
	    door_path(old, conf->spool, DOOR_OLD_LOG) == 0)
		rename(log, old);
}

static void
close_others(void)
{
	struct rlimit limit;
	int max = FDS_MAX;

	if (close_range(STDERR_FILENO + 1, ~0U, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FDS_MAX)
		max = (int)limit.rlim_cur;
	for (int fd = STDERR_FILENO + 1; fd < max; fd++)
		close(fd);
}

/*
 * Reset all that a web server set for this process, except for the working
 * directory, since libpq's settings may contain relative paths.
 */
static void
detach(int lock)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	setsid();
	sigemptyset(&none);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(077);
	if (null == -1 || dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1 || dup2(lock, STDIN_FILENO) == -1)
		_exit(1);
	close_others();
}

/* Remove from the environment what the responder does not need. */
static char **
kept_environment(void)
{
	char **to = environ;

	for (char **from = environ; from != NULL && *from != NULL; from++)
		if (process_keeps(*from))
			*to++ = *from;
	if (to != NULL)
		*to = NULL;
	return environ;
}

static _Noreturn void
become(const struct conf *conf, const char *program, int lock)
{
	char log[PATH_MAX], set_log[PATH_MAX + 8];
	char **env;

	/* Standard error is /dev/null. */
	snprintf(set_log, sizeof(set_log), "log=%s", conf->log);
	if (strcmp(conf->log, "stderr") == 0 &&
	    door_path(log, conf->spool, DOOR_LOG) == 0) {
		rotate_log(conf, log);
		snprintf(set_log, sizeof(set_log), "log=%s", log);
	}
	detach(lock);
	env = kept_environment();
	execle(program, program, "--door", conf->spool, "-o", set_log,
	    (char *)NULL, env);
	_exit(127);
}

void
door_start(const struct conf *conf, const char *program)
{
	char path[PATH_MAX];
	struct stat st;
	int lock;

	if (door_path(path, conf->spool, DOOR_LOCK) == -1)
		return;
	lock = open(path,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (lock == -1)
		return;
	/* A lock on a file that was deleted meanwhile protects nothing. */
	if (flock(lock, LOCK_EX | LOCK_NB) == 0 && fstat(lock, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_nlink == 1 && may_start(conf, lock) &&
	    fork() == 0)
		become(conf, program, lock);
	close(lock); /* the responder has a descriptor of its own */
}
