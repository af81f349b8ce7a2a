/* SPDX-License-Identifier: ISC */
#ifndef FAKE_INTAKE_H
#define FAKE_INTAKE_H

#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "intake/intake.h"

/* In the place of intake.c: says what it is told to. */
static struct {
	enum outcome verdict;
	char wrapper[EVENT_WRAPPER_BYTES];
	int took; /* milliseconds */
	int asked, stored;
	enum outcome result; /* of what is stored; OUTCOME_OK: an outage */
	int64_t left; /* when something was stored */
} fake;

enum outcome
intake_admit(struct intake *in, struct origin *from, int64_t deadline)
{
	(void)in;
	snprintf(from->wrapper, sizeof(from->wrapper), "%s", fake.wrapper);
	(void)deadline;
	fake.asked++;
	poll(NULL, 0, fake.took);
	return fake.verdict;
}

bool
intake_vouches(struct intake *in, struct origin *from)
{
	(void)in;
	snprintf(from->wrapper, sizeof(from->wrapper), "%s", fake.wrapper);
	return fake.verdict == OUTCOME_OK;
}

void
intake_store(struct intake *in, struct delivery *d, int64_t deadline)
{
	(void)in;
	fake.stored++;
	fake.left = deadline - clock_ms();
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].outcome == OUTCOME_OK)
			d->items[i].outcome = d->items[i].receipt.outcome =
			    fake.result == OUTCOME_OK ? OUTCOME_UNAVAILABLE
						      : fake.result;
}

/* Of health and board, which are not asked here. */
int
intake_lend(struct intake *in, void (*use)(struct db *db, void *arg), void *arg,
    int64_t deadline)
{
	(void)in;
	(void)use;
	(void)arg;
	(void)deadline;
	return -1;
}

enum outcome
intake_ask(struct intake *in, enum db_call call, const char *const *params,
    struct rows *rows, int64_t deadline)
{
	(void)in;
	(void)call;
	(void)params;
	(void)rows;
	(void)deadline;
	return OUTCOME_UNAVAILABLE;
}

#endif
