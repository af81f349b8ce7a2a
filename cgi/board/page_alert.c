/* SPDX-License-Identifier: ISC */
#include "board/page_alert.h"

#include <string.h>

#include "base/utf8.h"
#include "board/html.h"
#include "db/rows.h"
#include "json/decode.h"
#include "json/json.h"

/* The page shows at most this much of a text; JSON has all of it. */
#define SHOWN_MAX_BYTES 65536

static void
begin_field(struct buf *b, const char *label)
{
	buf_printf(b, "<dt>%s</dt><dd>", label);
}

static void
text_field(struct buf *b, const char *label, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	begin_field(b, label);
	buf_puts(b, "<bdi>");
	html_string(b, value);
	buf_puts(b, "</bdi></dd>\n");
}

static void
time_field(struct buf *b, const char *label, const char *at,
    const char *seconds)
{
	if (at == NULL)
		return;
	begin_field(b, label);
	html_time(b, at);
	if (seconds != NULL) {
		buf_puts(b, " <span class=\"dim\">after ");
		html_duration(b, seconds);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</dd>\n");
}

static void
labels_field(struct page *p, const char *label, const char *json)
{
	if (json == NULL || strcmp(json, "[]") == 0)
		return;
	begin_field(&p->rep->body, label);
	page_labels(p, json, true);
	buf_puts(&p->rep->body, "</dd>\n");
}

/* Append a card of text, with its line breaks. */
static void
long_card(struct buf *b, const char *heading, const char *text)
{
	struct slice all, shown;

	if (text == NULL || text[0] == '\0')
		return;
	all = slice_of(text);
	shown = utf8_first_bytes(all, SHOWN_MAX_BYTES);
	buf_printf(b, "<section class=\"card\">\n<h2>%s</h2>\n<pre><bdi>",
	    heading);
	html_text(b, shown);
	buf_puts(b, "</bdi></pre>\n");
	if (shown.len < all.len)
		buf_puts(b,
		    "<p class=\"dim\">Shortened: see "
		    "<a href=\"?format=json\">JSON</a> for all of it.</p>\n");
	buf_puts(b, "</section>\n");
}

static void
pair(struct buf *b, struct slice name, struct slice value)
{
	buf_puts(b, "<dt><bdi>");
	html_text(b, name);
	buf_puts(b, "</bdi></dt><dd><pre><bdi>");
	html_text(b, value);
	buf_puts(b, "</bdi></pre></dd>\n");
}

/* Append an item of additional_data: {"label": ..., "value": ..., ...}. */
static void
additional(struct buf *b, struct decoder *reader, struct slice object)
{
	struct slice label = {NULL, 0}, value = {NULL, 0};
	struct json_member m;

	while (json_next(&object, &m)) {
		if (slice_equal(m.key, SLICE("label")))
			label = decode_text(reader, m.value);
		else if (slice_equal(m.key, SLICE("value")))
			value = decode_text(reader, m.value);
	}
	pair(b, label, value);
}

/* Append a card of an object's members, or of additional_data's items. */
static void
fields_card(struct buf *b, const char *heading, const char *json)
{
	struct slice rest = {json, json == NULL ? 0 : strlen(json)};
	struct buf own = {.max = rest.len};
	struct decoder reader = {.own = &own};
	struct json_member m;

	if (rest.len <= strlen("{}"))
		return;
	if (rest.len > SHOWN_MAX_BYTES || buf_reserve(&own, rest.len) == NULL) {
		long_card(b, heading, json);
		return;
	}
	buf_printf(b,
	    "<section class=\"card\">\n<h2>%s</h2>\n<dl class=\"all\">\n",
	    heading);
	while (json_next(&rest, &m)) {
		if (m.key.p == NULL)
			additional(b, &reader, m.value.text);
		else
			pair(b, decode_string(&reader, m.key),
			    decode_text(&reader, m.value));
	}
	buf_puts(b, "</dl>\n</section>\n");
	decode_free(&reader);
	buf_free(&own);
}

static void
button(struct page *p, const char *id, struct slice verb, const char *token)
{
	struct buf *b = &p->rep->body;

	buf_printf(b, "<form method=\"post\" action=\"%sboard/alert/%s/", p->up,
	    id);
	html_text(b, verb);
	buf_puts(b, "\"><input type=\"hidden\" name=\"token\" value=\"");
	html_string(b, token);
	buf_puts(b, "\"><button>");
	html_text(b, verb);
	buf_puts(b, "</button></form>\n");
}

/* Append a button for each action that SQL allows for the alert. */
static void
buttons(struct page *p, const struct alert_rows *r)
{
	const char *actions = rows_cell(&r->alert, 0, "actions");
	const char *id = rows_cell(&r->alert, 0, "alert_id");
	struct slice rest = {actions, actions == NULL ? 0 : strlen(actions)};
	struct json_member m;

	if (r->token.result == NULL || r->token.n == 0 || rest.len == 0)
		return;
	while (json_next(&rest, &m)) {
		/* Constants from SQL, quoted and without escapes. */
		struct slice verb = {m.value.text.p + 1, m.value.text.len - 2};

		button(p, id, verb, rows_at(&r->token, 0, 0));
	}
}

static void
state_card(struct page *p, const struct alert_rows *r)
{
	const char *severity = rows_cell(&r->alert, 0, "incident_severity");
	struct buf *b = &p->rep->body;

	buf_puts(b, "<section class=\"card\">\n<p>");
	page_pill(p, "s", rows_cell(&r->alert, 0, "status"));
	buf_puts(b, " ");
	page_pill(p, "u", rows_cell(&r->alert, 0, "urgency"));
	if (severity != NULL) {
		buf_puts(b, " <span class=\"pill sev\">");
		html_string(b, severity);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</p>\n");
	buttons(p, r);
	buf_puts(b, "<dl class=\"all\">\n");
}

/* Return the text of the latest create if it differs from the first's. */
static const char *
newer(const char *latest, const char *first)
{
	if (latest == NULL || (first != NULL && strcmp(latest, first) == 0))
		return NULL;
	return latest;
}

static void
alert_card(struct page *p, const struct alert_rows *r)
{
	const struct rows *a = &r->alert;
	struct buf *b = &p->rep->body;

	state_card(p, r);
	text_field(b, "Latest title",
	    newer(rows_cell(a, 0, "latest_title"), rows_cell(a, 0, "title")));
	text_field(b, "Message", rows_cell(a, 0, "incident_message"));
	text_field(b, "Integration", rows_cell(a, 0, "integration_name"));
	text_field(b, "Id", rows_cell(a, 0, "external_id"));
	time_field(b, "Created", rows_cell(a, 0, "created_at"), NULL);
	time_field(b, "Acknowledged", rows_cell(a, 0, "acknowledged_at"),
	    rows_cell(a, 0, "response_seconds"));
	time_field(b, "Resolved", rows_cell(a, 0, "resolved_at"),
	    rows_cell(a, 0, "lifetime_seconds"));
	time_field(b, "Last event", rows_cell(a, 0, "last_event_at"), NULL);
	if (rows_cell(a, 0, "age_seconds") != NULL) {
		begin_field(b, "Age");
		html_duration(b, rows_cell(a, 0, "age_seconds"));
		buf_puts(b, "</dd>\n");
	}
	begin_field(b, "Repeats");
	buf_printf(b, "%lld</dd>\n", rows_number(a, 0, "duplicate_count"));
	labels_field(p, "Tags", rows_cell(a, 0, "tags"));
	labels_field(p, "Dedup keys", rows_cell(a, 0, "dedup_keys"));
	labels_field(p, "Changed on receipt", rows_cell(a, 0, "flags"));
	text_field(b, "Alert", rows_cell(a, 0, "alert_id"));
	text_field(b, "Integration id", rows_cell(a, 0, "integration_id"));
	buf_puts(b, "</dl>\n</section>\n");
}

static void
event_row(struct buf *b, const struct rows *events, int row)
{
	const char *reason = rows_cell(events, row, "reason");
	const char *from = rows_cell(events, row, "remote_addr");

	buf_puts(b, "<tr>\n<th scope=\"row\">");
	html_time(b, rows_cell(events, row, "received_at"));
	buf_puts(b, "</th>\n<td>");
	html_string(b, rows_cell(events, row, "event_type"));
	buf_puts(b, "</td>\n<td>");
	html_string(b, rows_cell(events, row, "outcome"));
	if (reason != NULL) {
		buf_puts(b, " <span class=\"dim\">");
		html_string(b, reason);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</td>\n<td>");
	html_string(b, rows_cell(events, row, "source"));
	if (from != NULL) {
		buf_puts(b, " <span class=\"dim\">");
		html_string(b, from);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</td>\n</tr>\n");
}

static void
events_card(struct buf *b, const struct alert_rows *r)
{
	long long all = rows_number(&r->alert, 0, "event_count");

	buf_puts(b,
	    "<section class=\"card\">\n<h2>Events</h2>\n"
	    "<table class=\"flow\">\n<thead><tr><th scope=\"col\">Received</th>"
	    "<th scope=\"col\">Event</th><th scope=\"col\">Outcome</th>"
	    "<th scope=\"col\">From</th></tr></thead>\n<tbody>\n");
	for (int row = 0; row < r->events.n; row++)
		event_row(b, &r->events, row);
	buf_puts(b, "</tbody>\n</table>\n");
	if (all > r->events.n)
		buf_printf(b,
		    "<p class=\"dim\">%lld older events are not shown.</p>\n",
		    all - r->events.n);
	buf_puts(b, "</section>\n");
}

/*
 * Return a member of an object as a string in reader->own, which has room for
 * twice the document; NULL for null.
 */
static const char *
member(struct decoder *reader, struct slice object, const char *name)
{
	struct slice text = {NULL, 0}, key = slice_of(name);
	struct json_member m;
	size_t start;

	while (json_next(&object, &m))
		if (slice_equal(m.key, key))
			text = decode_text(reader, m.value);
	if (text.p == NULL)
		return NULL;
	start = reader->own->len;
	buf_append(reader->own, text.p, text.len);
	buf_append(reader->own, "", 1);
	return reader->own->data + start;
}

/* Append what is told, or which step is to tell it. */
static void
told_notice(struct buf *b, struct decoder *reader, struct slice object)
{
	const char *notice = member(reader, object, "notice");
	const char *route = member(reader, object, "route");

	html_string(b, notice);
	if (route == NULL)
		return;
	buf_puts(b, notice == NULL ? "" : ", ");
	buf_puts(b, "route <bdi>");
	html_string(b, route);
	buf_puts(b, "</bdi>, step ");
	html_string(b, member(reader, object, "step"));
}

static void
told_row(struct page *p, struct decoder *reader, struct slice object)
{
	const char *waits = member(reader, object, "waiting_for");
	const char *number = member(reader, object, "delivery_id");
	struct buf *b = &p->rep->body;

	buf_puts(b, "<tr>\n<th scope=\"row\">");
	html_time(b, member(reader, object, "at"));
	buf_puts(b, "</th>\n<td>");
	page_pill(p, "d", member(reader, object, "status"));
	if (waits != NULL) {
		buf_puts(b, " <span class=\"dim\">waits for ");
		html_string(b, waits);
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</td>\n<td><bdi>");
	html_string(b, member(reader, object, "destination"));
	buf_puts(b, "</bdi></td>\n<td>");
	told_notice(b, reader, object);
	if (number != NULL) {
		buf_puts(b, " <span class=\"dim\">delivery ");
		html_string(b, number);
		buf_puts(b, ", attempts: ");
		html_string(b, member(reader, object, "attempts"));
		buf_puts(b, "</span>");
	}
	buf_puts(b, "</td>\n</tr>\n");
}

/* Append who was told, and who will be; nothing if that is nobody. */
static void
told_card(struct page *p, const char *json)
{
	struct slice rest = {json, json == NULL ? 0 : strlen(json)};
	struct buf own = {.max = 2 * rest.len};
	struct decoder reader = {.own = &own};
	struct buf *b = &p->rep->body;
	struct json_member m;

	if (rest.len <= strlen("[]"))
		return;
	if (buf_reserve(&own, own.max) == NULL) {
		b->failed = true;
		return;
	}
	buf_puts(b,
	    "<section class=\"card\">\n<h2>Told</h2>\n"
	    "<table class=\"flow\">\n<thead><tr><th scope=\"col\">When</th>"
	    "<th scope=\"col\">Status</th><th scope=\"col\">Whom</th>"
	    "<th scope=\"col\">What</th></tr></thead>\n<tbody>\n");
	while (json_next(&rest, &m))
		told_row(p, &reader, m.value.text);
	buf_puts(b, "</tbody>\n</table>\n</section>\n");
	b->failed = b->failed || own.failed || reader.failed;
	decode_free(&reader);
	buf_free(&own);
}

void
page_alert(struct page *p, const struct alert_rows *r)
{
	const char *title = rows_cell(&r->alert, 0, "title");
	struct buf *b = &p->rep->body;

	page_begin(p, 200, title);
	page_heading(p, title, rows_cell(&r->alert, 0, "at"));
	buf_printf(b, "<p><a href=\"%sboard\">\xe2\x86\x90 Board</a></p>\n",
	    p->up);
	alert_card(p, r);
	told_card(p, rows_cell(&r->alert, 0, "told"));
	long_card(b, "Latest description",
	    newer(rows_cell(&r->alert, 0, "latest_description"),
		rows_cell(&r->alert, 0, "description")));
	long_card(b, "Description", rows_cell(&r->alert, 0, "description"));
	fields_card(b, "Meta", rows_cell(&r->alert, 0, "meta"));
	fields_card(b, "Additional data",
	    rows_cell(&r->alert, 0, "additional_data"));
	events_card(b, r);
	page_end(p, true);
}
