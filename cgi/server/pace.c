/* SPDX-License-Identifier: ISC */
#include "server/pace.h"

#define WAY_MAX_US (PACE_MAX_MS * 1000)
#define REQUESTS 16 /* for the average */

void
pace_note(struct pace *p, int64_t us)
{
	if (us < 0) /* the wall clock was set */
		us = 0;
	if (us > WAY_MAX_US)
		us = WAY_MAX_US;
	p->way_us += (us - p->way_us) / REQUESTS;
}

int
pace_fill_ms(const struct pace *p, int n)
{
	int64_t ms = 2 * p->way_us / 1000;

	if (n >= PACE_ENOUGH)
		return 0;
	return ms < PACE_MAX_MS ? (int)ms : PACE_MAX_MS;
}
