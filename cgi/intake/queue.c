/* SPDX-License-Identifier: ISC */
#include "intake/queue.h"

#include <stdint.h>
#include <string.h>

#include "spool/spool.h"

#define TURN_EVENTS 8 /* that an integration gives at a time */
#define LEARN_MIN 32 /* events; what a smaller call costs is mostly its own */
#define LEARN_SHARE 4 /* the last call counts for one of so many */
#define SLOTS 512 /* a power of two, over twice BATCH_EVENTS_MAX - 1 */

/* The jobs of one integration that have more to give. */
struct lane {
	struct job *first, *last;
	struct lane *next; /* in a ring */
};

/* A batch while it is filled. */
struct filling {
	struct queue *q;
	struct load *load;
	size_t events_max;
	size_t bytes;
	bool exceeded; /* by one event, which is not in bytes */
	struct job *rest[BATCH_EVENTS_MAX]; /* have given and have more */
	size_t rest_n;
};

/* Advance to the job's next item that has no verdict. */
static void
skip(struct job *job)
{
	struct delivery *d = job->d;

	while (job->next < d->n && d->items[job->next].outcome != OUTCOME_OK)
		job->next++;
}

void
queue_make(struct job *job, struct delivery *d)
{
	*job = (struct job){.d = d, .sender = spool_sender(&d->from)};
	skip(job);
}

void
queue_add(struct queue *q, struct job *job)
{
	job->before = q->last;
	job->after = NULL;
	if (q->last != NULL)
		q->last->after = job;
	else
		q->first = job;
	q->last = job;
}

void
queue_remove(struct queue *q, struct job *job)
{
	if (job->before != NULL)
		job->before->after = job->after;
	else
		q->first = job->after;
	if (job->after != NULL)
		job->after->before = job->before;
	else
		q->last = job->before;
}

struct job *
queue_first(const struct queue *q)
{
	struct job *job = q->first;

	while (job != NULL && job->flying > 0)
		job = job->after;
	return job;
}

bool
queue_holds(const struct queue *q, size_t n)
{
	size_t sum = 0;

	for (const struct job *job = q->first; job != NULL && sum < n;
	     job = job->after)
		if (job->flying == 0)
			sum += job->d->n - job->next;
	return sum >= n;
}

bool
queue_is_done(const struct job *job)
{
	return job->flying == 0 && job->next == job->d->n;
}

void
queue_give_up(struct queue *q, struct job *job, struct item *it)
{
	it->outcome = OUTCOME_OK;
	if (job->next == job->d->n)
		return;
	queue_remove(q, job);
	job->next = job->d->n;
}

size_t
queue_share(const struct queue *q, size_t leaders)
{
	size_t jobs = 0, events = 0, share;

	for (const struct job *job = q->first; job != NULL; job = job->after)
		if (job->flying == 0) {
			jobs++;
			events += job->d->n - job->next;
		}
	if (leaders > events / BATCH_EVENTS_MAX)
		leaders = events / BATCH_EVENTS_MAX;
	if (leaders < 2)
		return SIZE_MAX;
	share = (jobs + leaders - 1) / leaders;
	jobs = 0;
	for (const struct job *job = q->first; job != NULL && jobs < share;
	     job = job->after)
		if (job->flying == 0) {
			jobs++;
			events -= job->d->n - job->next;
		}
	/* Less than a batch has no leader of its own: leave none behind. */
	return events < BATCH_EVENTS_MAX ? SIZE_MAX : share;
}

void
queue_learn(struct queue *q, size_t n, int64_t ms)
{
	unsigned us;

	if (n < LEARN_MIN)
		return;
	us = (unsigned)(ms * 1000 / (int64_t)n);
	if (q->event_us > 0)
		us = (us + (LEARN_SHARE - 1) * q->event_us) / LEARN_SHARE;
	q->event_us = us;
}

/* Take the next item of a job; false when there is no room for it. */
static bool
give(struct filling *f, struct job *job)
{
	struct item *it = &job->d->items[job->next];
	struct load *load = f->load;
	bool fits = f->bytes + it->ev.raw.len <= BATCH_BYTES_MAX;

	if (load->n == f->events_max || (!fits && f->exceeded))
		return false;
	if (fits)
		f->bytes += it->ev.raw.len;
	else
		f->exceeded = true;
	load->items[load->n] = it;
	load->events[load->n] = &it->ev;
	load->owners[load->n++] = job;
	job->flying++;
	job->next++;
	skip(job);
	if (job->next == job->d->n)
		queue_remove(f->q, job);
	return true;
}

