/* SPDX-License-Identifier: ISC */
#include "server/keep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dialect/carrier.h"
#include "dialect/redact.h"
#include "server/refusal.h"
#include "server/webhook.h"
#include "spool/refused.h"

#define TOKEN_ROOM_BYTES 4096 /* for a token that is decoded */
#define QUERY_MAX_BYTES 4096
#define HEADERS_MAX_BYTES 4096
#define ITEMS_MAX_BYTES 32768 /* 5000 numbers */
#define PLACE_BYTES 96

struct keep {
	struct worker *w;
	const struct route *route;
	struct translation *t; /* of a dialect that is known, or NULL */
	struct origin from;
	struct slice token;
	struct buf own; /* memory for a decoded token */
	struct buf query, headers, items;
	enum outcome outcome;
	const struct fault *fault;
	char place[PLACE_BYTES]; /* the pointer */
	bool is_cut; /* the file has only the beginning of the body */
};

/* Return whether an operator may want to see what was refused with o. */
static bool
is_kept(enum outcome o)
{
	switch (o) {
	case OUTCOME_BAD_JSON:
	case OUTCOME_INVALID:
	case OUTCOME_NOT_FOUND:
	case OUTCOME_NOT_JSON:
	case OUTCOME_ENCODED:
	case OUTCOME_TOO_LARGE:
		return true;
	default:
		return false;
	}
}

/* Return whether the body is refused before it is read. */
static bool
is_unread(enum outcome o)
{
	return o == OUTCOME_NOT_FOUND || o == OUTCOME_NOT_JSON ||
	    o == OUTCOME_ENCODED;
}

/*
 * Find what was refused: the request, or the first of its events; list which,
 * unless all were.  Return false if nothing was.
 */
static bool
find_refused(struct keep *k)
{
	const struct delivery *d = &k->w->delivery;
	const struct item *first = NULL;
	size_t refused = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (!is_kept(d->items[i].outcome))
			continue;
		if (refused++ == 0)
			first = &d->items[i];
	}
	if (first == NULL)
		return d->n == 0 && is_kept(k->outcome);
	k->outcome = first->outcome;
	k->fault = &first->fault;
	if (d->is_batch)
		snprintf(k->place, sizeof(k->place), "/%td%s", first - d->items,
		    first->fault.pointer);
	if (refused == d->n)
		return true;
	buf_printf(&k->items, "%zu", d->n);
	for (size_t i = 0; i < d->n; i++)
		if (is_kept(d->items[i].outcome))
			buf_printf(&k->items, " %zu", i);
	return true;
}

/* Find the token, and the sender by it. */
static void
identify(struct keep *k)
{
	const struct request *req = &k->w->req;

	k->token = req->token;
	if (k->token.p == NULL && k->t != NULL)
		k->token = carrier_token(&k->t->scope, req, &k->own);
	webhook_origin(&k->from, req, k->route->rest, k->token);
}

static bool
is_admitted(struct keep *k)
{
	identify(k);
	return admission_vouches(spooler_admission(k->w->spooler), &k->from);
}

/* Read the body, or its beginning, if need be; false: it did not arrive. */
static bool
read_body(struct keep *k)
{
	struct request *req = &k->w->req;
	long body_max = k->w->conf->body_max;
	long max = body_max < KEPT_BODY_BYTES ? body_max : KEPT_BODY_BYTES;
	enum outcome res = OUTCOME_OK;

	if (is_unread(k->outcome) && http_fits(req, max)) {
		res = http_read_body(req, max);
		k->is_cut = res == OUTCOME_TOO_LARGE;
	} else if (req->body.len == 0 && !http_fits(req, 0)) {
		http_read_start(req, KEPT_START_BYTES);
		k->is_cut = true;
	} else {
		k->is_cut = (long)req->body.len > max;
	}
	return res == OUTCOME_OK || res == OUTCOME_TOO_LARGE;
}

/*
 * Return whether to keep the request: the local copy knows its sender, and the
 * limits allow it.  A token in the body can be found only once that was read.
 */
