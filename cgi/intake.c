/* SPDX-License-Identifier: ISC */
#include "intake.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "clock.h"

/*
 * Who has less time left than this does not lead, since its neighbours would
 * get no more.
 */
#define LEAD_MIN_MS 50
#define LEAVE_AGAIN_MS 1

static const struct fault unstorable = {"",
    "the database can not hold this event"};

/* One thread's delivery, waiting. */
struct job {
	struct delivery *d;
	size_t next; /* first item that was not taken yet */
	size_t flying; /* items taken by a leader who is not back */
	pthread_cond_t wake;
	struct job *before, *after; /* in the queue while next < d->n */
};

/* One connection, and the batch its leader has in hand. */
struct lead {
	struct db *db;
	bool taken;
	bool reading; /* the items are in use: owners may not leave */
	struct batch args;
	size_t n;
	struct item *items[BATCH_EVENTS_MAX];
	struct job *owners[BATCH_EVENTS_MAX]; /* NULL: gave up and left */
	struct receipt receipts[BATCH_EVENTS_MAX];
	enum outcome outcomes[BATCH_EVENTS_MAX];
};

struct intake {
	const struct conf *conf;
	pthread_mutex_t lock; /* over all that follows */
	pthread_condattr_t monotonic;
	struct job *first, *last;
	size_t n;
	struct lead leads[];
};

struct intake *
intake_open(const struct conf *conf, enum db_mode mode)
{
	size_t n = mode == DB_SERVER ? (size_t)conf->connections : 1;
	struct intake *in;

	in = calloc(1, sizeof(*in) + n * sizeof(in->leads[0]));
	if (in == NULL)
		return NULL;
	in->conf = conf;
	pthread_mutex_init(&in->lock, NULL);
	pthread_condattr_init(&in->monotonic);
	pthread_condattr_setclock(&in->monotonic, CLOCK_MONOTONIC);
	for (; in->n < n; in->n++) {
		in->leads[in->n].db = db_open(conf, mode);
		if (in->leads[in->n].db == NULL) {
			intake_close(in);
			return NULL;
		}
	}
	return in;
}

/* Move on to the next item that has no verdict. */
static void
skip_judged(struct job *job)
{
	struct delivery *d = job->d;

	while (job->next < d->n && d->items[job->next].outcome != OUTCOME_OK)
		job->next++;
}

static void
enqueue(struct intake *in, struct job *job)
{
	job->before = in->last;
	job->after = NULL;
	if (in->last != NULL)
		in->last->after = job;
	else
		in->first = job;
	in->last = job;
}

static void
dequeue(struct intake *in, struct job *job)
{
	if (job->before != NULL)
		job->before->after = job->after;
	else
		in->first = job->after;
	if (job->after != NULL)
		job->after->before = job->before;
	else
		in->last = job->before;
}

/* First in the queue whose earlier items are not still on their way. */
static struct job *
first_ready(const struct intake *in)
{
	struct job *job = in->first;

	while (job != NULL && job->flying > 0)
		job = job->after;
	return job;
}

static struct lead *
free_lead(struct intake *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (!in->leads[i].taken)
			return &in->leads[i];
	return NULL;
}

/*
 * Take from the queue, in its order, what fits into one batch.  Items of one
 * job keep their order since no second leader touches a job in flight.
 */
static void
take(struct intake *in, struct lead *lead)
{
	size_t bytes = 0;
	struct job *job, *after;

	lead->taken = true;
	lead->reading = true;
	lead->n = 0;
	for (job = in->first; job != NULL; job = after) {
		after = job->after;
		if (job->flying > 0)
			continue;
		while (job->next < job->d->n) {
			struct item *it = &job->d->items[job->next];

			bytes += it->ev.raw.len;
			if (lead->n == BATCH_EVENTS_MAX ||
			    (lead->n > 0 && bytes > BATCH_BYTES_MAX))
				return;
			lead->items[lead->n] = it;
			lead->owners[lead->n++] = job;
			job->flying++;
			job->next++;
			skip_judged(job);
		}
		dequeue(in, job);
	}
}

/* From now on the items may be read, but for those whose owner has left. */
static void
start_reading(struct intake *in, struct lead *lead)
{
	pthread_mutex_lock(&in->lock);
	lead->reading = true;
	pthread_mutex_unlock(&in->lock);
}

static void
stop_reading(struct intake *in, struct lead *lead)
{
	pthread_mutex_lock(&in->lock);
	lead->reading = false;
	pthread_mutex_unlock(&in->lock);
}

