/* SPDX-License-Identifier: ISC */
#include "server/results.h"

#include <stdlib.h>

#include "tap.h"

/* A batch of the most items, with the longest of all that a reply repeats. */
static void
fill(struct delivery *d, struct slice id, size_t n)
{
	d->is_batch = true;
	d->n = n;
	d->items = calloc(d->n, sizeof(d->items[0]));
	for (size_t i = 0; i < d->n; i++) {
		struct item *it = &d->items[i];
		struct receipt *rc = &it->receipt;

		it->outcome = rc->outcome = OUTCOME_ACKNOWLEDGED;
		it->ev.external_id = id;
		it->ev.flags = EVENT_TRUNCATED | EVENT_TAGS_DROPPED |
		    EVENT_META_IGNORED | EVENT_SEVERITY_UNKNOWN;
		memset(rc->reason, 'r', sizeof(rc->reason) - 1);
		memset(rc->alert_id, 'a', sizeof(rc->alert_id) - 1);
		memset(rc->status, 's', sizeof(rc->status) - 1);
	}
}

int
main(void)
{
	char id[EVENT_ID_MAX_BYTES];
	struct delivery d = {0};
	struct reply rep = {0};

	memset(id, 1, sizeof(id));
	fill(&d, (struct slice){id, sizeof(id)}, EVENT_BATCH_MAX);
	reply_begin(&rep);
	results_write(&rep, &d);
	is_int(rep.status, 200, "the longest reply to a batch is one");
	ok(rep.body.len > EVENT_BATCH_MAX * 6 * sizeof(id) && !rep.body.failed,
	    "and complete");
	ok(memmem(rep.body.data, rep.body.len, "omitted", 7) == NULL,
	    "with nothing left out");
	free(d.items);

	fill(&d, (struct slice){id, sizeof(id)}, 5 * EVENT_BATCH_MAX);
	reply_begin(&rep);
	results_write(&rep, &d);
	is_int(rep.status, 200, "what a dialect makes may be longer");
	ok(memmem(rep.body.data + rep.body.len - 20, 20,
	       "],\"omitted\":", 12) != NULL,
	    "it says how much is left out");
	free(d.items);
	reply_free(&rep);
	return done_testing();
}
