/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_HOUSEKEEPER_H
#define INTAKE_HOUSEKEEPER_H

#include <stdint.h>

#include "conf/conf.h"
#include "intake/intake.h"
#include "spool/spooler.h"

/*
 * Housekeeping beside the requests: drain the spool, keep the copy of the
 * integrations, connect again after an outage.
 */
struct keeper;

/* Start the thread that does it.  Borrows all; NULL when it can not. */
struct keeper *keep_start(const struct conf *conf, struct intake *in,
    struct spooler *spooler);

/* Stop it, at the latest when its call to the database has ended. */
void keep_stop(struct keeper *k);

/* Once, for budget_ms at most: for a process that ends after one request. */
void keep_once(const struct conf *conf, struct intake *in,
    struct spooler *spooler, int64_t budget_ms);

#endif
