/* SPDX-License-Identifier: ISC */
#include "base/fair_lock.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"

/* A thread that waits.  On its stack. */
struct fair_waiter {
	pthread_cond_t wake;
	bool given; /* the lock is its own, and it is out of the list */
	struct fair_waiter *before, *after;
};

void
fair_lock_init(struct fair_lock *l)
{
	*l = (struct fair_lock){.taken = false};
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&l->monotonic);
	pthread_condattr_setclock(&l->monotonic, CLOCK_MONOTONIC);
}

static struct fair_line *
line_of(struct fair_lock *l, enum fair_turn turn)
{
	return &l->lines[turn == FAIR_SHORT ? 0 : 1];
}

static void
add(struct fair_line *line, struct fair_waiter *w, enum fair_turn turn)
{
	w->before = turn == FAIR_AGAIN ? NULL : line->last;
	w->after = turn == FAIR_AGAIN ? line->first : NULL;
	if (w->before != NULL)
		w->before->after = w;
	else
		line->first = w;
	if (w->after != NULL)
		w->after->before = w;
	else
		line->last = w;
}

static void
take_out(struct fair_line *line, struct fair_waiter *w)
{
	if (w->before != NULL)
		w->before->after = w->after;
	else
		line->first = w->after;
	if (w->after != NULL)
		w->after->before = w->before;
	else
		line->last = w->before;
}

/* Called with the lock held; releases it meanwhile. */
static bool
wait(struct fair_lock *l, enum fair_turn turn, int wait_ms)
{
	int64_t deadline = clock_ms() + wait_ms;
	struct timespec until = {deadline / 1000, deadline % 1000 * 1000000};
	struct fair_waiter me = {.given = false};
	int rc = 0;

	pthread_cond_init(&me.wake, &l->monotonic);
	add(line_of(l, turn), &me, turn);
	l->waiting++;
	while (!me.given && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&me.wake, &l->lock, &until);
	l->waiting--;
	if (!me.given)
		take_out(line_of(l, turn), &me);
	pthread_cond_destroy(&me.wake);
	return me.given;
}

bool
fair_lock_take(struct fair_lock *l, enum fair_turn turn, int wait_ms)
{
	bool got = true;

	pthread_mutex_lock(&l->lock);
	/* Whoever waits is given the lock: while it is free, nobody waits. */
	if (l->taken)
		got = wait_ms > 0 && wait(l, turn, wait_ms);
	if (got) {
		l->taken = true;
		l->was_short = turn == FAIR_SHORT;
	}
	pthread_mutex_unlock(&l->lock);
	return got;
}

void
fair_lock_give(struct fair_lock *l)
{
	struct fair_line *line;
	struct fair_waiter *next;

	pthread_mutex_lock(&l->lock);
	line = line_of(l, l->was_short ? FAIR_LONG : FAIR_SHORT);
	if (line->first == NULL)
		line = line_of(l, l->was_short ? FAIR_SHORT : FAIR_LONG);
	next = line->first;
	l->taken = next != NULL;
	if (next != NULL) {
		take_out(line, next);
		next->given = true;
		pthread_cond_signal(&next->wake);
	}
	pthread_mutex_unlock(&l->lock);
}

void
fair_lock_free(struct fair_lock *l)
{
	pthread_condattr_destroy(&l->monotonic);
	pthread_mutex_destroy(&l->lock);
}
