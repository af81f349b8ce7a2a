/* SPDX-License-Identifier: ISC */
#include "server/webhook.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "server/results.h"

#define ENCODING_MAX_BYTES 32 /* of its name in a reply */
#define DETAIL_BYTES 96

/* Accept application/json, with any parameters. */
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

/* Accept a body as it is, whether or not its sender says so. */
static bool
is_identity(struct slice encoding)
{
	static const char want[] = "identity";

	return encoding.len == 0 ||
	    (encoding.len == sizeof(want) - 1 &&
		strncasecmp(encoding.p, want, encoding.len) == 0);
}

/*
 * Write and return the detail of a refusal, which names the first encoding;
 * NULL if that is no name.  Repeat nothing else that was sent.
 */
static const char *
name_encoding(char detail[DETAIL_BYTES], struct slice encoding)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	size_t n = strspn(encoding.p, letters);

	if (n == 0)
		return NULL;
	if (n > ENCODING_MAX_BYTES)
		n = ENCODING_MAX_BYTES;
	snprintf(detail, DETAIL_BYTES,
	    "Content-Encoding %.*s is not accepted; send identity", (int)n,
	    encoding.p);
	return detail;
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
		/*
		 * Most servers join two headers, and so two tokens are one
		 * that is wrong; where they come apart, a hash that no token
		 * has makes them the same.
		 */
		if (!req->token_repeated)
			digest_sha256(req->token.p, req->token.len,
			    from->token_hash);
	}
}

/* Check the headers, then read the body. */
static enum outcome
receive(struct worker *w)
{
	enum outcome res;

	if (!is_json(w->req.content_type))
		return OUTCOME_NOT_JSON;
	if (!is_identity(w->req.content_encoding))
		return OUTCOME_ENCODED;
	res = http_read_body(&w->req, w->conf->body_max);
	w->arriving = false;
	return res;
}

static void
answer(struct worker *w, enum outcome res, const struct fault *fault)
{
	if (w->delivery.n > 0 && (res == OUTCOME_OK || w->delivery.is_batch))
		results_write(&w->reply, &w->delivery);
	else
		reply_problem(&w->reply, res, fault);
}

void
webhook(struct worker *w, const struct route *route)
{
	struct delivery *d = &w->delivery;
	struct fault fault = {.pointer = ""};
	char detail[DETAIL_BYTES];
	enum outcome res;

	res = receive(w);
	if (res == OUTCOME_ENCODED)
		fault.detail = name_encoding(detail, w->req.content_encoding);
	if (res == OUTCOME_OK) {
		set_origin(&d->from, &w->req, route->rest);
		res = delivery_parse(d, &w->req.body, &fault);
	}
	if (res == OUTCOME_OK)
		intake_store(w->intake, d,
		    clock_ms() + w->conf->database_timeout);
	answer(w, res, &fault);
}

void
webhook_note(const struct worker *w)
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
