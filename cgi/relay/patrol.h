/* SPDX-License-Identifier: ISC */
#ifndef RELAY_PATROL_H
#define RELAY_PATROL_H

#include <stdbool.h>

#include "conf/conf.h"
#include "relay/job.h"

struct patrol_options {
	bool once; /* return when nothing is due */
	int budget_s; /* claim nothing after this many seconds; 0 = no limit */
	int look_ms; /* with once: look for more for this long; 0 = once */
};

/*
 * The relay's main loop: tick, claim messages, send them and report the result
 * of each to the database; then wait until more is due, for a notification of
 * a changed alert, and for signals.  While the database is away, results are
 * kept and reported when it is back.
 *
 * Returns 0 after SIGTERM or SIGINT, or as the options say: messages being sent
 * then get STOP_FLYING_MS, and the leases of the rest are given back.  SIGHUP
 * reopens the log.  Returns -1 with why set if it cannot start.
 *
 * Call it from one thread, once in a process.
 */
int patrol(const struct conf *conf, const struct patrol_options *o,
    char why[JOB_WHY_BYTES]);

#define STOP_FLYING_MS 20000

#endif
