/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_LISTING_H
#define SPOOL_LISTING_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/dir.h"
#include "spool/spool.h"

/* Begin to read a directory of the spool from its start; NULL with errno. */
DIR *listing_open(int at);

/*
 * The next name that spool_put() made, and what it tells.  NULL at the end
 * with errno = 0, or when the directory cannot be read.
 */
const char *listing_next(DIR *dir, struct spool_name *n);

/* End the walk; 0, or -1 with the errno that it ended with. */
int listing_close(DIR *dir);

/* How much of new/ an integration has. */
struct share {
	uint64_t bytes;
	uint64_t files;
};

/* How many files there are of each key, and how much of each integration. */
struct counts {
	uint32_t keys[SPOOL_KEYS];
	struct share senders[SPOOL_SENDERS];
};

/*
 * Read new/ to its end.  Returns 0, or -1 with errno; then the gate lets
 * nothing through.  Unless counts is NULL, add what there is to it.  Costs
 * as much as there are files: most callers want tally_gate().
 */
int listing_scan(const struct spool_dir *d, struct gate *g,
    struct counts *counts);

/*
 * Whether an event must wait in the spool, since others with the hash of its
 * key do, and others with that of its integration.  So an integration with no
 * event in the spool never waits for the events of others.
 */
bool listing_holds(const struct gate *g, const struct event *ev);

/*
 * List the first n names of new/, in order, without those whose key has its
 * bit set in skip (unless that is NULL).  Returns how many, or -1 with errno.
 */
int listing_names(const struct spool_dir *d, char (*names)[SPOOL_NAME_BYTES],
    size_t n, const uint64_t *skip);

/* Count the files of new/ whose key has its bit set in keys; -1 with errno. */
int listing_count(const struct spool_dir *d, const uint64_t *keys);

#endif
