/* SPDX-License-Identifier: ISC */
#include "server/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dialect/answer.h"
#include "dialect/carrier.h"
#include "server/landing.h"
#include "server/results.h"
#include "server/webhook.h"

#define HASH_BYTES (2 + DIGEST_HEX_BYTES) /* after \x */
#define TOKEN_ROOM_BYTES 4096 /* for a token that is decoded */

static const struct fault unknown = {.pointer = "",
    .detail = "no such dialect, or no such path in it; see tocsin dialect "
	      "list"};
static const struct fault broken = {.pointer = "",
    .detail = "the file of this dialect is not usable; send the event again"};

/* A request; its result is in w->res and w->fault. */
struct foreign {
	struct worker *w;
	struct translation *t;
	const struct route *route;
	int left; /* milliseconds for the database */
};

/* Find the dialect and its entry for this path. */
static enum outcome
find(struct foreign *f)
{
	struct worker *w = f->w;
	enum outcome res;

	w->fault = (struct fault){.pointer = ""};
	if (w->translation == NULL)
		w->translation = calloc(1, sizeof(*w->translation));
	f->t = w->translation;
	if (f->t == NULL)
		return OUTCOME_UNAVAILABLE;
	res = dialects_take(w->dialects, f->route->dialect, &w->dialect);
	f->w->fault = res == OUTCOME_NOT_FOUND ? unknown : broken;
	if (res != OUTCOME_OK)
		return res;
	f->w->fault = (struct fault){.pointer = ""};
	f->t->dialect = w->dialect;
	res = translate_route(f->t, w->req.method, f->route->below);
	if (res == OUTCOME_NOT_FOUND)
		f->w->fault = unknown;
	if (res == OUTCOME_BAD_METHOD)
		w->reply.allow = f->t->allow;
	return res;
}

/* Take the token from where the dialect says; keep only its hash. */
static void
identify(struct foreign *f)
{
	const struct request *req = &f->w->req;
	struct buf own = {.max = TOKEN_ROOM_BYTES};
	struct slice token = req->token;

	if (token.p == NULL)
		token = carrier_token(&f->t->scope, req, &own);
	webhook_origin(&f->w->delivery.from, req, f->route->rest, token);
	buf_wipe(&own);
}

/* Check the Content-Type and the Content-Encoding. */
static enum outcome
check_head(const struct foreign *f)
{
	return translate_accepts(f->t->dialect, f->w->req.content_type)
	    ? webhook_check(f->w)
	    : OUTCOME_NOT_JSON;
}

/* Read and validate the body. */
static enum outcome
read_body(struct foreign *f)
{
	struct worker *w = f->w;
	enum outcome res = webhook_read(w);

	return res != OUTCOME_OK ? res
				 : translate_read(f->t, &w->req,
				       (size_t)w->conf->body_max, &w->fault);
}

/*
 * Judge the sender.  Some senders give a password only when challenged.  While
 * the database is down, challenge them if the local copy has the integration:
 * with the password the event can be spooled, and a retry would come without.
 */
static enum outcome
admit(struct foreign *f)
{
	struct worker *w = f->w;
	const struct origin *from = &w->delivery.from;
	enum outcome res;

	identify(f);
	res = webhook_admit(w, &f->left);
	if (res == OUTCOME_UNAVAILABLE && f->t->dialect->challenge &&
	    !from->has_token && w->spooler != NULL &&
	    admission_has(spooler_admission(w->spooler), from->integration_id))
		return OUTCOME_FORBIDDEN;
	return res;
}

/*
 * Check the headers, judge the sender, then read the body; if the token is in
 * the body, judge the sender last.
 */
static enum outcome
receive(struct foreign *f)
{
	bool is_late = carrier_needs_body(f->t->dialect);
	enum outcome res = check_head(f);

	if (res == OUTCOME_OK && !is_late)
		res = admit(f);
	if (res == OUTCOME_OK)
		res = read_body(f);
	if (res == OUTCOME_OK && is_late)
		res = admit(f);
	return res;
}

