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

/* The status of a batch with three items. */
static const struct {
	enum outcome items[3];
	int status;
	const char *name;
} batches[] = {
    {{OUTCOME_CREATED, OUTCOME_IGNORED, OUTCOME_INVALID}, 200,
	"what is invalid does not hurt the others"},
    {{OUTCOME_INVALID, OUTCOME_INVALID, OUTCOME_INVALID}, 422,
	"all are invalid"},
    {{OUTCOME_CREATED, OUTCOME_QUEUED, OUTCOME_INVALID}, 202, "one waits"},
    {{OUTCOME_QUEUED, OUTCOME_CREATED, OUTCOME_CREATED}, 202,
	"whichever it is"},
    {{OUTCOME_CREATED, OUTCOME_UNAVAILABLE, OUTCOME_QUEUED}, 503,
	"one is neither stored nor judged: all come again"},
    {{OUTCOME_INVALID, OUTCOME_SHARE_USED, OUTCOME_QUEUED}, 503,
	"or has no room in the spool"},
    {{OUTCOME_INVALID, OUTCOME_FORBIDDEN, OUTCOME_FORBIDDEN}, 403,
	"whose sender is a stranger"},
};

static void
test_status(void)
{
	struct item items[3] = {0};
	struct delivery d = {.is_batch = true, .items = items, .n = 3};
	struct reply rep = {0};

	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		for (size_t k = 0; k < 3; k++) {
			items[k].outcome = batches[i].items[k];
			items[k].receipt.outcome = items[k].outcome;
			items[k].fault = (struct fault){.pointer = "/Title",
			    .detail = "Title is missing"};
		}
		reply_begin(&rep);
		results_write(&rep, &d);
		is_int(rep.status, batches[i].status, batches[i].name);
	}
	reply_free(&rep);
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
	test_status();
	return done_testing();
}
