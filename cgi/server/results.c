/* SPDX-License-Identifier: ISC */
#include "server/results.h"

#include "json/json.h"

#define ID_MAX_BYTES (6 * EVENT_ID_MAX_BYTES) /* each byte as \uXXXX */
#define ITEM_MAX_BYTES 512 /* all else of an item */

/* Stored events must never be answered with 503 for lack of space. */
_Static_assert(EVENT_BATCH_MAX *(ID_MAX_BYTES + ITEM_MAX_BYTES) + 1024 <
	REPLY_BODY_MAX_BYTES,
    "the longest reply to a batch fits");

static void
add_flags(struct buf *b, unsigned flags)
{
	const char *label, *comma = "";

	if (flags == 0)
		return;
	buf_puts(b, ",\"flags\":[");
	for (unsigned bit = 1; bit <= flags; bit <<= 1) {
		label = event_flag_label(bit);
		if ((flags & bit) == 0 || label == NULL)
			continue;
		buf_printf(b, "%s\"%s\"", comma, label);
		comma = ",";
	}
	buf_puts(b, "]");
}

static void
add_receipt(struct buf *b, const struct item *it)
{
	const struct receipt *rc = &it->receipt;
	char id[UUID_TEXT_BYTES];

	buf_puts(b, "{");
	json_string(b, "outcome", outcome_label(rc->outcome));
	if (rc->reason[0] != '\0') {
		buf_puts(b, ",");
		json_string(b, "reason", rc->reason);
	}
	if (rc->outcome != OUTCOME_QUEUED) {
		buf_puts(b, ",");
		json_string(b, "alert_id", rc->alert_id);
		buf_puts(b, ",");
		json_string(b, "status", rc->status);
	}
	buf_puts(b, ",\"Id\":");
	json_quote(b, it->ev.external_id);
	uuid_format(&it->ev.id, id);
	buf_puts(b, ",");
	json_string(b, "event_id", id);
	add_flags(b, it->ev.flags);
	buf_puts(b, "}");
}

static void
add_item(struct buf *b, const struct item *it)
{
	if (outcome_is_accepted(it->outcome)) {
		add_receipt(b, it);
		return;
	}
	buf_printf(b, "{\"status\":%d", outcome_status(it->outcome));
	buf_puts(b, ",");
	if (it->outcome == OUTCOME_INVALID)
		reply_fault(b, &it->fault);
	else
		json_string(b, "detail", reply_detail(it->outcome));
	buf_puts(b, "}");
}

enum outcome
results_outcome(const struct delivery *d)
{
	enum outcome sum = OUTCOME_INVALID;

	if (!d->is_batch)
		return d->items[0].outcome;
	for (size_t i = 0; i < d->n; i++) {
		enum outcome o = d->items[i].outcome;

		if (outcome_status(o) == 503)
			return o == OUTCOME_SHARE_USED ? o
						       : OUTCOME_UNAVAILABLE;
		if (o == OUTCOME_QUEUED)
			sum = o;
		else if (sum == OUTCOME_INVALID ||
		    (outcome_is_accepted(o) && !outcome_is_accepted(sum)))
			sum = o;
	}
	return sum;
}

/*
 * Write the result of each item.  A dialect may make more events of a body than
 * a batch may have, with longer Ids than the sender's: omit the results that do
 * not fit, since the events are stored.
 */
static void
batch_results(struct reply *rep, const struct delivery *d, enum outcome o)
{
	struct buf *b = &rep->body;
	size_t room = REPLY_BODY_MAX_BYTES - ID_MAX_BYTES - 2 * ITEM_MAX_BYTES;
	size_t i;

	if (o == OUTCOME_INVALID) {
		reply_problem_begin(rep, o,
		    "every item of the batch breaks a rule");
		buf_puts(b, ",");
	} else {
		buf_puts(b, "{");
	}
	buf_puts(b, "\"results\":[");
	for (i = 0; i < d->n && b->len < room; i++) {
		if (i > 0)
			buf_puts(b, ",");
		add_item(b, &d->items[i]);
	}
	buf_puts(b, "]");
	if (i < d->n)
		buf_printf(b, ",\"omitted\":%zu", d->n - i);
	buf_puts(b, "}\n");
}

void
results_write(struct reply *rep, const struct delivery *d)
{
	enum outcome o = results_outcome(d);

	if (!outcome_is_accepted(o) && !(d->is_batch && o == OUTCOME_INVALID)) {
		reply_problem(rep, o, &d->items[0].fault);
		return;
	}
	rep->status = outcome_status(o);
	rep->type = "application/json";
	if (d->is_batch) {
		batch_results(rep, d, o);
	} else {
		add_receipt(&rep->body, &d->items[0]);
		buf_puts(&rep->body, "\n");
	}
	if (rep->body.failed)
		reply_problem(rep, OUTCOME_UNAVAILABLE, NULL);
}