static bool
is_peer(const struct job *a, const struct job *b)
{
	return a->sender == b->sender &&
	    slice_equal(a->d->from.integration_id, b->d->from.integration_id);
}

/* Sort the jobs that have more to give by integration; return how many. */
static size_t
make_lanes(const struct filling *f, struct lane lanes[BATCH_EVENTS_MAX],
    struct lane **start)
{
	uint16_t slots[SLOTS] = {0}; /* numbers of lanes, from 1 on */
	size_t n = 0, at;

	*start = &lanes[0];
	for (size_t i = 0; i < f->rest_n; i++) {
		struct job *job = f->rest[i];
		struct lane *lane;

		at = job->sender % SLOTS;
		while (
		    slots[at] != 0 && !is_peer(lanes[slots[at] - 1].first, job))
			at = (at + 1) % SLOTS;
		job->peer = NULL;
		if (slots[at] == 0) {
			lane = &lanes[n++];
			slots[at] = (uint16_t)n;
			lane->first = job;
			lane->next = lane + 1;
		} else {
			lane = &lanes[slots[at] - 1];
			lane->last->peer = job;
		}
		lane->last = job;
		if (job->sender == f->load->turn)
			*start = lane;
	}
	if (n > 0)
		lanes[n - 1].next = &lanes[0];
	return n;
}

/* Let an integration have its turn; false when it was cut short. */
static bool
give_some(struct filling *f, struct lane *lane)
{
	for (int i = 0; i < TURN_EVENTS; i++) {
		struct job *job = lane->first;

		if (!give(f, job))
			return false;
		if (job->next == job->d->n)
			lane->first = job->peer;
		if (lane->first == NULL)
			return false;
	}
	return true;
}

/* Return how many events a batch may have for the turns to go on. */
static size_t
turns_max(const struct queue *q)
{
	size_t n = BATCH_EVENTS_MAX;

	if (q->hurry == 0)
		return n;
	if (q->event_us > 0)
		n = QUEUE_TURNS_MS * 1000 / q->event_us;
	if (n < QUEUE_TURNS_MIN)
		n = QUEUE_TURNS_MIN;
	return n < BATCH_EVENTS_MAX ? n : BATCH_EVENTS_MAX;
}

/*
 * Let the integrations give in turn, and note whose turn is next: a turn that
 * was cut short because the batch is full is had again.
 */
static void
fill_in_turns(struct filling *f)
{
	struct lane lanes[BATCH_EVENTS_MAX], *lane, *before;
	size_t n = make_lanes(f, lanes, &lane);

	for (before = lane; n > 0 && before->next != lane;)
		before = before->next;
	f->events_max = turns_max(f->q);
	while (n > 0 && f->load->n < f->events_max) {
		lane = before->next;
		if (give_some(f, lane)) {
			before = lane;
		} else if (lane->first == NULL || f->load->n < f->events_max) {
			before->next = lane->next;
			n--;
		}
	}
	if (n > 0)
		f->load->turn = before->next->first->sender;
}

void
queue_take(struct queue *q, struct load *load, size_t jobs_max)
{
	struct filling f = {.q = q,
	    .load = load,
	    .events_max = BATCH_EVENTS_MAX};
	struct job *job, *after;

	load->n = 0;
	if (q->hurry > 0)
		q->hurry--;
	for (job = q->first;
	     job != NULL && jobs_max > 0 && load->n < BATCH_EVENTS_MAX;
	     job = after) {
		after = job->after;
		if (job->flying > 0)
			continue;
		jobs_max--;
		if (job->d->n <= TURN_EVENTS)
			q->hurry = QUEUE_HURRY;
		if (give(&f, job) && job->next < job->d->n)
			f.rest[f.rest_n++] = job;
	}
	if (load->n < BATCH_EVENTS_MAX) {
		fill_in_turns(&f);
		return;
	}
	/* There may be more jobs than fit: those behind go first next time. */
	for (size_t i = 0; i < f.rest_n; i++) {
		queue_remove(q, f.rest[i]);
		queue_add(q, f.rest[i]);
	}
}
