/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_DIR_H
#define SPOOL_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

#define SPOOLDIR_ERROR_BYTES 512

/* Files for spooldir_lock(). */
#define SPOOLDIR_SEQUENCE "seq.lock"
#define SPOOLDIR_DRAIN "drain.lock"

/*
 * The directory of the spool, shared by all processes: events as files while
 * the database is away.  As in a Maildir a file is written and synced in
 * tmp/, then renamed into new/, so that what stands in new/ is whole.
 */
struct spooldir {
	const struct conf *conf;
	int dir;
	int tmp;
	int new; /* waiting, in the order of their names */
	int bad; /* could not be stored; NAME.why says why */
};

/*
 * Open conf->spool and make what is missing in it.  NULL with error, a line
 * that says how to mend it, when it can not keep a promise: not ours, open
 * to others, or on a file system that forgets at a power cut while conf does
 * not ask for that.  Logs a warning for a place that a reboot cleans.
 */
struct spooldir *spooldir_open(const struct conf *conf,
    char error[SPOOLDIR_ERROR_BYTES]);

/*
 * Open NAME in the directory at as open(2) does with these flags.  Never
 * waits and follows no link; -1 with errno, EINVAL for what is no regular
 * file: a FIFO would hold up whoever opens it, a device never ends.
 */
int spooldir_open_file(int at, const char *name, int flags);

/*
 * Open NAME in the directory itself and take its lock (flock(2), which the
 * kernel gives back when we die).  -1 when another has it for longer than
 * wait_ms (EWOULDBLOCK), or with errno for any other reason.  close() frees
 * it.
 */
int spooldir_lock(const struct spooldir *d, const char *name, int wait_ms);

/*
 * Write len bytes at p to a new file NAME in the directory at, synced.
 * Returns 0, or -1 with errno and no file left behind.
 */
int spooldir_write(int at, const char *name, const void *p, size_t len);

/*
 * Replace NAME in the directory itself: all of the new content or the old.
 * Returns 0, or -1 with errno.
 */
int spooldir_replace(const struct spooldir *d, const char *name, const void *p,
    size_t len);

/*
 * Write, sync, rename and delete a file, as an event does on its way.
 * Returns 0, or -1 with errno.
 */
int spooldir_probe(const struct spooldir *d);

void spooldir_close(struct spooldir *d);

#endif