/* Write the hash of the token as PostgreSQL reads a bytea. */
static const char *
hash_text(const struct origin *from, char text[HASH_BYTES])
{
	if (!from->has_token)
		return NULL;
	memcpy(text, "\\x", 2);
	digest_hex(from->token_hash, text + 2);
	return text;
}

/* Return a cell; absent for null. */
static struct slice
cell(const struct rows *rows, int column)
{
	return slice_of(rows->n == 1 && rows->columns > column
		? rows_at(rows, 0, column)
		: NULL);
}

/* Answer with what the database knows of the event that the path names. */
static enum outcome
answer_found(struct foreign *f, struct item *it, const struct rows *rows)
{
	struct delivery d = {.items = it, .n = 1};
	struct answer a = {.outcome = OUTCOME_NOT_FOUND,
	    .fault = &f->w->fault,
	    .delivery = &d,
	    .integration = f->route->rest};
	struct slice refusal = cell(rows, 0), outcome = cell(rows, 3);
	struct slice alert = cell(rows, 4);

	if (refusal.p != NULL)
		return outcome_parse(refusal.p, refusal.len);
	it->ev.type = cell(rows, 1);
	it->ev.external_id = cell(rows, 2);
	it->outcome =
	    outcome_parse(outcome.p == NULL ? "" : outcome.p, outcome.len);
	snprintf(it->receipt.alert_id, sizeof(it->receipt.alert_id), "%.*s",
	    (int)alert.len, alert.p == NULL ? "" : alert.p);
	answer_lookup(f->t, &a, outcome.p != NULL, &f->w->reply);
	return OUTCOME_OK;
}

/* Ask the database; OUTCOME_OK: the reply is written. */
static enum outcome
look_up(struct foreign *f)
{
	const struct origin *from = &f->w->delivery.from;
	struct slice name = translate_lookup_name(f->t);
	char id[UUID_TEXT_BYTES] = "", hash[HASH_BYTES], integration[128];
	const char *params[] = {integration, hash_text(from, hash), id};
	struct item it = {.outcome = OUTCOME_OK};
	struct rows rows = {0};
	enum outcome res;

	/* A name that is not an id matches no event; still judge the sender. */
	if (uuid_parse(&it.ev.id, name.p, name.len) == -1)
		memset(&it.ev.id, 0, sizeof(it.ev.id));
	uuid_format(&it.ev.id, id);
	snprintf(integration, sizeof(integration), "%.*s",
	    (int)from->integration_id.len, from->integration_id.p);
	res = intake_ask(f->w->intake, DB_RECEIPT_OF, params, &rows,
	    request_deadline(&f->w->req, f->left));
	if (res == OUTCOME_OK)
		res = answer_found(f, &it, &rows);
	rows_free(&rows);
	return res;
}

/* Count the request's items, by what became of them. */
static void
count(const struct foreign *f)
{
	struct items *items = metrics_items(f->w->metrics);
	const struct delivery *d = &f->w->delivery;
	struct slice name = f->t->dialect->name;
	size_t refused = 0;

	for (size_t i = 0; i < d->n; i++)
		refused += d->items[i].outcome != OUTCOME_OK;
	items_count(items, name, ITEM_EVENT, d->n - refused);
	items_count(items, name, ITEM_SKIPPED, f->t->skipped);
	items_count(items, name, ITEM_REFUSED, refused);
}

/* Translate the body into events. */
static enum outcome
translate(struct foreign *f)
{
	struct worker *w = f->w;
	struct delivery *d = &w->delivery;
	enum outcome res = translate_write(f->t, &w->fault);

	if (res == OUTCOME_OK && f->t->n == 0)
		count(f);
	if (res != OUTCOME_OK || f->t->n == 0)
		return res;
	d->batch_max = TRANSLATE_EACH_MAX;
	res = delivery_parse(d, &f->t->events, &w->fault);
	count(f);
	translate_blame(f->t, d, &w->fault);
	/* Offsets in the events are not offsets in the body. */
	w->fault.at = NULL;
	for (size_t i = 0; i < d->n; i++)
		d->items[i].fault.at = NULL;
	return res;
}

