/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_REFUSED_H
#define SPOOL_REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "spool/dir.h"
#include "spool/kept.h"

#define REFUSED_DIR_NAME "refused"
/* Bounds of all that is kept, beside conf->keep_refused files. */
#define REFUSED_BYTES_MAX (32L * 1024 * 1024)
/* Written in a second; refusals_keep() bounds the number of files. */
#define REFUSED_BYTES_PER_S (8L * 1024 * 1024)
#define REFUSED_SPARE_BYTES (64L * 1024 * 1024) /* that the disk must spare */

/*
 * Refused requests in the directory refused/ of the spool, each in a file
 * kept.h describes, named after its id and size.  All processes that share
 * the spool share them.  Keeping is best effort: it needs no sync, gives way
 * to events where the disk gets full, and leaves out what would exceed a
 * bound.  Nothing here counts for the limits of the spool.
 *
 * An empty file, ID-0, says that the events of that one were stored.
 */

/*
 * Keep a file of kept_write(), and delete the oldest ones until the bounds
 * are met.  Does nothing when keep_refused is 0, too much was kept in this
 * second, the disk has little room, or another process is at it.
 */
void refused_keep(const struct spool_dir *d, const char *id,
    const struct buf *file);

/*
 * Call seen() for the head of each, the newest first; those that are damaged
 * are left out.  Returns 0, or -1 with errno.
 */
int refused_each(const struct spool_dir *d,
    void (*seen)(const struct kept *k, void *arg), void *arg);

/*
 * Read the one with this id into b, whose max is set here, and *k, which
 * borrows from b.  Returns 0, or -1 with errno: ENOENT when there is none,
 * EBADMSG when it is damaged.
 */
int refused_read(const struct spool_dir *d, const char *id, struct buf *b,
    struct kept *k);

/* Whether the events of that one were stored, as refused_done() has noted. */
bool refused_is_done(const struct spool_dir *d, const char *id);

/* Delete one; with stored, note that its events are.  0, or -1 with errno. */
int refused_done(const struct spool_dir *d, const char *id, bool stored);

/*
 * Delete all, because the disk is full.  Returns how many there were; 0 also
 * where another process is at it.
 */
int refused_clear(const struct spool_dir *d);

#endif
