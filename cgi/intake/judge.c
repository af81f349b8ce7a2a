/* SPDX-License-Identifier: ISC */
#include "intake/judge.h"

#include <time.h>

#include "base/clock.h"
#include "base/timing.h"

/* A thread that asks.  On its stack. */
struct asker {
	struct origin *from;
	int64_t deadline;
	enum outcome outcome;
	bool taken; /* into a question, and out of the list */
	bool answered;
	pthread_cond_t wake; /* answered, or to ask for all in the list */
	struct asker *before, *after; /* in the list */
};

void
judge_init(struct judge *j)
{
	*j = (struct judge){.asking = false};
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&j->monotonic);
	pthread_condattr_setclock(&j->monotonic, CLOCK_MONOTONIC);
}

static void
add(struct judge *j, struct asker *me)
{
	me->before = j->last;
	if (j->last != NULL)
		j->last->after = me;
	else
		j->first = me;
	j->last = me;
}

static void
take_out(struct judge *j, struct asker *me)
{
	if (me->before != NULL)
		me->before->after = me->after;
	else
		j->first = me->after;
	if (me->after != NULL)
		me->after->before = me->before;
	else
		j->last = me->before;
}

/* Ask for all in the list.  Only the thread that is asking comes here. */
static void
ask(struct db *db, void *arg)
{
	struct judge *j = arg;
	struct asker *askers[DB_SENDERS_MAX];
	struct origin *senders[DB_SENDERS_MAX];
	enum outcome outcomes[DB_SENDERS_MAX], res;
	int64_t deadline = INT64_MAX;
	size_t n = 0;

	pthread_mutex_lock(&j->lock);
	for (; j->first != NULL && n < DB_SENDERS_MAX; n++) {
		askers[n] = j->first;
		senders[n] = j->first->from;
		if (deadline > j->first->deadline)
			deadline = j->first->deadline;
		j->first->taken = true;
		take_out(j, j->first);
	}
	pthread_mutex_unlock(&j->lock);

	if (clock_left_ms(deadline) < CALL_MIN_MS)
		deadline = clock_ms() + CALL_MIN_MS;
	res = db_judge(db, senders, n, outcomes, deadline);

	pthread_mutex_lock(&j->lock);
	for (size_t i = 0; i < n; i++) {
		askers[i]->outcome = res == OUTCOME_OK ? outcomes[i] : res;
		askers[i]->answered = true;
		pthread_cond_signal(&askers[i]->wake);
	}
	pthread_mutex_unlock(&j->lock);
}

/* Called with the lock held; releases it meanwhile. */
static void
ask_for_all(struct judge *j, struct intake *in, int64_t deadline)
{
	j->asking = true;
	pthread_mutex_unlock(&j->lock);
	intake_lend(in, ask, j, deadline);
	pthread_mutex_lock(&j->lock);
	j->asking = false;
}

/* One that is taken waits for the answer: its deadline is kept by ask(). */
static void
wait(struct judge *j, struct asker *me)
{
	struct timespec until = {me->deadline / 1000,
	    me->deadline % 1000 * 1000000};

	if (me->taken)
		pthread_cond_wait(&me->wake, &j->lock);
	else
		pthread_cond_timedwait(&me->wake, &j->lock, &until);
}

enum outcome
judge_ask(struct judge *j, struct intake *in, struct origin *from,
    int64_t deadline)
{
	struct asker me = {.from = from,
	    .deadline = deadline,
	    .outcome = OUTCOME_UNAVAILABLE};

	pthread_cond_init(&me.wake, &j->monotonic);
	pthread_mutex_lock(&j->lock);
	add(j, &me);
	while (!me.answered && (me.taken || clock_left_ms(deadline) > 0)) {
		if (j->asking)
			wait(j, &me);
		else
			ask_for_all(j, in, deadline);
	}
	if (!me.taken)
		take_out(j, &me);
	/* Who comes while it is asking waits to be told to ask next. */
	if (!j->asking && j->first != NULL)
		pthread_cond_signal(&j->first->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_cond_destroy(&me.wake);
	return me.outcome;
}

void
judge_free(struct judge *j)
{
	pthread_condattr_destroy(&j->monotonic);
	pthread_mutex_destroy(&j->lock);
}
