/* SPDX-License-Identifier: ISC */
#include "board/integration.h"

#include <stdio.h>
#include <string.h>

#include "board/page_integration.h"
#include "db/rows.h"
#include "http/form.h"
#include "spool/refused.h"

/* The refused requests on their way into a reply. */
struct refused_list {
	struct board_request *v;
	size_t n;
};

/* Append a member, whose value is any bytes, or null. */
static void
member(struct buf *b, const char *name, struct slice value)
{
	buf_printf(b, ",\"%s\":", name);
	if (value.p == NULL)
		buf_puts(b, "null");
	else
		form_quote(b, value);
}

/* Append a refused request as a JSON object, without its closing brace. */
static void
object(struct buf *b, const struct kept *k)
{
	char at[PAGE_TIME_BYTES], id[UUID_TEXT_BYTES];

	kept_id(k, id);
	page_time(at, k->identity.received_at);
	buf_printf(b, "{\"id\":\"%s\"", id);
	member(b, "received_at", slice_of(at));
	buf_printf(b, ",\"status\":%d", k->status);
	member(b, "reason", k->reason);
	member(b, "pointer", k->pointer);
	member(b, "detail", k->detail);
	member(b, "dialect", kept_dialect(k));
}

static void
csv_text(struct buf *b, struct slice value)
{
	char text[512];

	snprintf(text, sizeof(text), "%.*s", (int)value.len,
	    value.p == NULL ? "" : value.p);
	if (value.p != NULL)
		rows_csv_text(b, text);
}

static void
csv_line(struct buf *b, const struct kept *k)
{
	char at[PAGE_TIME_BYTES], id[UUID_TEXT_BYTES];

	kept_id(k, id);
	page_time(at, k->identity.received_at);
	buf_printf(b, "%s,%s,%d,", id, at, k->status);
	csv_text(b, k->reason);
	buf_puts(b, ",");
	csv_text(b, k->pointer);
	buf_puts(b, ",");
	csv_text(b, k->detail);
	buf_puts(b, ",");
	csv_text(b, kept_dialect(k));
	buf_puts(b, "\r\n");
}

/* Append one of this integration in the format that was asked for. */
static void
add(const struct kept *k, void *arg)
{
	struct refused_list *l = arg;
	struct buf *b = &l->v->rep->body;

	if (!slice_equal(k->integration, l->v->integration))
		return;
	if (l->v->format == BOARD_CSV) {
		csv_line(b, k);
	} else if (l->v->format == BOARD_JSON) {
		buf_puts(b, l->n > 0 ? "," : "");
		object(b, k);
		buf_puts(b, "}");
	} else {
		page_refused(&l->v->page, k, l->v->conf->board_actions);
	}
	l->n++;
}

static void
begin(struct board_request *v, const struct rows *rows)
{
	struct reply *rep = v->rep;

	rep->status = 200;
	if (v->format == BOARD_CSV) {
		rep->type = "text/csv; charset=utf-8; header=present";
		buf_puts(&rep->head,
		    "Content-Disposition: attachment; "
		    "filename=\"refused.csv\"\r\n");
		buf_puts(&rep->body,
		    "id,received_at,status,reason,pointer,detail,dialect\r\n");
	} else if (v->format == BOARD_JSON) {
		rep->type = "application/json";
		buf_puts(&rep->body, "{\"integration\":");
		rows_object(&rep->body, rows, 0);
		buf_puts(&rep->body, ",\"refused\":[");
	} else {
		page_integration(&v->page, rows);
	}
}

static void
show_integration(struct board_request *v, const struct rows *rows)
{
	struct refused_list l = {.v = v};

	begin(v, rows);
	if (v->spool != NULL)
		refused_each(v->spool, add, &l);
	if (v->format == BOARD_JSON)
		buf_puts(&v->rep->body, "]}\n");
	else if (v->format == BOARD_HTML)
		page_integration_end(&v->page, l.n);
}

static void
show_request(struct board_request *v)
{
	struct buf file = {0};
	struct kept k;

	if (v->spool == NULL ||
	    refused_read(v->spool, v->id, &file, &k) == -1 ||
	    !slice_equal(k.integration, v->integration)) {
		board_refuse(v, OUTCOME_NOT_FOUND, "No such request",
		    "It is not kept, or no longer.");
	} else if (v->format != BOARD_HTML) {
		v->rep->status = 200;
		v->rep->type = "application/json";
		object(&v->rep->body, &k);
		member(&v->rep->body, "body", k.body);
		buf_puts(&v->rep->body, "}\n");
	} else {
		page_request(&v->page, &k);
	}
	buf_free(&file);
}

void
board_integration(struct board_request *v)
{
	char id[INTEGRATION_ID_MAX_BYTES + 1];
	struct rows rows = {0};
	const struct board_call call = {DB_BOARD_INTEGRATION, {id}, &rows,
	    false};

	snprintf(id, sizeof(id), "%.*s", (int)v->integration.len,
	    v->integration.p);
	if (board_ask(v, &call, 1)) {
		if (rows.n == 0)
			board_refuse(v, OUTCOME_NOT_FOUND,
			    "No such integration",
			    "There is no integration with this id.");
		else if (v->id[0] != '\0')
			show_request(v);
		else
			show_integration(v, &rows);
	}
	rows_free(&rows);
}
