/* SPDX-License-Identifier: ISC */
#ifndef SERVER_POOL_H
#define SERVER_POOL_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "intake/intake.h"
#include "server/endpoint.h"
#include "server/serve.h"

/*
 * The thread pool.  A slot holds a connection and its current request.  One
 * thread at a time is the gatherer (server/gather.h): it alone accepts
 * connections, and it handles each request that waits for nothing but the
 * database.  Every other request is a task for another thread, which may block.
 * The thread that became idle last is woken first, so that few threads do most
 * of the work.
 */

/* What is left to do for a request, by a thread that may block. */
enum task {
	TASK_ALL, /* from its first byte on */
	TASK_ANSWER, /* endpoint_answer() */
	TASK_STORE, /* intake_store(), endpoint_finish() */
	TASK_FINISH, /* intake_finish(), endpoint_finish() */
	TASK_KEEP /* endpoint_keep() */
};

struct pool;

struct slot {
	struct pool *pool;
	struct worker worker;
	struct job job; /* while the request is parked */
	bool is_parked; /* see intake_park() */
	enum task task;
	struct slot *next; /* in a list; a slot is in at most one */
	int new_fd; /* accepted, not yet read from; -1: http has it */
	int place; /* in pool->waiting; -1: not there */
	int64_t idle_since; /* accepted, or last answered; of clock_ms() */
	pthread_mutex_t lock; /* of fd and since, for the watchdog */
	int fd; /* connection of the current request, or -1 */
	int64_t since;
};

struct slot_list {
	struct slot *first, *last;
};

struct thread {
	struct pool *pool;
	pthread_t id;
	sem_t wake;
	struct thread *next; /* in the list of the idle */
	atomic_bool ended; /* the thread is about to return */
};

struct pool {
	struct intake *intake;
	struct listener *listener;
	int wake; /* eventfd: wakes the gatherer */
	atomic_bool stopping;
	atomic_llong served_at; /* the last request, of clock_ms() */
	atomic_llong complained_at;

	pthread_mutex_t lock; /* protects the members up to ended */
	struct slot_list free, tasks;
	struct slot_list stored; /* parked requests whose events are stored */
	struct slot_list kept_alive; /* connections, for the next request */
	struct thread *idle;
	bool has_gatherer;
	pthread_t gatherer;
	bool starved; /* the gatherer waits for a free slot */
	bool ended; /* the gatherer has ended; the other threads must, too */

	/* Used by the gatherer alone. */
	struct slot **waiting; /* for the first byte of a request */
	int waiting_n;
	int new_n; /* of these, with a new connection */
	int arrivals; /* epoll: connections of those that wait */
	int parked_n;
	int64_t check_at; /* next check for overdue slots, of clock_ms() */
	int64_t accept_at; /* accept nothing before; 0 = at any time */
	bool done_accepting; /* accept nothing more */

	int slots_n, threads_n;
	struct slot *slots;
	struct thread *threads;
};

/*
 * Allocate a pool for at most n requests at a time.  Borrows listener and
 * intake.  Returns NULL when out of memory or descriptors.
 */
struct pool *pool_open(int n, struct listener *listener, struct intake *intake);

/* What a thread must do next. */
enum duty { DUTY_TASK, DUTY_GATHER, DUTY_END };

/* Wait for the next duty; for DUTY_TASK, *slot is set. */
enum duty pool_wait(struct thread *me, struct slot **slot);

/* Queue the rest of a request for another thread.  For the gatherer only. */
void pool_submit(struct slot *slot, enum task task);

/* Wake the gatherer. */
void pool_wake(struct pool *pool);

/* Take a slot for a new connection; NULL when none is free. */
struct slot *pool_take_slot(struct pool *pool);

void pool_free_slot(struct slot *slot);

/* Tell the gatherer that the events of a parked request are stored. */
void pool_note_stored(struct slot *slot);

/* Let the gatherer wait for the next request on the slot's connection. */
void pool_keep_alive(struct slot *slot);

/* Take all slots out of a list, stored or kept_alive. */
struct slot *pool_take_all(struct pool *pool, struct slot_list *list);

/* Stop being the gatherer; another thread takes over, unless is_end. */
void pool_stop_gathering(struct pool *pool, bool is_end);

/*
 * Return whether a slot is free; if not, pool_free_slot() wakes the gatherer.
 */
bool pool_has_slot(struct pool *pool);

void pool_close(struct pool *pool);

#endif
