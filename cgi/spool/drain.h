/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_DRAIN_H
#define SPOOL_DRAIN_H

#include <stdint.h>

#include "db/db.h"
#include "spool/dir.h"

/*
 * Take what waits in the spool into the database, oldest first.  One process
 * drains at a time.  A file is deleted only when its event is committed; a
 * process that dies in between leaves it there, and the next attempt changes
 * nothing, since the event keeps its id.
 */
struct drain;

/* Borrows d.  NULL without memory. */
struct drain *drain_open(const struct spool_dir *d);

/* What one batch came to. */
struct drained {
	int stored; /* committed, and their files deleted */
	int rejected; /* in bad/ now */
};

enum drain_end {
	DRAIN_MORE, /* there may be more */
	DRAIN_EMPTY,
	DRAIN_BUSY, /* another process is at it */
	DRAIN_FOREIGN, /* the spool is another database's */
	DRAIN_OUTAGE /* the database or the disk does not play along */
};

/*
 * One batch.  What can never be stored (damaged, refused by a rule, of an
 * integration that is gone, of another database) goes to bad/ with its reason;
 * everything else that goes wrong leaves the files where they are.
 */
enum drain_end drain_batch(struct drain *dr, struct db *db,
    struct drained *count, int64_t deadline);

void drain_close(struct drain *dr);

#endif
