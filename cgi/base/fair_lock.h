/* SPDX-License-Identifier: ISC */
#ifndef BASE_FAIR_LOCK_H
#define BASE_FAIR_LOCK_H

#include <pthread.h>
#include <stdbool.h>

/*
 * A starvation-free lock among the threads of a process.  Short and long
 * holders take turns; within each kind the lock is first come, first served.
 */
struct fair_lock {
	pthread_mutex_t lock; /* protects what follows */
	pthread_condattr_t monotonic;
	struct fair_line {
		struct fair_waiter *first, *last;
	} lines[2];
	int waiting;
	bool taken;
	bool was_short; /* the last to have it */
};

enum fair_turn {
	FAIR_SHORT,
	FAIR_LONG,
	FAIR_AGAIN /* the next of the long ones: it gave way in between */
};

void fair_lock_init(struct fair_lock *l);

/* Take the lock; false when it does not come within wait_ms. */
bool fair_lock_take(struct fair_lock *l, enum fair_turn turn, int wait_ms);

/* Give it back; any thread may. */
void fair_lock_give(struct fair_lock *l);

void fair_lock_free(struct fair_lock *l);

#endif
