/* SPDX-License-Identifier: ISC */
#include "dialect/answer.h"

#include <stdio.h>

#include "json/json.h"

#define VALUES_MAX_BYTES 16384

/* Append a member to the object in b. */
static void
add_member(struct buf *b, const char *name, struct slice value)
{
	buf_puts(b, b->len == 0 ? "{" : ",");
	buf_printf(b, "\"%s\":", name);
	json_quote(b, value);
}

/* Complete the object in b, and make its members the values below root. */
static void
bind_values(struct translation *t, enum root root, struct buf *b)
{
	struct json_value v = {JSON_OBJECT, {NULL, 0}};

	buf_puts(b, b->len == 0 ? "{}" : "}");
	v.text = (struct slice){b->data, b->len};
	if (!b->failed)
		scope_find(&t->scope, root, v);
}

static void
add_event(struct buf *b, const struct delivery *d)
{
	const struct item *it = d->items;
	char id[UUID_TEXT_BYTES];

	if (d->n == 0 || it->outcome == OUTCOME_INVALID)
		return;
	uuid_format(&it->ev.id, id);
	add_member(b, "Id", it->ev.external_id);
	add_member(b, "event_id", slice_of(id));
	add_member(b, "event_type", it->ev.type);
	add_member(b, "outcome", slice_of(outcome_label(it->outcome)));
	add_member(b, "alert_id", slice_of(it->receipt.alert_id));
}

static void
add_error(struct buf *b, const struct answer *a, int status)
{
	const char *detail = a->fault == NULL ? NULL : a->fault->detail;
	const char *title = reply_title(a->outcome);
	char number[12];

	snprintf(number, sizeof(number), "%d", status);
	if (detail == NULL)
		detail = reply_detail(a->outcome);
	add_member(b, "title", slice_of(title == NULL ? "" : title));
	add_member(b, "detail", slice_of(detail == NULL ? "" : detail));
	add_member(b, "status", slice_of(number));
}

/* Replace the body with the filled-in template. */
static void
write_body(struct translation *t, const struct answer *a,
    const struct form *form, struct reply *rep)
{
	struct buf event = {.max = VALUES_MAX_BYTES}, request = event,
		   error = event;

	add_event(&event, a->delivery);
	add_member(&request, "integration", a->integration);
	add_error(&error, a, rep->status);
	bind_values(t, ROOT_EVENT, &event);
	bind_values(t, ROOT_REQUEST, &request);
	bind_values(t, ROOT_ERROR, &error);
	t->scope.work = 0;
	t->scope.work_max = t->scope.len_max = REPLY_BODY_MAX_BYTES;
	t->scope.is_over = false;
	rep->type = "application/json";
	buf_reset(&rep->body);
	scope_fill(&t->scope, &form->body, &rep->body);
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

/* Ask for a password: a client may send it only when asked. */
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
		/* The same for stored and spooled: senders expect one status.
		 */
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
