/* SPDX-License-Identifier: ISC */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/*
 * Block the signals by which a web server ends a program: it ends a CGI
 * program whose client disconnects, but an event that was read must be
 * stored.
 */
void process_block_signals(void);

/*
 * Get SIGTERM when the parent ends: a web server that is killed cannot stop
 * its processes, and its successor would use our socket, and so an old
 * program, or leave us running for ever.  Ends the process if that has
 * happened already.
 */
void process_end_with_parent(void);

/* The file that this process runs. */
struct program {
	char path[PATH_MAX];
	struct stat image;
};

/* Returns 0, or -1 with errno. */
int program_find(struct program *p);

/* Return whether the file was replaced, changed or removed. */
bool program_is_stale(const struct program *p);

#endif
