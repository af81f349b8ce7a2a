/* SPDX-License-Identifier: ISC */
#include "dialect/answer.h"

#include <stdio.h>

#include "json/json.h"

#define SAID_MAX_BYTES 16384

/* Append one more member of the object in b. */
static void
say(struct buf *b, const char *name, struct slice value)
{
	buf_puts(b, b->len == 0 ? "{" : ",");
	buf_printf(b, "\"%s\":", name);
	json_quote(b, value);
}

/* Make the members in b the values below root. */
static void
said(struct translation *t, enum root root, struct buf *b)
{
	struct json_value v = {JSON_OBJECT, {NULL, 0}};

	buf_puts(b, b->len == 0 ? "{}" : "}");
	v.text = (struct slice){b->data, b->len};
	if (!b->failed)
		scope_find(&t->scope, root, v);
}

static void
say_event(struct buf *b, const struct delivery *d)
{
	const struct item *it = d->items;
	char id[UUID_TEXT_BYTES];

	if (d->n == 0 || it->outcome == OUTCOME_INVALID)
		return;
	uuid_format(&it->ev.id, id);
	say(b, "Id", it->ev.external_id);
	say(b, "event_id", slice_of(id));
	say(b, "event_type", it->ev.type);
	say(b, "outcome", slice_of(outcome_label(it->outcome)));
	say(b, "alert_id", slice_of(it->receipt.alert_id));
}

static void
say_error(struct buf *b, const struct answer *a, int status)
{
	const char *detail = a->fault == NULL ? NULL : a->fault->detail;
	const char *title = reply_title(a->outcome);
	char number[12];

	snprintf(number, sizeof(number), "%d", status);
	if (detail == NULL)
		detail = reply_detail(a->outcome);
	say(b, "title", slice_of(title == NULL ? "" : title));
	say(b, "detail", slice_of(detail == NULL ? "" : detail));
	say(b, "status", slice_of(number));
}

/* Replace the body by what a template says. */
static void
write_body(struct translation *t, const struct answer *a,
    const struct form *form, struct reply *rep)
{
	struct buf event = {.max = SAID_MAX_BYTES}, request = event,
		   error = event;

	say_event(&event, a->delivery);
	say(&request, "integration", a->integration);
	say_error(&error, a, rep->status);
	said(t, ROOT_EVENT, &event);
	said(t, ROOT_REQUEST, &request);
	said(t, ROOT_ERROR, &error);
	t->scope.work = 0;
	t->scope.work_max = t->scope.len_max = REPLY_BODY_MAX_BYTES;
	t->scope.is_over = false;
	rep->type = "application/json";
	buf_reset(&rep->body);
	phrase_fill(&t->scope, &form->body, &rep->body);
	buf_puts(&rep->body, "\n");
	buf_free(&event);
	buf_free(&request);
	buf_free(&error);
	if (rep->body.failed || t->scope.failed)
		reply_problem(rep, OUTCOME_UNAVAILABLE, NULL);
}

static void
write_form(struct translation *t, const struct answer *a,
    const struct form *form, struct reply *rep)
{
	if (form->has_body)
		write_body(t, a, form, rep);
	if (rep->status != 503)
		buf_append(&rep->head, form->headers.p, form->headers.len);
}

/* A client that was not asked for its password may not have sent it. */
static void
challenge(struct reply *rep)
{
	rep->status = 401;
	buf_puts(&rep->head, "WWW-Authenticate: Basic realm=\"tocsin\"\r\n");
}

static int
map_status(const struct dialect *d, int status)
{
	for (size_t i = 0; i < d->n_statuses; i++)
		if (d->statuses[i].from == status)
			return d->statuses[i].to;
	return status;
}

void
answer_apply(struct translation *t, const struct answer *a, struct reply *rep)
{
	const struct dialect *d = t->dialect;

	if (rep->status == 503)
		return;
	if (rep->status < 300) {
		/* Stored and spooled alike: senders look for one status. */
		rep->status = d->answer.status == 0 ? 200 : d->answer.status;
		write_form(t, a, &d->answer, rep);
		return;
	}
	if (rep->status == 403 && d->challenge && !a->has_token)
		challenge(rep);
	rep->status = map_status(d, rep->status);
	write_form(t, a, &d->error, rep);
}

void
answer_lookup(struct translation *t, const struct answer *a, bool found,
    struct reply *rep)
{
	static const struct fault missing = {.pointer = "",
	    .detail = "no event with this id is stored"};

	reply_problem(rep, OUTCOME_NOT_FOUND, &missing);
	if (found)
		rep->status = 200;
	write_form(t, a, found ? &t->dialect->lookup : &t->dialect->missing,
	    rep);
}
