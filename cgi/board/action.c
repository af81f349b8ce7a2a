/* SPDX-License-Identifier: ISC */
#include "board/action.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/digest.h"
#include "db/rows.h"
#include "http/form.h"
#include "http/http.h"
#include "json/json.h"

#define BODY_MAX_BYTES 4096
#define EVENT_MAX_BYTES 16384 /* an Id of 1 KiB, each byte escaped, fits */

/* What the database knows of the alert. */
struct target {
	struct rows alert;
	struct rows tokens;
};

static bool
is_form(const char *type)
{
	static const char want[] = "application/x-www-form-urlencoded";
	size_t len = sizeof(want) - 1;

	return type != NULL && strncasecmp(type, want, len) == 0 &&
	    (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

/*
 * The token was made by this installation for this alert, lately.  Compared
 * by their digests, so that time tells nothing.
 */
static bool
is_good(const char *token, const struct rows *tokens)
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

/* Whether the event would move the alert, by what SQL says. */
static bool
moves(struct slice verb, const struct rows *alert)
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
lead_back(struct board_request *v)
{
	v->rep->status = 303;
	v->rep->type = "text/plain";
	buf_printf(&v->rep->head, "Location: %sboard/alert/%s\r\n", v->up,
	    v->id);
}

/* The event as a sender would write it, in place of the form. */
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
		    clock_ms() + v->conf->database_timeout);
		o = v->delivery->items[0].outcome;
	}
	if (o == OUTCOME_QUEUED)
		page_message(&v->page, outcome_status(o), "Noted",
		    "The database went away just now. What you asked for "
		    "waits in the spool and will be done when it is back.");
	else if (outcome_is_accepted(o))
		lead_back(v);
	else if (o == OUTCOME_DISABLED)
		page_message(&v->page, 409, "Integration disabled",
		    "This integration takes no events until it is enabled "
		    "again.");
	else
		board_refuse(v, OUTCOME_UNAVAILABLE, "Not done",
		    "This could not be stored now. Go back and try again.");
}

static void
press_on(struct board_request *v, const struct target *t, const char *token)
{
	if (t->alert.n == 0)
		board_refuse(v, OUTCOME_NOT_FOUND, "No such alert",
		    "There is no alert of this id.");
	else if (!is_good(token, &t->tokens))
		board_refuse(v, OUTCOME_FORBIDDEN, "Page too old",
		    "This page was open for too long, or is not ours. Go "
		    "to the alert again and press its button there.");
	else if (!moves(v->verb, &t->alert))
		/* Somebody was faster; the page says who. */
		lead_back(v);
	else
		store(v, &t->alert);
}

/* The form's token; OUTCOME_OK even where it has none. */
static enum outcome
read_form(struct board_request *v, char token[DIGEST_HEX_BYTES])
{
	struct request *req = v->req;
	enum outcome o;

	if (!is_form(req->content_type))
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
	v->page.refreshes = false; /* what was sent would be sent again */
	o = read_form(v, token);
	if (o != OUTCOME_OK)
		board_refuse(v, o, "Not understood",
		    "The form did not arrive as the board's own pages send "
		    "it. Go back and try again.");
	else if (board_ask(v, calls, 2))
		press_on(v, &t, token);
	rows_free(&t.alert);
	rows_free(&t.tokens);
}
