/* SPDX-License-Identifier: ISC */
#include "relay/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/spawn.h"
#include "relay/mask.h"

#define NAME_MAX_BYTES 32
#define READS_MAX 64 /* at a time */

struct child {
	pid_t pid;
	int err; /* our end; -1 = closed */
	struct buf said;
	void *owner;
	int64_t started, deadline;
	bool timed_out;
};

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
free_child(struct child *c)
{
	close_end(&c->err);
	buf_free(&c->said);
	free(c);
}

/* Return an unnamed file with this content, at its beginning; or -1. */
static int
make_file(struct slice content)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	ssize_t n = 0;

	for (size_t done = 0; fd != -1 && done < content.len;
	     done += (size_t)n) {
		n = write(fd, content.p + done, content.len - done);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			close_end(&fd);
	}
	if (fd != -1)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Create its input and a pipe for its stderr, non-blocking here; start it. */
static int
start(struct child *c, char *const *argv, char *const *environment,
    struct slice input)
{
	int in = make_file(input), err[2] = {-1, -1}, rc = 0;
	struct spawn s = {.argv = argv,
	    .environment = environment,
	    .directory = "/"};

	if (in == -1 || pipe2(err, O_CLOEXEC) == -1 ||
	    fcntl(err[0], F_SETFL, O_NONBLOCK) == -1)
		rc = errno;
	c->err = err[0];
	s.in = in;
	s.err = err[1];
	if (rc == 0)
		rc = spawn(&s, &c->pid);
	close_end(&in);
	close_end(&err[1]);
	return rc;
}

struct child *
child_start(char *const *argv, char *const *environment, struct slice input,
    int timeout_ms, void *owner, char why[JOB_WHY_BYTES])
{
	struct child *c = calloc(1, sizeof(*c));
	int rc = ENOMEM;

	if (c != NULL) {
		c->owner = owner;
		c->err = -1;
		c->said.max = CHILD_SAID_BYTES - 1;
		c->started = clock_ms();
		c->deadline = c->started + timeout_ms;
		rc = start(c, argv, environment, input);
	}
	if (rc == 0)
		return c;
	snprintf(why, JOB_WHY_BYTES, "could not execute \"%.120s\": %s",
	    argv[0], strerror(rc));
	if (c != NULL)
		free_child(c);
	return NULL;
}

size_t
child_poll(const struct child *c, struct pollfd fds[CHILD_FDS])
{
	size_t n = 0;

	if (c->err != -1)
		fds[n++] = (struct pollfd){.fd = c->err, .events = POLLIN};
	return n;
}

int64_t
child_deadline(const struct child *c)
{
	return c->deadline;
}

/*
 * Keep the beginning of its stderr and discard the rest.  Reads are limited, so
 * that a program that never stops writing does not occupy the caller.
 */
static void
listen_to(struct child *c)
{
	char text[512];
	size_t room;
	ssize_t n;

	for (int i = 0; i < READS_MAX && c->err != -1; i++) {
		n = read(c->err, text, sizeof(text));
		room = c->said.max - c->said.len;
		if (n > 0)
			buf_append(&c->said, text,
			    (size_t)n < room ? (size_t)n : room);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			close_end(&c->err);
		else if (errno == EAGAIN)
			return;
	}
}

static void
describe(const struct child *c, int status, struct child_result *r)
{
	const struct mask nothing = {.hidden.max = 0};

	*r = (struct child_result){.owner = c->owner,
	    .status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	    .took_ms = (int)(clock_ms() - c->started),
	    .timed_out = c->timed_out};
	mask_show(&nothing, (struct slice){c->said.data, c->said.len}, r->said,
	    sizeof(r->said));
}

bool
child_step(struct child *c, struct child_result *result)
{
	pid_t ended;
	int status;

	listen_to(c);
	ended = waitpid(c->pid, &status, WNOHANG);
	if (ended == c->pid) {
		listen_to(c);
		describe(c, status, result);
		free_child(c);
		return true;
	}
	if (clock_left_ms(c->deadline) == 0) {
		kill(-c->pid, c->timed_out ? SIGKILL : SIGTERM);
		c->timed_out = true;
		c->deadline = clock_ms() + CHILD_KILL_MS;
	}
	return false;
}

void
child_kill(struct child *c)
{
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	free_child(c);
}

/* Return whether only root and this user can write the file of st. */
static bool
is_safe(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Return whether name has lower-case letters, digits and -, not - first. */
static bool
is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len <= NAME_MAX_BYTES && name[len] == '\0' &&
	    name[0] != '-';
}

int
child_check_directory(const char *directory, char why[JOB_WHY_BYTES])
{
	const char *fault = NULL;
	struct stat st;

	if (stat(directory, &st) == -1)
		fault = strerror(errno);
	else if (!S_ISDIR(st.st_mode))
		fault = "not a directory";
	else if (!is_safe(&st))
		fault = "users other than root and the relay's can write to it";
	if (fault == NULL)
		return 0;
	snprintf(why, JOB_WHY_BYTES, "relay_commands, \"%.100s\": %.100s",
	    directory, fault);
	return -1;
}

int
child_find(const char *directory, const char *name, char path[PATH_MAX],
    char why[JOB_WHY_BYTES])
{
	const char *fault = NULL;
	struct stat st;

	if (directory[0] == '\0')
		fault = "relay_commands is not set in the configuration";
	else if (!is_name(name))
		fault = "not a valid name of a command";
	else if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
		fault = strerror(ENAMETOOLONG);
	else if (child_check_directory(directory, why) == -1)
		return -1;
	else if (stat(path, &st) == -1)
		fault = strerror(errno);
	else if (!S_ISREG(st.st_mode) || access(path, X_OK) == -1)
		fault = "not a program";
	else if (!is_safe(&st))
		fault = "users other than root and the relay's can write to it";
	if (fault == NULL)
		return 0;
	snprintf(why, JOB_WHY_BYTES, "command \"%.40s\"%s%.80s%s: %.100s", name,
	    directory[0] == '\0' ? "" : " in \"", directory,
	    directory[0] == '\0' ? "" : "\"", fault);
	return -1;
}
