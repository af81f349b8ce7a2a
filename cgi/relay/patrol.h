/* SPDX-License-Identifier: ISC */
#ifndef RELAY_PATROL_H
#define RELAY_PATROL_H

#include <stdbool.h>

#include "conf/conf.h"
#include "relay/job.h"

struct patrol_options {
	bool once; /* return when nothing is due */
	int budget_s; /* claim nothing after so many seconds; 0 = no limit */
	int look_ms; /* with once: look for news for so long; 0 = once */
};

/*
 * Do what is due: tick, claim messages, send them and tell the database what
 * became of each; wait for the next, for a notification of a changed alert,
 * and for signals.  While the database is away, what was sent is kept and told
 * when it is back.
 *
 * Returns 0 after SIGTERM or SIGINT, or as the options say; what flies then
 * gets STOP_FLYING_MS, and the leases of the rest are given back.  SIGHUP
 * opens the log again.  Returns -1 with why set when it cannot begin.
 *
 * One thread, one call in a process.
 */
int patrol(const struct conf *conf, const struct patrol_options *o,
    char why[JOB_WHY_BYTES]);

#define STOP_FLYING_MS 20000

#endif
