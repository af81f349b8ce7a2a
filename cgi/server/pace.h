/* SPDX-License-Identifier: ISC */
#ifndef SERVER_PACE_H
#define SERVER_PACE_H

#include <stdint.h>

/*
 * How long to let a batch fill.  A commit costs as much as ten events.  Where
 * each request has a process of its own and many of them share the processors,
 * requests trickle in, and few would share a commit.  The time that they are on
 * their way from tocsin.cgi's start tells: next to nothing for one at a time,
 * and many milliseconds in a crowd, of which others are about to come.
 */
struct pace {
	int64_t way_us; /* of late, on average */
};

#define PACE_MAX_MS 20
#define PACE_ENOUGH 16 /* requests: more make a commit hardly cheaper */

/* Take note of how long a request was on its way. */
void pace_note(struct pace *p, int64_t us);

/*
 * Return for how many milliseconds to let a batch fill for which n requests
 * wait: twice as long as they were on their way, at most PACE_MAX_MS.
 */
int pace_fill_ms(const struct pace *p, int n);

#endif
