/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int
clock_left_ms(int64_t deadline)
{
	int64_t now = clock_ms();

	/* Compare before subtracting: the difference could overflow. */
	if (deadline <= now)
		return 0;
	if (deadline > now + INT_MAX)
		return INT_MAX;
	return (int)(deadline - now);
}
