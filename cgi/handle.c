/* SPDX-License-Identifier: ISC */
#include "handle.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "digest.h"
#include "log.h"
#include "route.h"

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

static void
log_delivery(const struct delivery *d)
{
	char id[UUID_TEXT_BYTES];

	for (size_t i = 0; i < d->n; i++) {
		const struct item *it = &d->items[i];

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
	if (res == OUTCOME_OK && route.kind != ROUTE_INTEGRATION)
		res = OUTCOME_NOT_FOUND;
	if (res == OUTCOME_OK)
		res = take_events(w, route.rest, &fault);

	if (w->delivery.n > 0 && (res == OUTCOME_OK || w->delivery.is_batch))
		reply_delivery(&w->reply, &w->delivery);
	else
		reply_problem(&w->reply, res, &fault);
	if (res == OUTCOME_BAD_METHOD)
		w->reply.allow = route.allow;

	/* Nothing was said to the sender before this line. */
	http_send(req, &w->reply);
	log_delivery(&w->delivery);
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
