/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_HELD_H
#define SPOOL_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/dir.h"
#include "spool/spool.h"

#define HELD_FILE_NAME "held"
#define HELD_WHY_BYTES 160

/*
 * The keys that the drain has set aside, so that one event that cannot be
 * stored holds up only those of its own key.  Each is tried again after a
 * back-off.  The file "held" in the spool's directory carries them from
 * process to process and tells people; losing it costs nothing but a try
 * for each key.
 *
 * A line of the file: since when and until when in microseconds since 1970,
 * the number of failed tries, the name in new/, the reason.
 */
struct held;

/* One key that was set aside. */
struct held_key {
	int64_t since_us; /* of the first try that failed */
	int64_t due_us; /* of the next try */
	unsigned tries; /* 0: waits because of others */
	char name[SPOOL_NAME_BYTES]; /* the first of its files */
	char why[HELD_WHY_BYTES];
};

/* Return NULL when out of memory. */
struct held *held_open(void);

/*
 * Read the file again if another process has replaced it.  Lines that are
 * not as they should be are skipped.
 */
void held_load(struct held *h, const struct spool_dir *d);

/* Write the file if anything has changed since held_load(). */
void held_save(struct held *h, const struct spool_dir *d);

/* Set the key of this file aside: it could not be stored, and why. */
void held_add(struct held *h, const char *name, const char *why);

/* Set it aside for others, so that it is tried after them, but soon. */
void held_defer(struct held *h, const char *name, const char *why);

/* Forget the key of this file: its event was stored or went to bad/. */
void held_remove(struct held *h, const char *name);

/* Whether the key of this file is set aside. */
bool held_has(const struct held *h, const char *name);

/* The same, and not to be tried yet. */
bool held_waits(const struct held *h, const char *name);

/* Make all keys due: whatever was in the way of all of them is gone. */
void held_release(struct held *h);

/* Drop the keys that are due: none of them has a file any more. */
void held_drop_due(struct held *h);

/*
 * Return the key that failed first, which people want to hear of; NULL if
 * none has.
 */
const struct held_key *held_oldest(const struct held *h);

size_t held_count(const struct held *h);

/* Whether a key is to be tried again. */
bool held_has_due(const struct held *h);

/* A number that differs from an earlier one if the set of keys may. */
uint64_t held_edition(const struct held *h);

/*
 * Set the bits of all held keys; or, with due, the bits of all other keys
 * and of those that are not due, so that only the due ones are left.
 */
void held_skip(const struct held *h, uint64_t *keys, bool due);

void held_close(struct held *h);

#endif
