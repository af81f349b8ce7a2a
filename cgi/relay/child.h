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
 * A program that takes a message on its standard input: sendmail, or a command
 * of the operator.  It is executed without a shell, in the directory /, in a
 * process group of its own, with no descriptor but its standard ones and no
 * environment but what is handed to it.
 */
struct child;

/* What became of it. */
struct child_result {
	void *owner;
	int status; /* exit status; -1 = a signal ended it */
	int took_ms;
	bool timed_out;
	char said[CHILD_SAID_BYTES]; /* the beginning of its stderr */
};

/*
 * Start argv[0] with input to read, all of which is there when it begins: if
 * this process is killed, no program mistakes a part for a message.  After
 * timeout_ms it gets SIGTERM, and then SIGKILL.  Returns NULL with why set.
 * SIGCHLD tells that it may have ended.
 */
struct child *child_start(char *const *argv, char *const *environment,
    struct slice input, int timeout_ms, void *owner, char why[JOB_WHY_BYTES]);

/* Fill in the descriptors to wait for; returns their number. */
size_t child_poll(const struct child *c, struct pollfd fds[CHILD_FDS]);

/* Return when child_step() is due at the latest, on clock_ms(). */
int64_t child_deadline(const struct child *c);

/*
 * Read what can be, and stop a program that takes too long.  Returns true when
 * it has ended, with *result; it is freed then.
 */
bool child_step(struct child *c, struct child_result *result);

/* Kill it, and wait for that. */
void child_kill(struct child *c);

/*
 * Check that nobody but root and this process's user can change what is in
 * the directory of commands.  Returns 0, or -1 with why set.
 */
int child_check_directory(const char *directory, char why[JOB_WHY_BYTES]);

/*
 * The same; and that the file name in it is such a program; and write its
 * path.
 */
int child_find(const char *directory, const char *name, char path[PATH_MAX],
    char why[JOB_WHY_BYTES]);

#endif
