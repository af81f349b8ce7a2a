/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_TALLY_H
#define SPOOL_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fair_lock.h"
#include "spool/dir.h"
#include "spool/listing.h"
#include "spool/spool.h"

/*
 * Count the files in new/ by key and by integration, so that no process has to
 * read the directory.  The counts stand in the file of numbers, behind the
 * number, under its lock.
 *
 * What makes it safe, whoever is killed and whenever:
 *
 * - Every change of new/ is made with the lock held.  A file is counted
 *   before it is renamed into new/, and is subtracted after it is deleted:
 *   a process that dies in between leaves a count that is too high, never
 *   one that is too low.  Too high only sends events through the spool.
 * - Whoever has changed new/ notes its modification time with the counts.
 *   With the lock held and another time found, somebody died in between, or
 *   changed new/ by hand: then the directory is read and counted again.
 * - A power cut may take any part of the file, which is never synced: the
 *   counts name the boot that they are of, and those of another one are
 *   not used.  A process that cannot tell the boot counts once itself.
 * - The first release takes numbers without counting.  The counts repeat the
 *   number; where they differ, they are not used.
 * - While the file cannot be written (a full disk), its counts are invalid,
 *   and everybody reads the directory.  The same goes for whoever does not
 *   get the lock, since its holder was stopped.
 */
struct tally {
	const struct spool_dir *d;
	int fd; /* its lock is held until tally_close() */
	bool stored; /* the counts in the file are valid */
	unsigned sender; /* whose share is read, if has_share */
	bool has_share, share_changed;
	struct share share;
	struct tally_head {
		char magic[16];
		char boot[SPOOL_BOOT_BYTES];
		uint64_t number; /* the last one taken */
		uint64_t files;
		uint64_t bytes;
		uint64_t last; /* the highest number seen in new/ */
		uint64_t inode; /* of new/ */
		int64_t time_s, time_ns; /* of its last change */
	} head;
};

/*
 * Take the lock, alone, and have valid counts in t->head.  turn: for how long
 * it is wanted, among the threads of this process.  Returns 0, or -1 with
 * errno: EWOULDBLOCK when another keeps the lock for wait_ms.
 */
int tally_open(struct tally *t, const struct spool_dir *d, enum fair_turn turn,
    int wait_ms);

/* So many files may be added or deleted by who has the lock for short. */
#define TALLY_SHORT_FILES 32

/*
 * Take n numbers in a row, higher than all before and not below the clock,
 * so that they also tell the time.  Returns the first, or 0 with errno.
 */
uint64_t tally_take(struct tally *t, size_t n);

/*
 * Count a file that is about to be renamed into new/; call tally_write()
 * after the last one, before the first is renamed.  Returns 0, or -1 with
 * errno.
 */
int tally_add(struct tally *t, const char *name);

/* Subtract a file that was deleted; call tally_note() after the last one. */
void tally_subtract(struct tally *t, const char *name);

/*
 * Return how much of new/ the integration of that hash has: nothing, where
 * the counts cannot be written.  Returns 0, or -1 with errno.
 */
int tally_share(struct tally *t, unsigned sender, struct share *share);

/* Write the totals.  Returns 0, or -1 with errno. */
int tally_write(struct tally *t);

/* Write the totals, and note that we have changed new/: its time is ours. */
int tally_note(struct tally *t);

/*
 * The drain has found new/ empty: count again what a process that died has
 * left in the counts.
 */
void tally_verify(const struct spool_dir *d);

/* Give the lock back. */
void tally_close(struct tally *t);

/*
 * Look at what waits.  Returns 0, or -1 with errno; then the gate lets
 * nothing through.
 */
int tally_gate(const struct spool_dir *d, struct gate *g);

#endif
