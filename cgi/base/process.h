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
 * Let a write fail that would end the process: to a pipe or socket that nobody
 * reads, or beyond the length that the host allows a file.
 */
void process_ignore_signals(void);

/*
 * Get SIGTERM when the parent ends: a web server that is killed cannot stop
 * its processes, and its successor would use our socket, and so an old
 * program, or leave us running for ever.  Ends the process if that has
 * happened already.
 */
void process_end_with_parent(void);

/*
 * Return whether a variable ("NAME=value") is handed on to a program of ours
 * that a CGI program starts: the configuration's and libpq's are, and HOME.
 * Nothing else, since a CGI environment contains what a sender wrote into
 * headers; and not the keys that speak of a process which the web server
 * starts.
 */
bool process_keeps(const char *variable);

/* The file that this process runs. */
struct program {
	char path[PATH_MAX];
	struct stat image;
};

/* Returns 0, or -1 with errno. */
int program_find(struct program *p);

/*
 * Find another program of ours: beside it, where it was built, or where make
 * install puts it.  Returns 0, or -1 with errno.
 */
int program_beside(const struct program *p, const char *name,
    char path[PATH_MAX]);

/* Return whether the file was replaced, changed or removed. */
bool program_is_stale(const struct program *p);

#endif
