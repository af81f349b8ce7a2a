/* SPDX-License-Identifier: ISC */
#ifndef SERVER_POOL_H
#define SERVER_POOL_H

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "intake/intake.h"
#include "server/endpoint.h"
#include "server/serve.h"

/*
 * The thread pool.  A seat holds a connection and its current request; a hand
 * is a thread.  One hand at a time is the gatherer (server/gather.h): it alone
 * accepts connections, and it handles each request that waits for nothing but
 * the database.  Every other request is a task for another hand, which may
 * block.  The hand that became idle last is woken first, so that few threads
 * do most of the work.
 */

/* The rest of a request, for a hand that may block. */
enum task {
	TASK_ALL, /* from its first byte on */
	TASK_ANSWER, /* endpoint_answer() */
	TASK_STORE, /* intake_store(), endpoint_finish() */
	TASK_FINISH, /* intake_finish(), endpoint_finish() */
	TASK_KEEP /* endpoint_keep() */
};

struct crew;

struct seat {
	struct crew *crew;
	struct worker worker;
	struct job job; /* while the request is parked */
	bool is_parked; /* see intake_park() */
	enum task task;
	struct seat *next; /* in the one list that has the seat */
	int new_fd; /* accepted, not yet read from; -1: http has it */
	int64_t came_at; /* accepted or kept, of clock_ms() */
	pthread_mutex_t lock; /* of fd and since, for the watchdog */
	int fd; /* connection of the current request, or -1 */
	int64_t since;
};

struct seats {
	struct seat *first, *last;
};

struct hand {
	struct crew *crew;
	pthread_t thread;
	sem_t wake;
	struct hand *next; /* in the list of the idle */
	atomic_bool left; /* the thread is about to return */
};

struct crew {
	struct intake *intake;
	struct listener *listener;
	int wake; /* eventfd: wakes the gatherer */
	atomic_bool stopping;
	atomic_llong served_at; /* the last request, of clock_ms() */
	atomic_llong complained_at;

	pthread_mutex_t lock; /* protects the members up to ended */
	struct seats free, tasks;
	struct seats stored; /* parked requests whose events are stored */
	struct seats kept; /* kept connections, between two requests */
	struct hand *idle;
	bool gathered; /* there is a gatherer */
	pthread_t gatherer;
	bool starved; /* the gatherer waits for a free seat */
	bool ended; /* the gatherer has ended; idle hands must, too */

	/* Used by the gatherer alone. */
	struct seat **waiting; /* no byte of their request has arrived */
	int waiting_n;
	int parked_n;
	struct pollfd *polls;
	int64_t look_at; /* next check for overdue seats, of clock_ms() */
	int64_t accept_at; /* accept nothing before; 0 = at any time */
	bool deaf; /* accept nothing more */

	int seats_n, hands_n;
	struct seat *seats;
	struct hand *hands;
};

/*
 * Allocate, for at most n requests at a time.  Borrows listener and intake.
 * Returns NULL when out of memory or descriptors.
 */
struct crew *crew_open(int n, struct listener *listener, struct intake *intake);

/* What a hand does next. */
enum duty { DUTY_TASK, DUTY_GATHER, DUTY_END };

/* Wait for the next duty; for DUTY_TASK, *seat is set. */
enum duty crew_wait(struct hand *me, struct seat **seat);

/* Make a task of a request.  Call it as the gatherer. */
void crew_hand_over(struct seat *seat, enum task task);

/* Wake the gatherer. */
void crew_wake(struct crew *c);

/* Take a seat for a new connection; NULL when there is none free. */
struct seat *crew_take_seat(struct crew *c);

void crew_free_seat(struct seat *seat);

/* Tell the gatherer that the events of a parked request are stored. */
void crew_note_stored(struct seat *seat);

/* Let the gatherer wait for the next request on the seat's connection. */
void crew_keep(struct seat *seat);

/* Take all seats of a list, stored or kept. */
struct seat *crew_take_all(struct crew *c, struct seats *list);

/* Stop being the gatherer: another hand takes over, or with is_end none. */
void crew_stop_gathering(struct crew *c, bool is_end);

/* Return whether a seat is free; if not, crew_free_seat() wakes the gatherer.
 */
bool crew_has_seat(struct crew *c);

void crew_close(struct crew *c);

#endif
