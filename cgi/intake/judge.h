/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_JUDGE_H
#define INTAKE_JUDGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "intake/intake.h"

/*
 * Asks the database whether senders may send.  Threads that ask while a
 * connection is busy share the next question, so that many strangers at once
 * cost little more than one.  No answer is kept: the next to ask hears what
 * the database says then.
 */
struct judge {
	pthread_mutex_t lock; /* protects what follows */
	pthread_condattr_t monotonic;
	struct asker *first, *last; /* not asked for yet */
	bool asking; /* a thread waits for a connection or an answer */
};

void judge_init(struct judge *j);

/*
 * OUTCOME_OK, and from->wrapper is set, or the outcome with which the database
 * refuses the sender.  OUTCOME_UNAVAILABLE when it gave no answer before the
 * deadline.
 */
enum outcome judge_ask(struct judge *j, struct intake *in, struct origin *from,
    int64_t deadline);

void judge_free(struct judge *j);

#endif
