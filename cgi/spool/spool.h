/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "event/event.h"
#include "spool/dir.h"

/*
 * A name in new/: sequence, hash of the key, hash of the integration, bytes.
 * The sequence of a host grows with every file, whatever the clock does, so
 * names sort in the order of receipt.
 */
#define SPOOL_NAME_BYTES 48
#define SPOOL_NAME "%020" PRIu64 "-%04x-%04x-%zu"

/*
 * The highest number: a clock does not get there, and a name beyond it is none
 * of ours.  Otherwise one such file would leave no numbers for later ones.
 */
#define SPOOL_NUMBER_MAX (UINT64_MAX / 4)

#define SPOOL_KEYS 65536 /* hashes of keys that there are */

/*
 * As many hashes of integrations, and one more for names of the first
 * release, which have none.
 */
#define SPOOL_SENDER_UNKNOWN 65536
#define SPOOL_SENDERS (SPOOL_SENDER_UNKNOWN + 1)

/* What a name tells. */
struct spool_name {
	uint64_t number; /* in the sequence */
	unsigned key;
	unsigned sender;
	size_t bytes;
};

/* Read a name; false if spool_put() makes no such name. */
bool spool_name_read(struct spool_name *n, const char *name);

/* Sets of hashes: a bit for each. */
#define SPOOL_SET_WORDS(n) (((n) + 63) / 64)

/* What was in new/ at one moment. */
struct gate {
	size_t files;
	uint64_t bytes;
	uint64_t last; /* the highest sequence */
	uint64_t keys[SPOOL_SET_WORDS(SPOOL_KEYS)];
	uint64_t senders[SPOOL_SET_WORDS(SPOOL_SENDERS)];
};

/* The hash of an event's key (integration and Id), as names carry it. */
unsigned spool_key(const struct event *ev);

/* The hash of its integration alone. */
unsigned spool_sender(const struct origin *from);

/* The hash of a key, from a name that spool_put() made. */
unsigned spool_name_key(const char *name);

/*
 * Make n events durable, for the database of that installation id: all of
 * them or none.  Each outcome becomes OUTCOME_QUEUED when the events will
 * outlive a power cut from here on; OUTCOME_SHARE_USED when their integration
 * would hold more than it leaves of what spool_max_files and spool_max_bytes
 * allow, so that the others find room; else OUTCOME_UNAVAILABLE: they cannot
 * be written, new/ or the disk is full, or the deadline has passed before
 * the first of them could be seen in new/.  Returns NULL when all are
 * queued, else why not.
 */
const char *spool_put(const struct spool_dir *d,
    const struct event *const *events, size_t n, const char *database,
    int64_t deadline, enum outcome *outcomes);

#endif