static bool
is_wanted(struct keep *k)
{
	bool is_late = k->t != NULL && carrier_needs_body(k->t->dialect) &&
	    is_unread(k->outcome);
	struct request *req = &k->w->req;
	struct fault ignored;

	if (!is_late && !is_admitted(k))
		return false;
	if (!refusal_keeps(k->w, k->route->rest, k->outcome) || !read_body(k))
		return false;
	if (!is_late)
		return true;
	translate_read(k->t, req, (size_t)k->w->conf->body_max, &ignored);
	return is_admitted(k);
}

/* Return the number of bytes of the body; -1 = unknown. */
static int64_t
bytes_sent(const struct keep *k)
{
	const struct request *req = &k->w->req;

	if (k->is_cut)
		return slice_number(slice_of(req->content_length));
	return (int64_t)req->body.len;
}

static struct slice
slice_in(const struct buf *b)
{
	return (
	    struct slice){b->failed || b->len == 0 ? NULL : b->data, b->len};
}

/* Describe the request, with its body as received. */
static void
describe(struct keep *k, struct kept *kept)
{
	const struct request *req = &k->w->req;
	const struct dialect *d = k->t == NULL ? NULL : k->t->dialect;
	const char *detail = k->fault->detail;

	redact_query(d, req->query, k->token, &k->query);
	redact_headers(d, req, k->token, &k->headers);
	*kept = (struct kept){.integration = k->route->rest,
	    .has_token = k->from.has_token,
	    .dialect = k->route->dialect,
	    .method = slice_of(req->method),
	    .path = k->route->below,
	    .query = slice_in(&k->query),
	    .content_type = slice_of(req->content_type),
	    .content_encoding = req->content_encoding,
	    .headers = slice_in(&k->headers),
	    .remote_addr = req->remote_addr,
	    .request_id = req->request_id,
	    .status = outcome_status(k->outcome),
	    .reason = slice_of(outcome_label(k->outcome)),
	    .pointer = slice_of(k->place),
	    .detail =
		slice_of(detail == NULL ? reply_detail(k->outcome) : detail),
	    .items = slice_in(&k->items),
	    .sent = bytes_sent(k),
	    .body = {req->body.data, req->body.len}};
	memcpy(kept->token_hash, k->from.token_hash, DIGEST_BYTES);
	if (k->is_cut && kept->body.len > KEPT_START_BYTES)
		kept->body.len = KEPT_START_BYTES;
}

/* Write the file; discard it if the token cannot be removed. */
static void
write_file(struct keep *k)
{
	struct worker *w = k->w;
	struct kept kept;

	describe(k, &kept);
	kept.identity.received_at = w->req.received_at;
	if (w->req.has_identity)
		kept.identity = w->req.identity;
	else if (identity_draw(&kept.identity) == -1)
		return;
	kept_id(&kept, w->kept_id);
	w->kept.max = KEPT_BYTES_MAX;
	kept_write(&w->kept, &kept);
	if (w->kept.failed ||
	    !redact_body(k->t == NULL ? NULL : &k->t->scope, kept.body,
		kept_body(&w->kept, &kept), k->token))
		buf_free(&w->kept);
}

void
keep_note(struct worker *w, const struct route *route, enum outcome res,
    const struct fault *fault)
{
	struct keep k = {.w = w,
	    .route = route,
	    .own = {.max = TOKEN_ROOM_BYTES},
	    .query = {.max = QUERY_MAX_BYTES},
	    .headers = {.max = HEADERS_MAX_BYTES},
	    .items = {.max = ITEMS_MAX_BYTES},
	    .outcome = res,
	    .fault = fault};

	if (w->spooler == NULL || w->conf->keep_refused == 0 ||
	    strcmp(w->req.method, "GET") == 0 ||
	    strcmp(w->req.method, "HEAD") == 0 || !find_refused(&k))
		return;
	if (w->dialect != NULL)
		k.t = w->translation;
	if (k.place[0] == '\0')
		snprintf(k.place, sizeof(k.place), "%s", k.fault->pointer);
	if (is_wanted(&k))
		write_file(&k);
	buf_wipe(&k.own);
	buf_free(&k.query);
	buf_free(&k.headers);
	buf_free(&k.items);
}

void
keep_write(struct worker *w)
{
	if (w->kept.len > 0)
		refused_keep(spooler_dir(w->spooler), w->kept_id, &w->kept);
	buf_free(&w->kept);
}
