/* SPDX-License-Identifier: ISC */
#include "server/webhook.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "board/board.h"
#include "event/results.h"
#include "http/route.h"
#include "server/health.h"

#define PATH_MAX_BYTES 4096

/* application/json, with any parameters. */
static bool
is_json(const char *content_type)
{
	static const char want[] = "application/json";
	size_t len = sizeof(want) - 1;

	if (content_type == NULL || strncasecmp(content_type, want, len) != 0)
		return false;
	content_type += len;
	content_type += strspn(content_type, " \t");
	return *content_type == '\0' || *content_type == ';';
}

static void
set_origin(struct origin *from, const struct request *req, struct slice id)
{
	memset(from, 0, sizeof(*from));
	from->source = "webhook";
	from->integration_id = id;
	from->received_at = req->received_at;
	from->remote_addr = req->remote_addr;
	from->request_id = req->request_id;
	if (req->token.p != NULL) {
		from->has_token = true;
		digest_sha256(req->token.p, req->token.len, from->token_hash);
	}
}

/* What became of events, for the log and the counters. */
static void
note_events(struct worker *w)
{
	const struct delivery *d = &w->delivery;
	char id[UUID_TEXT_BYTES];

	for (size_t i = 0; i < d->n; i++) {
		const struct item *it = &d->items[i];

		metrics_event(w->metrics, it->outcome);
		uuid_format(&it->ev.id, id);
		log_debug("event %s integration %.*s: %s", id,
		    (int)d->from.integration_id.len, d->from.integration_id.p,
		    outcome_label(it->outcome));
	}
}

/* An event, or a batch of them, from the body to its receipts. */
static enum outcome
take_events(struct worker *w, struct slice id, struct fault *fault)
{
	struct request *req = &w->req;
	struct delivery *d = &w->delivery;
	enum outcome res;

	if (!is_json(req->content_type))
		return OUTCOME_NOT_JSON;
	if (req->token_repeated)
		return OUTCOME_BAD_TOKEN_HEADER;
	res = http_read_body(req, w->conf->body_max);
	w->arriving = false;
	if (res != OUTCOME_OK)
		return res;
	set_origin(&d->from, req, id);
	res = delivery_parse(d, &req->body, fault);
	if (res == OUTCOME_BAD_JSON)
		*fault = (struct fault){"", d->why};
	if (res == OUTCOME_OK)
		intake_store(w->intake, d,
		    clock_ms() + w->conf->database_timeout);
	return res;
}

/* What is asked of us beside events; false when it is not there. */
static bool
reply_other(struct worker *w, const struct route *route)
{
	struct board_request v = {.conf = w->conf,
	    .intake = w->intake,
	    .req = &w->req,
	    .route = route,
	    .rep = &w->reply,
	    .delivery = &w->delivery};

	if (route->kind == ROUTE_LIVE)
		health_live(&w->reply);
	else if (route->kind == ROUTE_READY)
		health_ready(&w->reply, w->intake, w->spooler);
	else if (route->kind == ROUTE_METRICS)
		health_metrics(&w->reply, w->intake, w->spooler, w->metrics);
	else if (route->kind == ROUTE_BOARD && w->conf->board)
		board(&v);
	else
		return false;
	return true;
}

static void
reply_webhook(struct worker *w, enum outcome res, const struct fault *fault)
{
	if (w->delivery.n > 0 && (res == OUTCOME_OK || w->delivery.is_batch))
		results_write(&w->reply, &w->delivery);
	else
		reply_problem(&w->reply, res, fault);
}

void
handle(struct worker *w)
{
	struct request *req = &w->req;
	struct fault fault = {NULL, NULL};
	struct route route;
	enum outcome res;

	w->path.max = PATH_MAX_BYTES;
	http_read(w->http, req);
	reply_begin(&w->reply);
	res = route_find(&route, &w->path, req->method, req->script_name,
	    req->path_info, w->conf->base_path);
	if (res == OUTCOME_OK && route.kind == ROUTE_INTEGRATION)
		res = take_events(w, route.rest, &fault);
	else if (res == OUTCOME_OK && !reply_other(w, &route))
		res = OUTCOME_NOT_FOUND;
	else if (route.kind == ROUTE_BOARD && !w->conf->board)
		res = OUTCOME_NOT_FOUND;

	if (w->reply.status == 0)
		reply_webhook(w, res, &fault);
	if (res == OUTCOME_BAD_METHOD)
		w->reply.allow = route.allow;

	/* Nothing was said to the sender before this line. */
	http_send(req, &w->reply);
	if (route.kind == ROUTE_INTEGRATION)
		metrics_request(w->metrics, w->reply.status,
		    clock_wall_us() - req->received_at);
	note_events(w);
	delivery_reset(&w->delivery);
}

void
handle_free(struct worker *w)
{
	delivery_free(&w->delivery);
	reply_free(&w->reply);
	buf_free(&w->req.body);
	buf_free(&w->path);
}
