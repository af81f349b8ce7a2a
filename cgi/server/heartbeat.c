/* SPDX-License-Identifier: ISC */
#include "server/heartbeat.h"

#include <string.h>

#include "base/clock.h"
#include "json/json.h"
#include "server/refusal.h"
#include "server/results.h"
#include "server/webhook.h"

#define NAME_MAX_BYTES 64 /* as in sql/migrate/0003/heartbeat.sql */
#define EVENT_BYTES_MAX 512

static const struct fault not_found = {.pointer = "",
    .detail = "a heartbeat's URL ends in /heartbeat/NAME, or in "
	      "/heartbeat/NAME/fail; NAME has 1 to 64 characters of A-Z, a-z, "
	      "0-9 and, after the first, . _ -"};
static const struct fault only_post = {.pointer = "",
    .detail = "this URL takes pings by POST; the key heartbeat_get lets it "
	      "take GET, too"};
static const struct fault get_or_post = {.pointer = "",
    .detail = "this URL takes pings by POST or GET"};

static bool
is_name(struct slice s)
{
	if (s.len == 0 || s.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') ||
			(i > 0 && memchr("._-", c, 3) != NULL)))
			return false;
	}
	return true;
}

/* Split the path below /heartbeat; false if it is invalid. */
static bool
read_path(struct slice path, struct slice *name, bool *has_failed)
{
	const char *slash = memchr(path.p, '/', path.len);

	*name = path;
	*has_failed = slash != NULL;
	if (slash != NULL) {
		name->len = (size_t)(slash - path.p);
		path.p += name->len;
		path.len -= name->len;
		if (!slice_equal(path, SLICE("/fail")))
			return false;
	}
	return is_name(*name);
}

/* Write the event that a ping stands for. */
static void
write_event(struct buf *b, struct slice name, bool has_failed)
{
	buf_reset(b);
	b->max = EVENT_BYTES_MAX;
	buf_printf(b, "{\"event_type\":\"%s\",\"Id\":\"heartbeat/%.*s\"",
	    has_failed ? "create" : "resolve", (int)name.len, name.p);
	if (has_failed)
		buf_printf(b, ",\"Title\":\"Heartbeat %.*s failed\"",
		    (int)name.len, name.p);
	buf_puts(b, "}");
}

/* Check path and method; write the event and its origin. */
static enum outcome
check(struct worker *w, const struct route *route)
{
	bool takes_get = w->conf->heartbeat_get, has_failed;
	const char *method = w->req.method;
	struct slice name;

	w->fault = (struct fault){.pointer = ""};
	webhook_origin(&w->delivery.from, &w->req, route->rest, w->req.token);
	if (!read_path(route->below, &name, &has_failed)) {
		w->fault = not_found;
		return OUTCOME_NOT_FOUND;
	}
	if (strcmp(method, "POST") != 0 &&
	    !(takes_get && strcmp(method, "GET") == 0)) {
		w->fault = takes_get ? get_or_post : only_post;
		w->reply.allow = takes_get ? "GET, POST" : "POST";
		return OUTCOME_BAD_METHOD;
	}
	if (!http_fits(&w->req, w->conf->body_max))
		return OUTCOME_TOO_LARGE;
	write_event(&w->ping, name, has_failed);
	return w->ping.failed ? OUTCOME_UNAVAILABLE : OUTCOME_OK;
}

/* Store the event; its time does not count as time to arrive. */
static void
store(struct worker *w, int left)
{
	bool is_arriving = w->arriving_ms != 0;

	w->arriving_ms = 0;
	intake_store(w->intake, &w->delivery, request_deadline(&w->req, left));
	if (is_arriving)
		w->arriving_ms = clock_ms();
}

void
heartbeat(struct worker *w, const struct route *route)
{
	int left = w->conf->database_timeout;

	w->res = check(w, route);
	if (w->res == OUTCOME_OK)
		w->res = webhook_admit(w, &left);
	if (w->res == OUTCOME_OK)
		w->res = delivery_parse(&w->delivery, &w->ping, &w->fault);
	if (w->res == OUTCOME_OK)
		store(w, left);
	heartbeat_finish(w, route);
}

bool
heartbeat_begin(struct worker *w)
{
	if (check(w, &w->route) != OUTCOME_OK ||
	    !intake_vouches(w->intake, &w->delivery.from))
		return false;
	w->res = delivery_parse(&w->delivery, &w->ping, &w->fault);
	return true;
}

static void
answer_heard(struct reply *rep, const struct item *it)
{
	struct buf *b = &rep->body;
	char id[UUID_TEXT_BYTES];

	uuid_format(&it->ev.id, id);
	rep->status = 200;
	rep->type = "application/json";
	buf_puts(b, "{\"outcome\":\"heard\",\"Id\":");
	json_quote(b, it->ev.external_id);
	buf_puts(b, ",");
	json_string(b, "event_id", id);
	buf_puts(b, "}\n");
}

void
heartbeat_finish(struct worker *w, const struct route *route)
{
	struct item *it = w->delivery.n == 0 ? NULL : w->delivery.items;
	enum outcome res = it == NULL ? w->res : it->outcome;
	struct fault *fault = it == NULL ? &w->fault : &it->fault;

	if (res == OUTCOME_FORBIDDEN)
		fault->detail = webhook_forbidden(&w->req);
	if (!outcome_is_accepted(res)) {
		refusal_note(w, route->rest, res, fault, -1);
		reply_problem(&w->reply, res, fault);
	} else if (outcome_status(res) == 200 &&
	    slice_equal(it->ev.type, SLICE("resolve"))) {
		answer_heard(&w->reply, it);
	} else {
		results_write(&w->reply, &w->delivery);
	}
}
