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
struct housekeeper;

/* Start the thread that does it.  Borrows all; NULL when it can not. */
struct housekeeper *housekeeper_start(const struct conf *conf,
    struct intake *in, struct spooler *spooler);

/* Stop it, at the latest when its call to the database has ended. */
void housekeeper_stop(struct housekeeper *k);

/* Once, for budget_ms at most: for a process that ends after one request. */
void housekeeper_once(const struct conf *conf, struct intake *in,
    struct spooler *spooler, int64_t budget_ms);

#endif
