/* SPDX-License-Identifier: ISC */
#include "board/board.h"

#include <string.h>

#include "board/action.h"
#include "board/integration.h"
#include "board/page_alert.h"
#include "board/page_board.h"
#include "db/rows.h"

/* The most rows of each kind that are shown. */
#define ALERTS_MAX "200"
#define INTEGRATIONS_MAX "200"
#define HEARTBEATS_MAX "200"
#define EVENTS_MAX "50"

/* Fits that many rows of the largest possible size, escaped. */
#define BODY_MAX_BYTES (64 * 1024 * 1024)

static void
set_csv(struct reply *rep, const struct rows *rows, const char *name)
{
	rep->status = 200;
	rep->type = "text/csv; charset=utf-8; header=present";
	buf_printf(&rep->head,
	    "Content-Disposition: attachment; filename=\"%s.csv\"\r\n", name);
	rows_csv(&rep->body, rows);
}

static void
board_json(struct reply *rep, const struct board_rows *r)
{
	struct buf *b = &rep->body;

	rep->status = 200;
	rep->type = "application/json";
	buf_puts(b, "{\"counts\":");
	rows_object(b, &r->counts, 0);
	buf_puts(b, ",\"alerts\":");
	rows_array(b, &r->alerts);
	buf_puts(b, ",\"hours\":");
	rows_array(b, &r->hours);
	buf_puts(b, ",\"integrations\":");
	rows_array(b, &r->integrations);
	buf_puts(b, ",\"heartbeats\":");
	rows_array(b, &r->heartbeats);
	buf_puts(b, "}\n");
}

static void
show_board(struct board_request *v)
{
	struct board_rows r = {0};
	const struct board_call calls[] = {
	    {DB_BOARD_COUNTS, {NULL}, &r.counts, false},
	    {DB_BOARD_ALERTS, {ALERTS_MAX}, &r.alerts, false},
	    {DB_BOARD_INTEGRATIONS, {INTEGRATIONS_MAX}, &r.integrations, false},
	    {DB_BOARD_HEARTBEATS, {HEARTBEATS_MAX}, &r.heartbeats, true},
	    {DB_BOARD_HOURS, {NULL}, &r.hours, true},
	};

	if (board_ask(v, calls, 5)) {
		if (v->format == BOARD_JSON)
			board_json(v->rep, &r);
		else if (v->format == BOARD_CSV)
			set_csv(v->rep, &r.alerts, "alerts");
		else
			page_board(&v->page, &r);
	}
	rows_free(&r.counts);
	rows_free(&r.alerts);
	rows_free(&r.integrations);
	rows_free(&r.heartbeats);
	rows_free(&r.hours);
}

static void
alert_json(struct reply *rep, const struct alert_rows *r)
{
	struct buf *b = &rep->body;

	rep->status = 200;
	rep->type = "application/json";
	buf_puts(b, "{\"alert\":");
	rows_object(b, &r->alert, 0);
	buf_puts(b, ",\"events\":");
	rows_array(b, &r->events);
	buf_puts(b, "}\n");
}

static void
show_alert(struct board_request *v)
{
	struct alert_rows r = {0};
	const struct board_call calls[] = {
	    {DB_BOARD_ALERT, {v->id}, &r.alert, false},
	    {DB_BOARD_EVENTS, {v->id, EVENTS_MAX}, &r.events, false},
	    {DB_BOARD_TOKEN, {v->id}, &r.token, false},
	};

	if (board_ask(v, calls, v->conf->board_actions ? 3 : 2)) {
		if (r.alert.n == 0)
			board_refuse(v, OUTCOME_NOT_FOUND, "No such alert",
			    "There is no alert with this id.");
		else if (v->format == BOARD_JSON)
			alert_json(v->rep, &r);
		else if (v->format == BOARD_CSV)
			set_csv(v->rep, &r.events, "events");
		else
			page_alert(&v->page, &r);
	}
	rows_free(&r.alert);
	rows_free(&r.events);
	rows_free(&r.token);
}

static void
refuse_format(struct reply *rep)
{
	rep->status = 406;
	rep->type = "text/plain; charset=utf-8";
	buf_puts(&rep->body, "unknown format; use html, json or csv\n");
}

static void
refuse_method(struct board_request *v, const char *allow)
{
	board_refuse(v, OUTCOME_BAD_METHOD, "Method not allowed",
	    "This page does not accept this method.");
	v->rep->allow = allow;
}

void
board(struct board_request *v)
{
	bool is_post = strcmp(v->req->method, "POST") == 0;
	enum outcome o = board_request_read(v);

	v->rep->body.max = BODY_MAX_BYTES;
	if (o == OUTCOME_INVALID)
		refuse_format(v->rep);
	else if (o != OUTCOME_OK)
		board_refuse(v, o, "Not found",
		    "The board has no page of this name.");
	else if (is_post != (v->verb.p != NULL))
		refuse_method(v, is_post ? "GET, HEAD" : "POST");
	else if (is_post)
		board_action(v);
	else if (v->integration.p != NULL)
		board_integration(v);
	else if (v->id[0] != '\0')
		show_alert(v);
	else
		show_board(v);
	if (v->rep->body.failed || v->rep->head.failed)
		reply_problem(v->rep, OUTCOME_UNAVAILABLE, NULL);
}
