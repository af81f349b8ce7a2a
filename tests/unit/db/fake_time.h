/* SPDX-License-Identifier: ISC */
#ifndef FAKE_TIME_H
#define FAKE_TIME_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * In the place of clock.c and of pthread_cond_timedwait(), for the one file
 * of a test that includes it.  Time stands still until a test moves it or a
 * wait runs into its deadline, which costs no real time.
 */
static struct {
	atomic_llong ms;
	atomic_llong wall_us; /* decides the jitter */
	atomic_int asked; /* for the wall clock, so often */
	atomic_llong waited_ms; /* by the last wait that ran out */
	atomic_bool runs_out; /* waits for a condition do, at once */
} fake_time = {.ms = 1000000};

int64_t
clock_ms(void)
{
	return fake_time.ms;
}

int64_t
clock_wall_us(void)
{
	fake_time.asked++;
	return fake_time.wall_us;
}

int
clock_left_ms(int64_t deadline)
{
	int64_t now = fake_time.ms;

	return deadline > now ? (int)(deadline - now) : 0;
}

int
pthread_cond_timedwait(pthread_cond_t *changed, pthread_mutex_t *lock,
    const struct timespec *until)
{
	if (!fake_time.runs_out)
		return pthread_cond_wait(changed, lock);
	fake_time.waited_ms =
	    until->tv_sec * 1000 + until->tv_nsec / 1000000 - fake_time.ms;
	fake_time.ms += fake_time.waited_ms;
	return ETIMEDOUT;
}

#endif