/* Store n items from first on in one call; the lead is reading. */
static enum outcome
call(struct intake *in, struct lead *lead, size_t first, size_t n,
    int64_t deadline)
{
	enum outcome o;
	int rc;

	batch_begin(&lead->args);
	for (size_t i = first; i < first + n; i++)
		batch_add(&lead->args, &lead->items[i]->ev);
	rc = batch_end(&lead->args);
	stop_reading(in, lead);
	if (rc == -1)
		return OUTCOME_UNAVAILABLE;
	o = db_ingest(lead->db, &lead->args, &lead->receipts[first], deadline);
	for (size_t i = first; i < first + n; i++)
		lead->outcomes[i] =
		    o == OUTCOME_OK ? lead->receipts[i].outcome : o;
	return o;
}

/* One event of the batch is at fault: find it, and store the others. */
static void
call_singly(struct intake *in, struct lead *lead, int64_t deadline)
{
	for (size_t i = 0; i < lead->n; i++) {
		lead->outcomes[i] = OUTCOME_UNAVAILABLE;
		if (clock_left_ms(deadline) == 0)
			continue;
		start_reading(in, lead);
		if (lead->owners[i] != NULL)
			call(in, lead, i, 1, deadline);
		else
			stop_reading(in, lead);
	}
}

static bool
is_done(const struct job *job)
{
	return job->flying == 0 && job->next == job->d->n;
}

/* Called with the lock held. */
static void
wake_next_leader(struct intake *in)
{
	struct job *job = first_ready(in);

	if (job != NULL && free_lead(in) != NULL)
		pthread_cond_signal(&job->wake);
}

/* Called with the lock held. */
static void
hand_out(struct lead *lead)
{
	for (size_t i = 0; i < lead->n; i++) {
		struct job *job = lead->owners[i];
		struct item *it = lead->items[i];

		if (job == NULL)
			continue;
		it->outcome = lead->outcomes[i];
		if (outcome_is_accepted(it->outcome))
			it->receipt = lead->receipts[i];
		if (it->outcome == OUTCOME_INVALID)
			it->fault = unstorable;
		if (--job->flying == 0)
			pthread_cond_signal(&job->wake);
	}
	lead->taken = false;
}

/* Called with the lock held, and returns so; without it in between. */
static void
run(struct intake *in, struct lead *lead, int64_t deadline)
{
	take(in, lead);
	wake_next_leader(in);
	pthread_mutex_unlock(&in->lock);
	if (call(in, lead, 0, lead->n, deadline) == OUTCOME_INVALID &&
	    lead->n > 1)
		call_singly(in, lead, deadline);
	pthread_mutex_lock(&in->lock);
	hand_out(lead);
	wake_next_leader(in);
}

/*
 * Called with the lock held: a job whose time is up takes back its items.
 * One that a leader is reading right now stays until he is through, which
 * takes no longer than copying it.
 */
static bool
leave(struct intake *in, struct job *job)
{
	for (size_t l = 0; l < in->n; l++) {
		struct lead *lead = &in->leads[l];

		for (size_t i = 0; lead->taken && i < lead->n; i++) {
			if (lead->owners[i] != job)
				continue;
			if (lead->reading)
				return false;
			lead->owners[i] = NULL;
			job->flying--;
		}
	}
	if (job->next < job->d->n)
		dequeue(in, job);
	return true;
}

static void
wait_until(struct intake *in, struct job *job, int64_t ms)
{
	struct timespec until = {ms / 1000, ms % 1000 * 1000000};

	pthread_cond_timedwait(&job->wake, &in->lock, &until);
}

void
intake_store(struct intake *in, struct delivery *d, int64_t deadline)
{
	struct job job = {.d = d};
	struct lead *lead;
	int left;

	skip_judged(&job);
	if (job.next == d->n)
		return;
	pthread_cond_init(&job.wake, &in->monotonic);
	pthread_mutex_lock(&in->lock);
	enqueue(in, &job);
	while (!is_done(&job)) {
		lead = job.flying == 0 ? free_lead(in) : NULL;
		left = clock_left_ms(deadline);
		if (lead != NULL && left > LEAD_MIN_MS)
			run(in, lead, deadline);
		else if (lead == NULL && left > 0)
			wait_until(in, &job, deadline);
		else if (leave(in, &job))
			break;
		else
			wait_until(in, &job, clock_ms() + LEAVE_AGAIN_MS);
	}
	wake_next_leader(in);
	pthread_mutex_unlock(&in->lock);
	pthread_cond_destroy(&job.wake);
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].outcome == OUTCOME_OK)
			d->items[i].outcome = OUTCOME_UNAVAILABLE;
}

void
intake_tick(struct intake *in)
{
	for (size_t i = 0; i < in->n; i++)
		db_tick(in->leads[i].db);
}

void
intake_close(struct intake *in)
{
	for (size_t i = 0; i < in->n; i++) {
		batch_free(&in->leads[i].args);
		db_close(in->leads[i].db);
	}
	pthread_condattr_destroy(&in->monotonic);
	pthread_mutex_destroy(&in->lock);
	free(in);
}
