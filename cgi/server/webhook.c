/* SPDX-License-Identifier: ISC */
#include "server/webhook.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "server/foreign.h"
#include "server/heartbeat.h"
#include "server/keep.h"
#include "server/landing.h"
#include "server/refusal.h"
#include "server/results.h"

#define FEW_EVENTS 16
#define ENCODING_MAX_BYTES 32 /* of its name in a reply */

static const struct fault method_refused = {.pointer = "",
    .detail = "this URL takes events by POST, as application/json, like "
	      "{\"event_type\":\"create\",\"Id\":\"disk-1\","
	      "\"Title\":\"Disk full\"}"};

/*
 * Write and return the detail of a refusal, which names the first encoding;
 * NULL if that is not a valid name.  Echo nothing else that was sent.
 */
static const char *
name_encoding(char detail[WEBHOOK_DETAIL_BYTES], struct slice encoding)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	struct slice name = request_encoding(encoding);
	size_t n = 0;

	while (n < name.len && strchr(letters, name.p[n]) != NULL)
		n++;
	if (n == 0)
		return NULL;
	if (n > ENCODING_MAX_BYTES)
		n = ENCODING_MAX_BYTES;
	snprintf(detail, WEBHOOK_DETAIL_BYTES,
	    "Content-Encoding %.*s is not accepted; send identity", (int)n,
	    name.p);
	return detail;
}

void
webhook_origin(struct origin *from, const struct request *req, struct slice id,
    struct slice token)
{
	memset(from, 0, sizeof(*from));
	from->source = "webhook";
	from->integration_id = id;
	from->received_at = req->received_at;
	from->identity = req->has_identity ? &req->identity : NULL;
	from->remote_addr = req->remote_addr;
	from->request_id = req->request_id;
	from->hops = req->hops;
	if (token.p != NULL) {
		from->has_token = true;
		/*
		 * Most web servers join two headers into one value, which is a
		 * wrong token.  If they arrive separately, leave the hash zero,
		 * which no token has, for the same effect.
		 */
		if (!req->token_repeated)
			digest_sha256(token.p, token.len, from->token_hash);
	}
}

enum outcome
webhook_check(const struct worker *w)
{
	return request_encoding(w->req.content_encoding).p == NULL
	    ? OUTCOME_OK
	    : OUTCOME_ENCODED;
}

enum outcome
webhook_admit(struct worker *w, int *left)
{
	bool is_arriving = w->arriving_ms != 0;
	int64_t start = clock_ms(), end;
	enum outcome res;

	/* A body that is declared too large is refused for that, later. */
	if (!http_fits(&w->req, w->conf->body_max))
		return OUTCOME_OK;
	w->arriving_ms = 0;
	res = intake_admit(w->intake, &w->delivery.from,
	    request_deadline(&w->req, *left));
	end = clock_ms();
	if (is_arriving)
		w->arriving_ms = end;
	*left -= (int)(end - start);
	return res;
}

enum outcome
webhook_read(struct worker *w)
{
	enum outcome res = http_read_body(&w->req, w->conf->body_max);

	/* The rest of a larger body arrives while http_send() discards it. */
	if (http_fits(&w->req, w->conf->body_max))
		w->arriving_ms = 0;
	return res;
}

const char *
webhook_forbidden(const struct request *req)
{
	if (req->token.p == NULL)
		return "the pagertree-token header is missing";
	if (req->token_repeated)
		return "there are two pagertree-token headers";
	return "the pagertree-token header is wrong";
}

/* Set the detail of a refusal whose reason is not in the body. */
static void
describe(const struct worker *w, enum outcome res, struct fault *fault,
    const char *forbidden, char detail[WEBHOOK_DETAIL_BYTES])
{
	if (fault->detail != NULL)
		return;
	switch (res) {
	case OUTCOME_ENCODED:
		fault->detail = name_encoding(detail, w->req.content_encoding);
		break;
	case OUTCOME_TOO_LARGE:
		snprintf(detail, WEBHOOK_DETAIL_BYTES,
		    "the body is over %ld bytes, the limit set by the key "
		    "body_max",
		    w->conf->body_max);
		fault->detail = detail;
		break;
	case OUTCOME_FORBIDDEN:
		fault->detail = forbidden;
		break;
	default:
		break;
	}
}

void
webhook_note_refusals(struct worker *w, const struct route *route,
    enum outcome res, struct fault *fault, const char *forbidden,
    char detail[WEBHOOK_DETAIL_BYTES])
{
	struct delivery *d = &w->delivery;

	describe(w, res, fault, forbidden, detail);
	if (d->n == 0)
		refusal_note(w, route->rest, res, fault, -1);
	for (size_t i = 0; i < d->n; i++) {
		struct item *it = &d->items[i];

		if (it->outcome == OUTCOME_FORBIDDEN)
			it->fault.detail = forbidden;
		refusal_note(w, route->rest, it->outcome, &it->fault,
		    d->is_batch ? (long)i : -1);
	}
	keep_note(w, route, res, fault);
}

