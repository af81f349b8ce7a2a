/* SPDX-License-Identifier: ISC */
#include "board/action.h"

#include <string.h>

#include "base/digest.h"
#include "db/rows.h"
#include "http/form.h"
#include "http/http.h"
#include "json/json.h"

#define BODY_MAX_BYTES 4096
#define EVENT_MAX_BYTES 16384 /* fits an Id of 1 KiB, each byte escaped */

/* The alert that a button acts on, and the form tokens valid for it. */
struct target {
	struct rows alert;
	struct rows tokens;
};

/*
 * Return whether the token is one that this installation made recently for
 * this alert.  Compare digests, so that timing reveals nothing.
 */
static bool
is_valid(const char *token, const struct rows *tokens)
{
	unsigned char got[DIGEST_BYTES], want[DIGEST_BYTES];
	bool good = false;

	digest_sha256(token, strlen(token), got);
	for (int row = 0; row < tokens->n; row++) {
		const char *text = rows_at(tokens, row, 0);

		if (text == NULL)
			continue;
		digest_sha256(text, strlen(text), want);
		good = digest_equal(got, want) || good;
	}
	return good;
}

/* Return whether verb is among the actions SQL allows for the alert. */
static bool
is_allowed(struct slice verb, const struct rows *alert)
{
	const char *actions = rows_cell(alert, 0, "actions");
	struct slice rest = {actions, actions == NULL ? 0 : strlen(actions)};
	struct json_member m;

	while (rest.len > 0 && json_next(&rest, &m)) {
		struct slice word = {m.value.text.p + 1, m.value.text.len - 2};

		if (slice_equal(word, verb))
			return true;
	}
	return false;
}

static void
redirect_back(struct board_request *v)
{
	v->rep->status = 303;
	v->rep->type = "text/plain";
	buf_printf(&v->rep->head, "Location: %sboard/alert/%s\r\n", v->up,
	    v->id);
}

/* Replace the form in the body by the event as a sender would write it. */
static enum outcome
make_event(struct board_request *v, const struct rows *alert)
{
	const char *external_id = rows_cell(alert, 0, "external_id");
	const char *integration = rows_cell(alert, 0, "integration_id");
	struct request *req = v->req;
	struct origin *from = &v->delivery->from;
	struct buf *body = &req->body;
	struct fault fault;

	memset(from, 0, sizeof(*from));
	from->source = "board";
	from->integration_id = slice_of(integration);
	from->received_at = req->received_at;
	from->identity = req->has_identity ? &req->identity : NULL;
	from->remote_addr = req->remote_addr;
	from->request_id = req->request_id;

	buf_reset(body);
	body->max = EVENT_MAX_BYTES;
	buf_puts(body, "{\"event_type\":");
	json_quote(body, v->verb);
	buf_puts(body, ",\"Id\":");
	json_quote(body, slice_of(external_id));
	buf_puts(body, "}");
	if (body->failed)
		return OUTCOME_UNAVAILABLE;
	return delivery_parse(v->delivery, body, &fault);
}

static void
store(struct board_request *v, const struct rows *alert)
{
	enum outcome o = make_event(v, alert);

	if (o == OUTCOME_OK) {
		intake_store(v->intake, v->delivery,
		    request_deadline(v->req, v->conf->database_timeout));
		o = v->delivery->items[0].outcome;
	}
	if (o == OUTCOME_QUEUED)
		page_message(&v->page, outcome_status(o), "Queued",
		    "The database is unavailable. Your request is in the "
		    "spool and will be applied when the database is back.");
	else if (outcome_is_accepted(o))
		redirect_back(v);
	else if (o == OUTCOME_DISABLED)
		page_message(&v->page, 409, "Integration disabled",
		    "This integration accepts no events until it is "
		    "enabled.");
	else
		board_refuse(v, OUTCOME_UNAVAILABLE, "Not stored",
		    "Your request could not be stored. Go back and try "
		    "again.");
}

static void
act(struct board_request *v, const struct target *t, const char *token)
{
	if (t->alert.n == 0)
		board_refuse(v, OUTCOME_NOT_FOUND, "No such alert",
		    "There is no alert with this id.");
	else if (!is_valid(token, &t->tokens))
		board_refuse(v, OUTCOME_FORBIDDEN, "Page expired",
		    "This page is too old, or did not come from the board. "
		    "Open the alert again and use the button there.");
	else if (!is_allowed(v->verb, &t->alert))
		/* Already done by someone else; the page shows who. */
		redirect_back(v);
	else
		store(v, &t->alert);
}

/* Read the form's token; OUTCOME_OK even if it has none. */
static enum outcome
read_form(struct board_request *v, char token[DIGEST_HEX_BYTES])
{
	struct request *req = v->req;
	enum outcome o;

	if (!request_is_type(req->content_type,
		"application/x-www-form-urlencoded"))
		return OUTCOME_NOT_JSON;
	o = http_read_body(req, BODY_MAX_BYTES);
	if (o == OUTCOME_OK)
		form_field((struct slice){req->body.data, req->body.len},
		    "token", token, DIGEST_HEX_BYTES);
	return o;
}

void
board_action(struct board_request *v)
{
	struct target t = {0};
	const struct board_call calls[] = {
	    {DB_BOARD_ALERT, {v->id}, &t.alert, false},
	    {DB_BOARD_TOKEN, {v->id}, &t.tokens, false},
	};
	char token[DIGEST_HEX_BYTES];
	enum outcome o;

	v->format = BOARD_HTML;
	v->page.refreshes = false; /* a refresh would send the form again */
	o = read_form(v, token);
	if (o != OUTCOME_OK)
		board_refuse(v, o, "Invalid form",
		    "The form did not arrive as the board's pages send it. "
		    "Go back and try again.");
	else if (board_ask(v, calls, 2))
		act(v, &t, token);
	rows_free(&t.alert);
	rows_free(&t.tokens);
}
