/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_HOUSEKEEPER_H
#define INTAKE_HOUSEKEEPER_H

#include <stdint.h>

#include "conf/conf.h"
#include "intake/intake.h"
#include "intake/kick.h"
#include "spool/spooler.h"

/*
 * Housekeeping between requests: drain the spool, refresh the copy of the
 * integrations, reconnect after an outage, have the database do what is due,
 * start a relay if something is due to be told.
 */
struct housekeeper;

/*
 * Start its thread.  Borrows all arguments, of which spooler and kick may be
 * NULL; returns NULL on failure.
 */
struct housekeeper *housekeeper_start(const struct conf *conf,
    struct intake *in, struct spooler *spooler, struct kick *kick);

/* Stop and join the thread: waits until its database call has ended. */
void housekeeper_stop(struct housekeeper *k);

/* Do it once, for at most budget_ms: for a process that serves one request. */
void housekeeper_once(const struct conf *conf, struct intake *in,
    struct spooler *spooler, struct kick *kick, int64_t budget_ms);

#endif
