/* SPDX-License-Identifier: ISC */
#include "intake/commit.h"

#include "base/clock.h"
#include "spool/listing.h"

/* Return whether an event needs the spool but the copy does not admit it. */
static bool
is_unknown(const struct commit *s, const struct event *const *events)
{
	struct admission *a = spooler_admission(s->spooler);
	char database[UUID_TEXT_BYTES];

	for (size_t i = 0; i < s->n; i++)
		if (events[i] != NULL &&
		    s->outcomes[i] == OUTCOME_UNAVAILABLE &&
		    admission_check(a, events[i]->from, database) != OUTCOME_OK)
			return true;
	return false;
}

/* Add the i-th event to the call.  OUTCOME_OK: no verdict yet. */
static void
add(struct commit *s, const struct event *ev, size_t i)
{
	s->outcomes[i] = OUTCOME_OK;
	s->place[s->args.n] = i;
	batch_add(&s->args, ev);
}

void
commit_begin(struct commit *s, const struct event *const *events, size_t n)
{
	struct gate gate;
	bool away = s->spooler != NULL && !db_tick(s->db);

	/* If everything is spooled, what already waits does not matter. */
	gate.files = 0;
	if (s->spooler != NULL && !away)
		spooler_gate(s->spooler, &gate);
	s->n = n;
	batch_begin(&s->args);
	for (size_t i = 0; i < n; i++) {
		if (away || listing_holds(&gate, events[i]))
			s->outcomes[i] = OUTCOME_UNAVAILABLE;
		else
			add(s, events[i], i);
	}
	s->unknown = false;
	if (s->args.n < n)
		s->unknown = !away && is_unknown(s, events);
}

/* Apply the outcome of the call to each event in it. */
static void
settle(struct commit *s, enum outcome o)
{
	/* From the end: place[i] >= i, so no receipt is lost. */
	for (size_t i = s->args.n; i-- > 0;) {
		size_t at = s->place[i];

		s->outcomes[at] = o;
		if (o != OUTCOME_OK)
			continue;
		s->receipts[at] = s->receipts[i];
		s->outcomes[at] = s->receipts[at].outcome;
	}
}

bool
commit_call(struct commit *s, int64_t deadline)
{
	enum outcome o = OUTCOME_UNAVAILABLE;

	if (s->args.n == 0)
		return !s->unknown;
	if (batch_end(&s->args) == 0)
		o = db_ingest(s->db, &s->args, s->receipts, deadline);
	if (o == OUTCOME_INVALID && s->args.n > 1)
		return false;
	settle(s, o);
	return (o != OUTCOME_UNAVAILABLE && !s->unknown) || s->spooler == NULL;
}

/* Store the i-th event in a call of its own. */
static enum outcome
call_one(struct commit *s, const struct event *ev, size_t i, int64_t deadline)
{
	struct receipt *rc = &s->receipts[i];
	enum outcome o;

	if (clock_left_ms(deadline) == 0)
		return OUTCOME_UNAVAILABLE;
	batch_begin(&s->args);
	batch_add(&s->args, ev);
	if (batch_end(&s->args) == -1)
		return OUTCOME_UNAVAILABLE;
	o = db_ingest(s->db, &s->args, rc, deadline);
	return o == OUTCOME_OK ? rc->outcome : o;
}

/*
 * PostgreSQL refuses one event of the batch: find it and store the others.
 * If an event was withdrawn or the database did not take it, store none of
 * those behind it: one of the same key would overtake it while it waits in
 * the spool.
 */
static void
call_singly(struct commit *s, const struct event *const *events,
    int64_t deadline)
{
	bool away = false;

	for (size_t i = 0; i < s->n; i++) {
		if (s->outcomes[i] != OUTCOME_OK)
			continue;
		s->outcomes[i] = OUTCOME_UNAVAILABLE;
		if (!away && events[i] != NULL)
			s->outcomes[i] = call_one(s, events[i], i, deadline);
		away = away || s->outcomes[i] == OUTCOME_UNAVAILABLE;
	}
}

void
commit_rescue(struct commit *s, const struct event *const *events,
    int64_t deadline)
{
	struct admission *a = NULL;

	if (s->spooler != NULL)
		a = spooler_admission(s->spooler);
	call_singly(s, events, deadline);
	/*
	 * For example, the token is new and its alert is locked.  Then the one
	 * before may be revoked, so do not leave this to the housekeeper: the
	 * next sender may come before it.
	 */
	if (a != NULL && db_tick(s->db) && clock_left_ms(deadline) > 0 &&
	    (is_unknown(s, events) || admission_is_due(a)))
		admission_refresh(a, s->db, deadline);
}
