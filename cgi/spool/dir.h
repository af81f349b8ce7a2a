/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_DIR_H
#define SPOOL_DIR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fair_lock.h"
#include "conf/conf.h"

#define SPOOL_DIR_ERROR_BYTES 512
#define SPOOL_BOOT_BYTES 40

/* Files for spool_dir_lock(). */
#define SPOOL_DIR_SEQUENCE "seq.lock"
#define SPOOL_DIR_DRAIN "drain.lock"

/*
 * The directory of the spool, shared by all processes: events as files while
 * the database is away.  As in a Maildir a file is written and synced in
 * tmp/, then renamed into new/, so that what stands in new/ is whole.
 */
struct spool_dir {
	const struct conf *conf;
	int dir;
	int tmp;
	int new; /* waiting, in the order of their names */
	int bad; /* could not be stored; NAME.why says why */
	char boot[SPOOL_BOOT_BYTES]; /* the id of this boot; "" = unknown */
	atomic_bool *counted; /* new/ was, by this process: spool/tally.h */
	struct fair_lock *turns; /* of our threads, at the same lock */
};

/*
 * Open conf->spool and create what is missing in it.  Return NULL, with error
 * a line that names the remedy, if it cannot be durable: it belongs to
 * another user, others may write to it, or its file system does not survive
 * a power cut and conf does not allow that.  Warn if a reboot empties it.
 */
struct spool_dir *spool_dir_open(const struct conf *conf,
    char error[SPOOL_DIR_ERROR_BYTES]);

/*
 * Open NAME in the directory at as open(2) does with these flags.  Never
 * waits and follows no link; -1 with errno, EINVAL for what is no regular
 * file: a FIFO would hold up whoever opens it, a device never ends.
 */
int spool_dir_open_file(int at, const char *name, int flags);

/*
 * In the directory itself, what stands in the place of one of our files and is
 * no regular file gets another name, so that it is not in our way for ever.
 */

/*
 * Open NAME in the directory itself and take its lock (flock(2), which the
 * kernel gives back when we die).  -1 when another has it for longer than
 * wait_ms (EWOULDBLOCK), or with errno for any other reason.  close() frees
 * it.
 */
int spool_dir_lock(const struct spool_dir *d, const char *name, int wait_ms);

/* The same, but share the lock with others who do. */
int spool_dir_share(const struct spool_dir *d, const char *name, int wait_ms);

/*
 * Write len bytes at p to a new file NAME in the directory at; with sync, so
 * that they outlive a power cut.  Returns 0, or -1 with errno and no file
 * left behind.
 */
int spool_dir_create(int at, const char *name, const void *p, size_t len,
    bool sync);

/* The same, synced. */
int spool_dir_write(int at, const char *name, const void *p, size_t len);

/*
 * Replace NAME in the directory itself: all of the new content or the old.
 * Returns 0, or -1 with errno.
 */
int spool_dir_replace(const struct spool_dir *d, const char *name,
    const void *p, size_t len);

/* The same without a sync: for what a power cut may take. */
int spool_dir_draft(const struct spool_dir *d, const char *name, const void *p,
    size_t len);

/*
 * Return whether NAME in the directory itself was not marked within the last
 * every_ms, and mark it.  Returns false, too, when it could not be marked.
 */
bool spool_dir_mark(const struct spool_dir *d, const char *name,
    int64_t every_ms);

/*
 * Read the file NAME in the directory at into b.  Returns 0, or -1 with
 * errno: EFBIG when it is longer than b may get, EINVAL for what is no
 * regular file, ELOOP for a symbolic link.
 */
int spool_dir_read(int at, const char *name, struct buf *b);

/* The same for a file that is open, from where it stands. */
int spool_dir_read_file(int fd, struct buf *b);

/*
 * Write, sync, rename and delete a file, as an event does on its way.
 * Returns 0, or -1 with errno.
 */
int spool_dir_probe(const struct spool_dir *d);

/*
 * Return why the disk has no room for so many bytes, or would have less than
 * percent of its space and of its inodes left; NULL if it has.
 */
const char *spool_dir_full(const struct spool_dir *d, unsigned percent,
    uint64_t bytes);

/*
 * Make again what somebody has deleted while we had it open: what is written
 * into a deleted directory is lost.  Where another directory has taken the
 * spool's name, go over to it, but not before ours is drained.  Returns 0, or
 * -1 with errno.
 */
int spool_dir_revive(const struct spool_dir *d);

void spool_dir_close(struct spool_dir *d);

#endif
