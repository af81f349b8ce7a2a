/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_DRAIN_H
#define SPOOL_DRAIN_H

#include <stdint.h>

#include "db/db.h"
#include "spool/dir.h"

/*
 * Drain the spool into the database, oldest event first, one process at a
 * time.  Delete a file only when its event is committed: if a process dies
 * in between, the next attempt changes nothing, since the event keeps its id.
 */
struct drain;

/* Borrow d.  Return NULL when out of memory. */
struct drain *drain_open(const struct spool_dir *d);

/* The result of one batch. */
struct drained {
	int stored; /* committed, and their files deleted */
	int rejected; /* moved to bad/ */
};

enum drain_end {
	DRAIN_MORE, /* there may be more */
	DRAIN_EMPTY,
	DRAIN_HELD, /* all that is left is set aside: spool/held.h */
	DRAIN_PAUSE, /* many calls failed in a row: go on later */
	DRAIN_BUSY, /* another process drains */
	DRAIN_FOREIGN, /* the spool is another database's */
	DRAIN_OUTAGE /* the database is down, or the disk fails */
};

/*
 * Store one batch.  Whatever can never be stored (damaged, refused by a
 * rule, of an integration that is gone, of another database) goes to bad/
 * with its reason.  Whatever cannot be stored yet is set aside with its key,
 * and the drain goes on; only an absent database or a failing disk stops it.
 */
enum drain_end drain_batch(struct drain *dr, struct db *db,
    struct drained *count, int64_t deadline);

/* Try all keys that are set aside again at once. */
void drain_retry_held(struct drain *dr);

void drain_close(struct drain *dr);

#endif
