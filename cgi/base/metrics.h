/* SPDX-License-Identifier: ISC */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/items.h"
#include "base/outcome.h"
#include "base/refusals.h"

/*
 * Counters of requests and events, for /metrics.  In a mapped file they are
 * shared by all processes on the host, CGI included, and outlive them;
 * without one they are private to the process.  Counting never blocks or
 * fails.  Another version of the program starts at 0, but for what
 * metrics_uuid() returns.
 */
struct metrics;

/*
 * Map the file "stats" in the directory dir, creating it, or replacing it if
 * it is from another version or damaged.  With dir = -1, or if the file is
 * unusable, return private counters.  Handles SIGBUS, so that a file that
 * is cut short meanwhile does not end the process.  Returns NULL when out of
 * memory.
 */
struct metrics *metrics_open(int dir);

/*
 * Map that file only if it is there and this version's; NULL otherwise.
 * Changes nothing in the directory: for who does not own it.
 */
struct metrics *metrics_find(int dir);

/* The functions below do nothing when s is NULL. */

/* Count a reply with this status, sent us microseconds after its request. */
void metrics_request(struct metrics *s, int status, int64_t us);

/* Count one event by its outcome. */
void metrics_event(struct metrics *s, enum outcome o);

/* Count one database call with n events. */
void metrics_batch(struct metrics *s, size_t n);

/* Return the part that counts refusals; NULL when s is NULL. */
struct refusals *metrics_refusals(struct metrics *s);

/* Return the part that counts items in dialects; NULL when s is NULL. */
struct items *metrics_items(struct metrics *s);

/* Append all counters in Prometheus's text format 0.0.4. */
void metrics_print(const struct metrics *s, struct buf *b);

/*
 * What all processes that share the counters share for uuid_share(); valid
 * until metrics_close().  NULL when s is.
 */
_Atomic uint64_t *metrics_uuid(struct metrics *s);

void metrics_close(struct metrics *s);

#endif
