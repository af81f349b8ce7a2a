/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_QUEUE_H
#define INTAKE_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "event/delivery.h"

/* One thread's delivery, waiting to be stored. */
struct job {
	struct delivery *d;
	size_t next; /* first item that was not taken yet */
	size_t flying; /* items taken by a leader who is not back */
	atomic_bool done; /* set as the last thing a leader does with it */
	struct job *before, *after; /* in the queue while next < d->n */
};

/* Deliveries in the order they came.  The caller has the lock. */
struct queue {
	struct job *first, *last;
};

void queue_add(struct queue *q, struct job *job);

void queue_remove(struct queue *q, struct job *job);

/* First in the queue whose earlier items are not still on their way. */
struct job *queue_first(const struct queue *q);

/* Whether n items or more could be taken. */
bool queue_holds(const struct queue *q, size_t n);

/* Move on to the job's next item that has no verdict. */
void queue_skip(struct job *job);

/* All its items are taken, and back. */
bool queue_is_done(const struct job *job);

#endif
