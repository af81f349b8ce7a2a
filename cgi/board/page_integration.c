/* SPDX-License-Identifier: ISC */
#include "board/page_integration.h"

#include <stdio.h>
#include <time.h>

#include "board/html.h"
#include "db/rows.h"

#define SHOWN_MAX_BYTES 65536 /* of a body; JSON has all of it */

void
page_time(char text[PAGE_TIME_BYTES], int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(text, PAGE_TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void
figure(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, "<div><dt>%s</dt><dd>", name);
	html_string(b, text);
	buf_puts(b, "</dd></div>\n");
}

const char *
page_state(const struct rows *rows, int row)
{
	const char *enabled = rows_cell(rows, row, "enabled");
	const char *silent = rows_cell(rows, row, "silent");

	if (enabled == NULL || enabled[0] != 't')
		return "off";
	return silent != NULL && silent[0] == 't' ? "silent" : "ok";
}

static void
figures(struct buf *b, const struct rows *rows)
{
	buf_puts(b, "<dl class=\"figures\">\n");
	figure(b, "State", page_state(rows, 0));
	figure(b, "Open", rows_cell(rows, 0, "open_count"));
	figure(b, "Acknowledged", rows_cell(rows, 0, "acknowledged_count"));
	buf_puts(b, "<div><dt>Since the last event</dt><dd>");
	html_duration(b, rows_cell(rows, 0, "silent_seconds"));
	buf_puts(b, "</dd></div>\n</dl>\n");
}

void
page_integration(struct page *p, const struct rows *rows)
{
	const char *name = rows_cell(rows, 0, "integration_name");
	struct buf *b = &p->rep->body;

	p->refreshes = false;
	page_begin(p, 200, name);
	page_heading(p, name, NULL);
	buf_printf(b,
	    "<p><a href=\"%sboard\">\xe2\x86\x90 Board</a> "
	    "<span class=\"dim\">",
	    p->up);
	html_string(b, rows_cell(rows, 0, "integration_id"));
	buf_puts(b, "</span></p>\n");
	figures(b, rows);
	buf_puts(b,
	    "<section class=\"card\">\n<h2>Refused requests</h2>\n"
	    "<table class=\"flow\">\n<thead><tr><th scope=\"col\">Received</th>"
	    "<th scope=\"col\">Status</th><th scope=\"col\">Reason</th>"
	    "<th scope=\"col\">Pointer</th></tr></thead>\n<tbody>\n");
}

void
page_refused(struct page *p, const struct kept *k, bool link)
{
	char at[PAGE_TIME_BYTES], id[UUID_TEXT_BYTES];
	struct buf *b = &p->rep->body;

	kept_id(k, id);
	page_time(at, k->identity.received_at);
	buf_puts(b, "<tr>\n<th scope=\"row\">");
	if (link)
		buf_printf(b, "<a href=\"%sboard/integration/%.*s/%s\">", p->up,
		    (int)k->integration.len, k->integration.p, id);
	html_time(b, at);
	buf_printf(b, "%s</th>\n<td>%d</td>\n<td>", link ? "</a>" : "",
	    k->status);
	html_bytes(b, k->reason);
	buf_puts(b, " <span class=\"dim\">");
	html_bytes(b, k->detail);
	buf_puts(b, "</span></td>\n<td>");
	html_bytes(b, k->pointer);
	buf_puts(b, "</td>\n</tr>\n");
}

void
page_integration_end(struct page *p, size_t n)
{
	struct buf *b = &p->rep->body;

	buf_puts(b, "</tbody>\n</table>\n");
	if (n == 0)
		buf_puts(b, "<p class=\"dim\">None is kept.</p>\n");
	buf_puts(b, "</section>\n");
	page_end(p, true);
}

static void
field(struct buf *b, const char *label, struct slice value)
{
	if (value.len == 0)
		return;
	buf_printf(b, "<dt>%s</dt><dd><bdi>", label);
	html_bytes(b, value);
	buf_puts(b, "</bdi></dd>\n");
}

static void
fields(struct buf *b, const struct kept *k)
{
	char at[PAGE_TIME_BYTES], id[UUID_TEXT_BYTES], status[16];

	kept_id(k, id);
	page_time(at, k->identity.received_at);
	snprintf(status, sizeof(status), "%d", k->status);
	buf_puts(b,
	    "<section class=\"card\">\n<dl class=\"all\">\n"
	    "<dt>Received</dt><dd>");
	html_time(b, at);
	buf_puts(b, "</dd>\n");
	field(b, "Status", slice_of(status));
	field(b, "Reason", k->reason);
	field(b, "Pointer", k->pointer);
	field(b, "Detail", k->detail);
	field(b, "Dialect", kept_dialect(k));
	field(b, "Method", k->method);
	field(b, "Path", k->path);
	field(b, "Query", k->query);
	field(b, "Content-Type", k->content_type);
	field(b, "Content-Encoding", k->content_encoding);
	field(b, "Sender", k->remote_addr);
	field(b, "Id", slice_of(id));
	buf_puts(b, "</dl>\n</section>\n");
}

void
page_request(struct page *p, const struct kept *k)
{
	struct slice shown = k->body;
	struct buf *b = &p->rep->body;
	char id[UUID_TEXT_BYTES];

	if (shown.len > SHOWN_MAX_BYTES)
		shown.len = SHOWN_MAX_BYTES;
	kept_id(k, id);
	p->refreshes = false;
	page_begin(p, 200, "Refused request");
	page_heading(p, "Refused request", NULL);
	buf_printf(b,
	    "<p><a href=\"%sboard/integration/%.*s\">\xe2\x86\x90 "
	    "Integration</a></p>\n",
	    p->up, (int)k->integration.len, k->integration.p);
	fields(b, k);
	buf_puts(b, "<section class=\"card\">\n<h2>Body</h2>\n<pre>");
	html_bytes(b, shown);
	buf_printf(b, "</pre>\n<p class=\"dim\">%zu of %zu bytes%s.", shown.len,
	    k->size,
	    kept_is_whole(k) ? "" : ", which are not all that was sent");
	buf_printf(b,
	    " To send it again: <code>tocsin refused retry %s</code></p>\n"
	    "</section>\n",
	    id);
	page_end(p, false);
}
