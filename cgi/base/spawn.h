/* SPDX-License-Identifier: ISC */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* How a program is started. */
struct spawn {
	char *const *argv; /* argv[0] is its path */
	char *const *environment;
	const char *directory; /* NULL = that of this process */
	int in, err; /* its standard input and error; -1 = /dev/null */
	bool own_session; /* else a process group of its own */
};

/*
 * Start a program, without a shell: its standard output is /dev/null, it has
 * no other descriptor, no signal is blocked or ignored.  Returns 0 and its
 * process in *pid, or an error number.
 */
int spawn(const struct spawn *s, pid_t *pid);

#endif
