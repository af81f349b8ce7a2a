/* SPDX-License-Identifier: ISC */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/outcome.h"

/*
 * Counters of what was answered, for /metrics.  In a mapped file they belong
 * to all processes of the host together, CGI too, and outlive each of them;
 * without one they are this process's own.  Counting never waits or fails;
 * another version of the program begins at 0.
 */
struct metrics;

/*
 * The counters in the file called stats in the directory dir, made or made
 * anew when it is not as expected; or, with dir = -1 or when the file can
 * not be had, private ones.  NULL without memory.
 */
struct metrics *metrics_open(int dir);

/* In what follows s may be NULL, and nothing is counted. */

/* An answer with this status, us microseconds after its request came. */
void metrics_request(struct metrics *s, int status, int64_t us);

/* What became of one event. */
void metrics_event(struct metrics *s, enum outcome o);

/* One call of the database with n events. */
void metrics_batch(struct metrics *s, size_t n);

/* Append all counters in Prometheus's text format 0.0.4. */
void metrics_print(const struct metrics *s, struct buf *b);

void metrics_close(struct metrics *s);

#endif
