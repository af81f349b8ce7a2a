/* SPDX-License-Identifier: ISC */
#include "server/endpoint.h"

#include "base/clock.h"
#include "board/board.h"
#include "http/route.h"
#include "server/foreign.h"
#include "server/health.h"
#include "server/keep.h"
#include "server/webhook.h"

#define PATH_MAX_BYTES 4096
/* A request with a longer body or more events leaves memory to trim. */
#define LARGE_BYTES (32 * 1024)
#define LARGE_EVENTS 16

static void
answer_live(struct worker *w, const struct route *route)
{
	(void)route;
	health_live(&w->reply);
}

static void
answer_ready(struct worker *w, const struct route *route)
{
	(void)route;
	health_ready(&w->reply, w->intake, w->spooler);
}

static void
answer_metrics(struct worker *w, const struct route *route)
{
	(void)route;
	health_metrics(&w->reply, w->intake, w->spooler, w->metrics);
}

static void
answer_board(struct worker *w, const struct route *route)
{
	struct board_request req = {.conf = w->conf,
	    .intake = w->intake,
	    .req = &w->req,
	    .route = route,
	    .rep = &w->reply,
	    .delivery = &w->delivery,
	    .spool = w->spooler == NULL ? NULL : spooler_dir(w->spooler)};

	board(&req);
}

/*
 * All endpoints.  The web servers' configuration files, which forward these
 * paths and protect some, repeat the list; tests/lint/drift.sh compares.
 */
static const struct endpoint endpoints[] = {
    {"/integration", BELOW_INTEGRATION, "POST", webhook},
    {"/live", BELOW_NOTHING, "GET, HEAD", answer_live},
    {"/ready", BELOW_NOTHING, "GET, HEAD", answer_ready},
    {"/metrics", BELOW_NOTHING, "GET, HEAD", answer_metrics},
    {"/board", BELOW_ANYTHING, "GET, HEAD, POST", answer_board},
    {NULL, 0, NULL, NULL},
};

void
endpoint_read(struct worker *w)
{
	struct route *route = &w->route;

	http_read(w->http, &w->req);
	reply_begin(&w->reply);
	w->path.max = PATH_MAX_BYTES;
	w->routed =
	    route_find(route, endpoints, &w->path, &w->req, w->conf->base_path);
	/* A board that is off is not found, by any method. */
	if (route->to != NULL && route->to->answer == answer_board &&
	    !w->conf->board) {
		route->to = NULL;
		w->routed = OUTCOME_NOT_FOUND;
	}
}

/* Return whether a delivery changed an alert: it may cause notifications. */
static bool
has_changed(const struct delivery *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].outcome == OUTCOME_CREATED ||
		    d->items[i].outcome == OUTCOME_ACKNOWLEDGED ||
		    d->items[i].outcome == OUTCOME_RESOLVED)
			return true;
	return false;
}

/* Send the reply, count the request and release what it held. */
static void
end(struct worker *w, bool is_webhook)
{
	/* The first byte to the sender: accepted events are durable. */
	http_send(&w->req, &w->reply);
	if (is_webhook)
		metrics_request(w->metrics, w->reply.status,
		    clock_wall_us() - w->req.received_at);
	webhook_note(w);
	if (has_changed(&w->delivery))
		kick_note(w->kick);
	if (w->req.body.len > LARGE_BYTES || w->delivery.n > LARGE_EVENTS)
		w->was_large = true;
	delivery_reset(&w->delivery);
	foreign_reset(w);
	/* Free large buffers here: the worker may be idle for a long time. */
	buf_reset(&w->req.body);
	buf_reset(&w->reply.body);
}

void
endpoint_answer(struct worker *w)
{
	struct route *route = &w->route;
	enum outcome res = w->routed;
	bool is_webhook;

	/* Unknown paths count as webhooks: most are mistyped URLs of one. */
	is_webhook = route->to == NULL || route->to->answer == webhook;
	if (res == OUTCOME_OK)
		route->to->answer(w, route);
	else if (is_webhook)
		webhook_refuse(w, route, res);
	else
		reply_problem(&w->reply, res, NULL);
	if (res == OUTCOME_BAD_METHOD)
		w->reply.allow = route->to->methods;
	end(w, is_webhook);
}

enum endpoint_step
endpoint_begin(struct worker *w)
{
	if (w->routed != OUTCOME_OK || w->route.to->answer != webhook)
		return ENDPOINT_ANSWER;
	return webhook_begin(w);
}

void
endpoint_finish(struct worker *w)
{
	webhook_finish(w);
	end(w, true);
}

bool
endpoint_keeps(const struct worker *w)
{
	return w->kept.len > 0;
}

void
endpoint_keep(struct worker *w)
{
	keep_write(w);
}

void
endpoint_free(struct worker *w)
{
	buf_free(&w->kept);
	buf_free(&w->ping);
	delivery_free(&w->delivery);
	foreign_free(w);
	reply_free(&w->reply);
	buf_free(&w->req.body);
	buf_free(&w->path);
}
