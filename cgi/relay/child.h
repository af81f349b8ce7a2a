/* SPDX-License-Identifier: ISC */
#ifndef RELAY_CHILD_H
#define RELAY_CHILD_H

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "relay/job.h"

#define CHILD_SAID_BYTES 501
#define CHILD_KILL_MS 2000 /* between SIGTERM and SIGKILL */
#define CHILD_FDS 1

/*
 * A program that reads a message from its standard input: sendmail, or a
 * command of the operator.  It is executed without a shell, in the directory /,
 * in a process group of its own, with its standard descriptors only and with
 * the environment that child_start() is given only.
 */
struct child;

/* How the program ended. */
struct child_result {
	void *owner;
	int status; /* exit status; -1 = a signal ended it */
	int took_ms;
	bool timed_out;
	char said[CHILD_SAID_BYTES]; /* the beginning of its stderr */
};

/*
 * Start argv[0] with input as its standard input, complete before it starts:
 * if this process is killed, no program takes part of a message for the whole.
 * After timeout_ms it gets SIGTERM, and CHILD_KILL_MS later SIGKILL.  Returns
 * NULL with why set.  SIGCHLD says that it may have ended.
 */
struct child *child_start(char *const *argv, char *const *environment,
    struct slice input, int timeout_ms, void *owner, char why[JOB_WHY_BYTES]);

/* Fill in the descriptors to wait for; returns their number. */
size_t child_poll(const struct child *c, struct pollfd fds[CHILD_FDS]);

/* Return when child_step() is due at the latest, on clock_ms(). */
int64_t child_deadline(const struct child *c);

/*
 * Read its stderr without blocking, and signal it if it is past its deadline.
 * Returns true once it has ended, with *result set; c is then freed.
 */
bool child_step(struct child *c, struct child_result *result);

/* Kill the program, wait for its end and free c. */
void child_kill(struct child *c);

/*
 * Check that only root and this process's user can write to the directory of
 * commands.  Returns 0, or -1 with why set.
 */
int child_check_directory(const char *directory, char why[JOB_WHY_BYTES]);

/*
 * Check the directory likewise, and that name in it is an executable file that
 * only root and this process's user can write; write its path.  Returns 0, or
 * -1 with why set.
 */
int child_find(const char *directory, const char *name, char path[PATH_MAX],
    char why[JOB_WHY_BYTES]);

#endif
