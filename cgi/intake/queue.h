/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_QUEUE_H
#define INTAKE_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/batch.h"
#include "event/delivery.h"

/* A delivery while it is stored. */
struct job {
	struct delivery *d;
	int64_t deadline; /* of clock_ms() */
	/* NULL: a thread waits for the job; else see intake_park(). */
	void (*stored)(struct job *job);
	unsigned sender; /* hash of its integration */
	size_t next; /* first item that no leader has taken */
	size_t flying; /* items taken by a leader, verdict pending */
	/*
	 * All items have their verdict.  Once it is set, a thread that waits
	 * may return without taking the lock, so a leader sets it last and
	 * does not touch the job again.
	 */
	atomic_bool done;
	struct job *before, *after; /* in the queue while next < d->n */
	struct job *peer; /* private to queue_take() */
};

/* Jobs with items to take, in order of arrival.  Needs a lock. */
struct queue {
	struct job *first, *last;
	unsigned event_us; /* of a batch, for each event; 0 = not known */
	unsigned hurry; /* so many batches more are short */
};

/* The events of one batch, and whose they are. */
struct load {
	size_t n;
	struct item *items[BATCH_EVENTS_MAX];
	const struct event *events[BATCH_EVENTS_MAX];
	struct job *owners[BATCH_EVENTS_MAX]; /* NULL = withdrawn */
	unsigned turn; /* hash of the integration whose turn is next */
};

/* Make the job of a delivery; it has none to do if job->next is d->n. */
void queue_make(struct job *job, struct delivery *d);

void queue_add(struct queue *q, struct job *job);

void queue_remove(struct queue *q, struct job *job);

/* Return the first job that waits: with no items in flight. */
struct job *queue_first(const struct queue *q);

/* Return whether at least n items can be taken. */
bool queue_holds(const struct queue *q, size_t n);

/* Return whether all items of a job were taken and have their verdict. */
bool queue_is_done(const struct job *job);

/*
 * Leave an item that was not stored to its owner to spool, and with it all
 * items of the job that were not taken: later events must not overtake it.
 */
void queue_give_up(struct queue *q, struct job *job, struct item *it);

/*
 * Return how many jobs queue_take() may take from, so that each of so many
 * leaders, who all take at once, has a full batch: more than there are if
 * one leader is enough.
 */
size_t queue_share(const struct queue *q, size_t leaders);

/*
 * Tell how long the call for a batch of n events took: it tells how many the
 * next ones may have.
 */
void queue_learn(struct queue *q, size_t n, int64_t ms);

/* The turns of a short batch end at so many events: see queue_take(). */
#define QUEUE_TURNS_MIN 96
#define QUEUE_TURNS_MS 20

/* After a small job, so many batches are short. */
#define QUEUE_HURRY 64

/*
 * Take items into an empty load until the batch is full, in turns.  First
 * each job that waits, in its order, gives one item; then the integrations
 * in turn give up to eight, each from its jobs in order.  Take from the first
 * jobs_max jobs only.
 *
 * So of BATCH_EVENTS_MAX jobs or fewer, each that waits is in the next batch,
 * however much the others bring.  Since it waits for the batch before,
 * too, batches are short while there are small jobs, of one turn or less: the
 * turns end when the call would take longer than QUEUE_TURNS_MS, but not below
 * QUEUE_TURNS_MIN events, since a small batch costs more for each.  Events have
 * BATCH_BYTES_MAX bytes together, beyond one that may be larger than what is
 * left; others that do not fit wait for the next batch.
 *
 * Jobs with items in flight are passed over: were a second leader to take
 * from the same job, its later items could be committed before the earlier
 * ones.
 */
void queue_take(struct queue *q, struct load *load, size_t jobs_max);

#endif
