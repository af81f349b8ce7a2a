/* SPDX-License-Identifier: ISC */
#include "intake/queue.h"

void
queue_skip(struct job *job)
{
	struct delivery *d = job->d;

	while (job->next < d->n && d->items[job->next].outcome != OUTCOME_OK)
		job->next++;
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