static void
answer(struct worker *w, enum outcome res, const struct fault *fault)
{
	if (w->delivery.n > 0 && (res == OUTCOME_OK || w->delivery.is_batch))
		results_write(&w->reply, &w->delivery);
	else
		reply_problem(&w->reply, res, fault);
}

static void
finish(struct worker *w, const struct route *route)
{
	char detail[WEBHOOK_DETAIL_BYTES];

	webhook_note_refusals(w, route, w->res, &w->fault,
	    webhook_forbidden(&w->req), detail);
	answer(w, w->res, &w->fault);
}

/* Set the origin of the events; check the headers. */
static enum outcome
check_head(struct worker *w, const struct route *route)
{
	w->fault = (struct fault){.pointer = ""};
	webhook_origin(&w->delivery.from, &w->req, route->rest, w->req.token);
	if (!request_is_type(w->req.content_type, "application/json"))
		return OUTCOME_NOT_JSON;
	return webhook_check(w);
}

static void
read_events(struct worker *w)
{
	w->res = webhook_read(w);
	w->delivery.is_wrapped = true;
	if (w->res == OUTCOME_OK)
		w->res = delivery_parse(&w->delivery, &w->req.body, &w->fault);
}

/* Handle a webhook in the protocol of PagerTree. */
static void
plain(struct worker *w, const struct route *route)
{
	int left = w->conf->database_timeout;

	w->res = check_head(w, route);
	/* Judge first: a stranger's body must cost no memory. */
	if (w->res == OUTCOME_OK)
		w->res = webhook_admit(w, &left);
	if (w->res == OUTCOME_OK)
		read_events(w);
	if (w->res == OUTCOME_OK)
		intake_store(w->intake, &w->delivery,
		    request_deadline(&w->req, left));
	finish(w, route);
}

/* Read the events if the local copy vouches for their sender; else false. */
static bool
plain_begin(struct worker *w)
{
	if (check_head(w, &w->route) != OUTCOME_OK ||
	    !http_fits(&w->req, w->conf->body_max) ||
	    !intake_vouches(w->intake, &w->delivery.from))
		return false;
	read_events(w);
	return true;
}

/* Kinds of webhook, by path. */
enum kind { PLAIN, FOREIGN, HEARTBEAT };

static enum kind
kind_of(const struct route *route)
{
	if (route->dialect.p == NULL)
		return PLAIN;
	return route_is_heartbeat(route->dialect) ? HEARTBEAT : FOREIGN;
}

void
webhook(struct worker *w, const struct route *route)
{
	switch (kind_of(route)) {
	case PLAIN:
		plain(w, route);
		break;
	case FOREIGN:
		foreign(w, route);
		break;
	case HEARTBEAT:
		heartbeat(w, route);
		break;
	}
}

static bool
begin(struct worker *w)
{
	switch (kind_of(&w->route)) {
	case FOREIGN:
		return foreign_begin(w);
	case HEARTBEAT:
		return heartbeat_begin(w);
	default:
		return plain_begin(w);
	}
}

enum endpoint_step
webhook_begin(struct worker *w)
{
	if (!begin(w))
		return ENDPOINT_ANSWER;
	/* Sending a long reply may block on a server that does not read it. */
	if (w->delivery.n > FEW_EVENTS)
		return ENDPOINT_STORE;
	return w->res == OUTCOME_OK ? ENDPOINT_PARK : ENDPOINT_FINISH;
}

void
webhook_finish(struct worker *w)
{
	switch (kind_of(&w->route)) {
	case PLAIN:
		finish(w, &w->route);
		break;
	case FOREIGN:
		foreign_finish(w);
		break;
	case HEARTBEAT:
		heartbeat_finish(w, &w->route);
		break;
	}
}

void
webhook_refuse(struct worker *w, const struct route *route, enum outcome o)
{
	static const struct fault none = {.pointer = ""};
	const struct fault *fault =
	    o == OUTCOME_BAD_METHOD ? &method_refused : &none;
	struct slice id = {0};

	/* An unknown path names no integration. */
	if (route->to != NULL)
		id = route->rest;
	refusal_note(w, id, o, fault, -1);
	reply_problem(&w->reply, o, fault);
	if (o == OUTCOME_BAD_METHOD && landing_is_for(&w->req))
		landing_write(&w->reply);
}

void
webhook_note(const struct worker *w)
{
	const struct delivery *d = &w->delivery;
	char id[UUID_TEXT_BYTES];

	for (size_t i = 0; i < d->n; i++) {
		const struct item *it = &d->items[i];
		const char *why = it->receipt.reason;

		metrics_event(w->metrics, it->outcome);
		if (it->outcome == OUTCOME_INVALID)
			why = it->fault.detail;
		uuid_format(&it->ev.id, id);
		log_debug("event %s integration %.*s: %s%s%s", id,
		    (int)d->from.integration_id.len, d->from.integration_id.p,
		    outcome_label(it->outcome), why[0] == '\0' ? "" : ": ",
		    why);
	}
	/* The database, or its local copy, has vouched for the integration. */
	if (d->n > 0 && outcome_is_accepted(d->items[0].outcome))
		refusal_know(w, d->from.integration_id);
}
