/* SPDX-License-Identifier: ISC */
#ifndef SERVER_CREW_H
#define SERVER_CREW_H

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "intake/intake.h"
#include "server/endpoint.h"
#include "server/pace.h"
#include "server/serve.h"

/*
 * Who does what.  A seat is a request; a hand is a thread.  One hand gathers
 * (server/gather.h): it alone accepts connections, and it answers whatever
 * need not wait for anything but the database.  Each other request is a task
 * for a hand of its own.  The hands that were idle last go first, so that few
 * do most of the work.
 */

/* What is left to do of a request, by a thread that may wait. */
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
	struct job job; /* of a request that is parked */
	bool is_parked;
	enum task task;
	struct seat *next; /* in one list of the crew */
	int new_fd; /* accepted, not yet read from; -1: http has it */
	int64_t came_at; /* to wait for a request, of clock_ms() */
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
	int wake; /* eventfd: the one that gathers has something to look at */
	atomic_bool stopping;
	atomic_llong served_at; /* the last request, of clock_ms() */
	atomic_llong complained_at;

	pthread_mutex_t lock; /* protects what follows */
	struct seats free, tasks;
	struct seats stored; /* parked no more */
	struct seats kept; /* wait for the next request on their connection */
	struct hand *idle;
	bool gathered; /* a hand gathers */
	pthread_t gatherer;
	bool starved; /* it waits for a free seat */
	bool ended; /* it has ended, and so do idle hands */

	/* For the one that gathers. */
	struct seat **waiting; /* for the first byte of a request */
	int waiting_n;
	int parked_n;
	struct pollfd *polls;
	int64_t look_at; /* for what is overdue, of clock_ms() */
	int64_t accept_at; /* not before */
	struct pace pace; /* of requests from tocsin.cgi */
	bool deaf; /* there is nothing more to accept */

	int seats_n, hands_n;
	struct seat *seats;
	struct hand *hands;
};

/* Allocate, for at most n requests at a time.  Borrows both. */
struct crew *crew_open(int n, struct listener *listener, struct intake *intake);

/* What a hand is to do next. */
enum duty { DUTY_TASK, DUTY_GATHER, DUTY_END };

/* Wait for it.  *seat is that of DUTY_TASK. */
enum duty crew_wait(struct hand *me, struct seat **seat);

/* Give a request to a hand that may wait.  Callable by who gathers. */
void crew_hand_over(struct seat *seat, enum task task);

/* Wake the one that gathers. */
void crew_wake(struct crew *c);

/* Take a seat for a new connection; NULL when there is none free. */
struct seat *crew_take_seat(struct crew *c);

void crew_free_seat(struct seat *seat);

/* A parked request is stored. */
void crew_note_stored(struct seat *seat);

/* Another request may follow on a connection: see to it who gathers. */
void crew_keep(struct seat *seat);

/* Take all of a list of the crew. */
struct seat *crew_take_all(struct crew *c, struct seats *list);

/* Stop to gather: another hand is to go on; or, at the end, none. */
void crew_stop_gathering(struct crew *c, bool is_end);

/* Return whether a seat is free.  If not, crew_free_seat() will wake. */
bool crew_has_seat(struct crew *c);

void crew_close(struct crew *c);

#endif