/* Answer a request without events: all of it was skipped. */
static void
answer_skipped(struct foreign *f)
{
	struct reply *rep = &f->w->reply;

	rep->status = 200;
	rep->type = "application/json";
	buf_puts(&rep->body,
	    f->t->is_batch ? "{\"results\":[]}\n"
			   : "{\"outcome\":\"skipped\"}\n");
}

/* Return whether a browser asks for a URL that takes no GET. */
static bool
is_visit(const struct foreign *f)
{
	enum outcome res = f->w->res;

	return (res == OUTCOME_BAD_METHOD || res == OUTCOME_NOT_FOUND) &&
	    landing_is_for(&f->w->req);
}

static void
answer(struct foreign *f)
{
	struct worker *w = f->w;
	struct delivery *d = &w->delivery;
	struct answer a = {.fault = &w->fault,
	    .delivery = d,
	    .integration = f->route->rest,
	    .has_token = d->from.has_token};

	a.outcome = w->res;
	if (w->res == OUTCOME_OK && f->t->n == 0) {
		answer_skipped(f);
	} else if (d->n > 0 && (w->res == OUTCOME_OK || d->is_batch)) {
		a.outcome = results_outcome(d);
		if (a.outcome == OUTCOME_INVALID)
			w->fault = d->items[0].fault;
		results_write(&w->reply, d);
	} else {
		reply_problem(&w->reply, w->res, &w->fault);
	}
	if (f->t == NULL || f->t->dialect == NULL)
		return;
	answer_apply(f->t, &a, &w->reply);
	if (is_visit(f))
		landing_write_dialect(&w->reply, f->t->dialect);
}

static void
finish(struct foreign *f)
{
	struct worker *w = f->w;
	char detail[WEBHOOK_DETAIL_BYTES];

	webhook_note_refusals(w, f->route, w->res, &w->fault,
	    w->delivery.from.has_token ? "the token is wrong"
				       : "the token is missing",
	    detail);
	answer(f);
}

void
foreign(struct worker *w, const struct route *route)
{
	struct foreign f = {.w = w,
	    .route = route,
	    .left = w->conf->database_timeout};

	w->is_foreign = true;
	w->delivery.from.has_token = false;
	w->res = find(&f);
	if (w->res == OUTCOME_OK)
		w->res = receive(&f);
	if (w->res == OUTCOME_OK && f.t->lookup != NULL) {
		w->res = look_up(&f);
		if (w->res == OUTCOME_OK)
			return;
	} else if (w->res == OUTCOME_OK) {
		w->res = translate(&f);
		if (w->res == OUTCOME_OK && f.t->n > 0)
			intake_store(w->intake, &w->delivery,
			    request_deadline(&w->req, f.left));
	}
	finish(&f);
}

/* Return whether nothing can block; see webhook_begin(). */
static bool
is_quick(struct foreign *f)
{
	struct worker *w = f->w;

	if (find(f) != OUTCOME_OK || f->t->lookup != NULL ||
	    carrier_needs_body(f->t->dialect) || check_head(f) != OUTCOME_OK ||
	    !http_fits(&w->req, w->conf->body_max))
		return false;
	identify(f);
	return intake_vouches(w->intake, &w->delivery.from);
}

bool
foreign_begin(struct worker *w)
{
	struct foreign f = {.w = w, .route = &w->route};

	w->is_foreign = true;
	if (!is_quick(&f)) {
		foreign_reset(w);
		return false;
	}
	w->res = read_body(&f);
	if (w->res == OUTCOME_OK)
		w->res = translate(&f);
	return true;
}

void
foreign_finish(struct worker *w)
{
	finish(
	    &(struct foreign){.w = w, .t = w->translation, .route = &w->route});
}

void
foreign_reset(struct worker *w)
{
	w->is_foreign = false;
	if (w->dialect == NULL)
		return;
	translation_reset(w->translation);
	dialects_release(w->dialects, w->dialect);
	w->dialect = NULL;
}

void
foreign_free(struct worker *w)
{
	if (w->translation == NULL)
		return;
	foreign_reset(w);
	translation_free(w->translation);
	free(w->translation);
	w->translation = NULL;
}
