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
 * What stands between an event and the spool: who may, what must wait, and
 * saying so once.  Callable from any thread.
 */
struct spooler;

/* Borrows dir; closes it with itself.  NULL without memory. */
struct spooler *spooler_open(struct spool_dir *dir);

const struct spool_dir *spooler_dir(const struct spooler *s);

struct admission *spooler_admission(const struct spooler *s);

/*
 * What waits in the spool now.  While it can not be read, everything must
 * wait, which is logged.
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
