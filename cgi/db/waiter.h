/* SPDX-License-Identifier: ISC */
#ifndef DB_WAITER_H
#define DB_WAITER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Waits for PostgreSQL in the place of poll(2), so that the thread of a call
 * can do something else meanwhile.
 */
struct waiter {
	/*
	 * Wait until fd has one of the events of poll(2).  Return false if the
	 * deadline, of clock_ms(), has passed before.  Without fd, -1, wait for
	 * a batch to fill: until the deadline, or fill_ms is 0.
	 */
	bool (*wait)(struct waiter *w, int fd, short events, int64_t deadline);
	/*
	 * The thread is about to wait for something else, for seconds perhaps.
	 * Called once at most, and then wait() no more.
	 */
	void (*leave)(struct waiter *w);
	bool left; /* leave() was called; set by its caller */
	int fill_ms; /* see intake_gather(); wait() may change it */
};

#endif
