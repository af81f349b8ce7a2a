/* SPDX-License-Identifier: ISC */
#ifndef DB_WAITER_H
#define DB_WAITER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Replaces poll(2) while a call waits for PostgreSQL, so that its thread can
 * do other work meanwhile.
 */
struct waiter {
	/*
	 * Wait until fd has one of the events of poll(2).  Return false if the
	 * deadline, of clock_ms(), passes first.
	 */
	bool (*wait)(struct waiter *w, int fd, short events, int64_t deadline);
	/*
	 * Called before the thread blocks on anything else, possibly for
	 * seconds; at most once, and wait() is not called after it.
	 */
	void (*leave)(struct waiter *w);
	bool left; /* leave() was called; set by its caller */
};

#endif
