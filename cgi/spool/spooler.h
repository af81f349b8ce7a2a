/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_SPOOLER_H
#define SPOOL_SPOOLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "event/event.h"
#include "spool/admission.h"
#include "spool/dir.h"
#include "spool/spool.h"

/*
 * Spool front end: admission check, ordering, limits, rate-limited warnings.
 * Thread-safe.
 */
struct spooler;

/* Take over dir, which spooler_close() closes.  NULL when out of memory. */
struct spooler *spooler_open(struct spool_dir *dir);

const struct spool_dir *spooler_dir(const struct spooler *s);

struct admission *spooler_admission(const struct spooler *s);

/*
 * Look at what waits in the spool.  While it cannot be read, log that and let
 * every event wait.
 */
void spooler_gate(struct spooler *s, struct gate *g);

/*
 * Spool n events of one sender, all or none: spool_put().  The outcomes
 * become OUTCOME_QUEUED, or stay what they are.  Does nothing when s is NULL.
 */
void spooler_put(struct spooler *s, const struct event *const *events, size_t n,
    int64_t deadline, enum outcome *outcomes);

void spooler_close(struct spooler *s);

#endif
