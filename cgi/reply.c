/* SPDX-License-Identifier: ISC */
#include "reply.h"

#include <stdbool.h>
#include <string.h>

#include "json.h"

#define PROBLEM "application/problem+json"
#define RETRY_AFTER_S 5

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {200, "OK"},
    {202, "Accepted"},
    {303, "See Other"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
};

/* Title of each problem and, where nothing better is known, its detail. */
static const struct {
	const char *title;
	const char *detail;
} problems[OUTCOME_COUNT] = {
    [OUTCOME_UNKNOWN_INTEGRATION] = {"Unknown integration",
	"no integration has this id"},
    [OUTCOME_DISABLED] = {"Integration disabled",
	"this integration takes no events until it is enabled again"},
    [OUTCOME_FORBIDDEN] = {"Forbidden",
	"the pagertree-token header is missing or wrong"},
    [OUTCOME_BAD_JSON] = {"Not JSON", "the body is not a JSON document"},
    [OUTCOME_INVALID] = {"Invalid event", "a member breaks a rule"},
    [OUTCOME_NOT_FOUND] = {"Not found",
	"there is nothing here; events go to /integration/int_..."},
    [OUTCOME_BAD_METHOD] = {"Method not allowed",
	"this path does not take this method; see the Allow header"},
    [OUTCOME_NOT_JSON] = {"Unsupported media type",
	"send Content-Type: application/json"},
    [OUTCOME_TOO_LARGE] = {"Too large", "the body is over the limit"},
    [OUTCOME_BAD_TOKEN_HEADER] = {"Bad header",
	"the pagertree-token header was sent more than once"},
    [OUTCOME_INCOMPLETE] = {"Incomplete body",
	"the body did not arrive whole; send it again"},
    [OUTCOME_UNAVAILABLE] = {"Unavailable",
	"the event could not be stored now; send it again"},
};

void
reply_begin(struct reply *rep)
{
	buf_reset(&rep->body);
	rep->body.max = REPLY_BODY_MAX_BYTES;
	buf_reset(&rep->head);
	rep->head.max = REPLY_HEAD_MAX_BYTES;
	rep->status = 0;
	rep->type = NULL;
	rep->allow = NULL;
	rep->retry = false;
}

static void
add_string(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "\"%s\":", name);
	if (value[0] == '\0')
		buf_puts(b, "null");
	else
		json_quote(b, (struct slice){value, strlen(value)});
}

static void
add_fault(struct buf *b, const struct fault *fault)
{
	buf_printf(b, "\"errors\":[{\"pointer\":\"%s\",", fault->pointer);
	add_string(b, "detail", fault->detail);
	buf_puts(b, "}]");
}

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
	add_string(b, "outcome", outcome_label(rc->outcome));
	if (rc->reason[0] != '\0') {
		buf_puts(b, ",");
		add_string(b, "reason", rc->reason);
	}
	if (rc->outcome != OUTCOME_QUEUED) {
		buf_puts(b, ",");
		add_string(b, "alert_id", rc->alert_id);
		buf_puts(b, ",");
		add_string(b, "status", rc->status);
	}
	buf_puts(b, ",\"Id\":");
	json_quote(b, it->ev.external_id);
	uuid_format(&it->ev.id, id);
	buf_puts(b, ",");
	add_string(b, "event_id", id);
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
		add_fault(b, &it->fault);
	else
		add_string(b, "detail", problems[it->outcome].detail);
	buf_puts(b, "}");
}

/*
 * One outcome for the whole batch.  A single item that is neither stored nor
 * judged makes it all UNAVAILABLE: the sender must come again, and what was
 * stored already stands there under its Id.
 */
static enum outcome
batch_outcome(const struct delivery *d)
{
	enum outcome sum = OUTCOME_INVALID;

	for (size_t i = 0; i < d->n; i++) {
		enum outcome o = d->items[i].outcome;

		if (outcome_status(o) == 503)
			return OUTCOME_UNAVAILABLE;
		if (o == OUTCOME_QUEUED)
			sum = o;
		else if (sum == OUTCOME_INVALID ||
		    (outcome_is_accepted(o) && !outcome_is_accepted(sum)))
			sum = o;
	}
	return sum;
}

static void
add_head(struct buf *b, enum outcome o, const char *detail)
{
	buf_puts(b, "{\"type\":\"about:blank\",");
	add_string(b, "title", problems[o].title);
	buf_printf(b, ",\"status\":%d,", outcome_status(o));
	add_string(b, "detail", detail);
}

static void
batch_results(struct reply *rep, const struct delivery *d, enum outcome o)
{
	struct buf *b = &rep->body;

	if (o == OUTCOME_INVALID) {
		rep->type = PROBLEM;
		add_head(b, o, "every item of the batch breaks a rule");
		buf_puts(b, ",");
	} else {
		buf_puts(b, "{");
	}
	buf_puts(b, "\"results\":[");
	for (size_t i = 0; i < d->n; i++) {
		if (i > 0)
			buf_puts(b, ",");
		add_item(b, &d->items[i]);
	}
	buf_puts(b, "]}\n");
}

void
reply_delivery(struct reply *rep, const struct delivery *d)
{
	enum outcome o = d->is_batch ? batch_outcome(d) : d->items[0].outcome;

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

void
reply_problem(struct reply *rep, enum outcome o, const struct fault *fault)
{
	struct buf *b = &rep->body;
	const char *detail = problems[o].detail;

	buf_reset(b);
	buf_reset(&rep->head);
	rep->status = outcome_status(o);
	rep->type = PROBLEM;
	rep->retry = rep->status == 503;
	if (o == OUTCOME_DISABLED)
		rep->allow = "";
	if (fault != NULL && fault->detail != NULL)
		detail = fault->detail;
	add_head(b, o, detail);
	if (o == OUTCOME_INVALID && fault != NULL && fault->detail != NULL) {
		buf_puts(b, ",");
		add_fault(b, fault);
	}
	buf_puts(b, "}\n");
}

static const char *
reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Service Unavailable";
}

void
reply_head(const struct reply *rep, struct buf *head)
{
	buf_printf(head, "Status: %d %s\r\n", rep->status, reason(rep->status));
	buf_printf(head, "Content-Type: %s\r\n", rep->type);
	buf_printf(head, "Content-Length: %zu\r\n", rep->body.len);
	if (rep->allow != NULL)
		buf_printf(head, "Allow: %s\r\n", rep->allow);
	if (rep->retry)
		buf_printf(head, "Retry-After: %d\r\n", RETRY_AFTER_S);
	buf_append(head, rep->head.data, rep->head.len);
	buf_puts(head,
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n\r\n");
}

void
reply_free(struct reply *rep)
{
	buf_free(&rep->head);
	buf_free(&rep->body);
}
