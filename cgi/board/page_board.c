/* SPDX-License-Identifier: ISC */
#include "board/page_board.h"

#include <stdio.h>
#include <string.h>

#include "board/chart.h"
#include "board/html.h"
#include "board/page_integration.h"
#include "db/rows.h"

#define HEAD_CELL "<th scope=\"col\">"
#define ALARM_NAMES 8

/* Append a cell with a count; a phone shows the label before it. */
static void
number_cell(struct buf *b, const char *label, long long n)
{
	buf_printf(b, "<td class=\"num%s\" data-label=\"%s\">%lld</td>\n",
	    n == 0 ? " dim" : "", label, n);
}

static void
figure(struct buf *b, const char *name, const char *class, long long n)
{
	buf_printf(b, "<div%s><dt>%s</dt><dd>%lld</dd></div>\n",
	    n > 0 ? class : "", name, n);
}

/* Name destinations that are broken. */
static void
broken_alarm(struct page *p, const char *names)
{
	struct buf *b = &p->rep->body;

	if (names == NULL || strcmp(names, "[]") == 0)
		return;
	buf_puts(b, "<p class=\"card alarm\">Broken destinations: ");
	page_labels(p, names, false);
	buf_puts(b, "</p>\n");
}

/* Name heartbeats that are late; those come first. */
static void
late_alarm(struct buf *b, const struct rows *heartbeats)
{
	int n = 0;

	while (n < heartbeats->n &&
	    strcmp(rows_cell(heartbeats, n, "status"), "late") == 0)
		n++;
	if (n == 0)
		return;
	buf_puts(b, "<p class=\"card alarm\">Late heartbeats: ");
	for (int row = 0; row < n && row < ALARM_NAMES; row++) {
		buf_puts(b, "<span class=\"tag\"><bdi>");
		html_string(b, rows_cell(heartbeats, row, "name"));
		buf_puts(b, "</bdi></span>");
	}
	if (n > ALARM_NAMES)
		buf_printf(b, "<span class=\"tag\">+%d</span>",
		    n - ALARM_NAMES);
	buf_puts(b, "</p>\n");
}

static void
figures(struct buf *b, const struct rows *counts)
{
	buf_puts(b, "<dl class=\"figures\">\n");
	figure(b, "Open", " class=\"bad\"",
	    rows_number(counts, 0, "open_count"));
	figure(b, "Acknowledged", " class=\"warn\"",
	    rows_number(counts, 0, "acknowledged_count"));
	figure(b, "New in 24 hours", "",
	    rows_number(counts, 0, "created_24h_count"));
	buf_puts(b, "<div><dt>Longest open</dt><dd>");
	html_duration(b, rows_cell(counts, 0, "oldest_unacknowledged_seconds"));
	buf_puts(b, "</dd></div>\n</dl>\n");
}

/* Append whether those who are to be told of an alert were; NULL: nobody is. */
static void
told_mark(struct buf *b, const char *told)
{
	static const char *const words[][2] = {
	    {"told", "told"},
	    {"waiting", "being told"},
	    {"failed", "telling failed"},
	};

	for (size_t i = 0; told != NULL && i < 3; i++)
		if (strcmp(told, words[i][0]) == 0)
			buf_printf(b, "<span class=\"pill d-%s\">%s</span> ",
			    words[i][0], words[i][1]);
}

/*
 * Append the title, linked to the alert's page, severity, whether it was told,
 * and tags.
 */
static void
alert_title(struct page *p, const struct rows *alerts, int row)
{
	const char *severity = rows_cell(alerts, row, "incident_severity");
	struct buf *b = &p->rep->body;

	buf_printf(b,
	    "<th scope=\"row\" class=\"wide\">"
	    "<a class=\"title\" href=\"%sboard/alert/%s\"><bdi>",
	    p->up, rows_cell(alerts, row, "alert_id"));
	html_string(b, rows_cell(alerts, row, "title"));
	buf_puts(b, "</bdi></a>\n");
	if (severity != NULL) {
		buf_puts(b, "<span class=\"pill sev\">");
		html_string(b, severity);
		buf_puts(b, "</span> ");
	}
	told_mark(b, rows_cell(alerts, row, "told"));
	page_labels(p, rows_cell(alerts, row, "tags"), false);
	buf_puts(b, "</th>\n");
}

static void
alert_row(struct page *p, const struct rows *alerts, int row)
{
	struct buf *b = &p->rep->body;

	buf_puts(b, "<tr>\n<td>");
	page_pill(p, "s", rows_cell(alerts, row, "status"));
	buf_puts(b, "</td>\n<td>");
	page_pill(p, "u", rows_cell(alerts, row, "urgency"));
	buf_puts(b, "</td>\n");
	alert_title(p, alerts, row);
	buf_puts(b, "<td data-label=\"from:\"><bdi>");
	html_string(b, rows_cell(alerts, row, "integration_name"));
	buf_puts(b, "</bdi></td>\n<td class=\"num\" data-label=\"age:\">");
	html_duration(b, rows_cell(alerts, row, "age_seconds"));
	buf_puts(b, "</td>\n");
	number_cell(b, "repeats:", rows_number(alerts, row, "duplicate_count"));
	buf_puts(b, "</tr>\n");
}

/* Append how many rows are not shown. */
static void
rest_of(struct buf *b, const struct rows *rows, long long all)
{
	if (all > rows->n)
		buf_printf(b, "<p class=\"dim\">%lld more are not shown.</p>\n",
		    all - rows->n);
}

static void
alerts_card(struct page *p, const struct board_rows *r)
{
	struct buf *b = &p->rep->body;

	buf_puts(b, "<section class=\"card\">\n<h2>Alerts</h2>\n");
	if (r->alerts.n == 0) {
		buf_puts(b, "<p class=\"dim\">No open alerts.</p>\n");
	} else {
		buf_puts(b,
		    "<table class=\"flow\">\n<thead><tr>" HEAD_CELL
		    "Status</th>" HEAD_CELL "Urgency</th>" HEAD_CELL
		    "Title</th>" HEAD_CELL "Integration</th>"
		    "<th scope=\"col\" class=\"num\">Age</th>"
		    "<th scope=\"col\" class=\"num\">Repeats</th>"
		    "</tr></thead>\n<tbody>\n");
		for (int row = 0; row < r->alerts.n; row++)
			alert_row(p, &r->alerts, row);
		buf_puts(b, "</tbody>\n</table>\n");
		rest_of(b, &r->alerts,
		    rows_number(&r->counts, 0, "live_count"));
	}
	buf_puts(b, "</section>\n");
}

/* Append what the sender of an integration speaks, if that is known. */
static void
speech(struct buf *b, const struct rows *rows, int row)
{
	const char *dialect = rows_cell(rows, row, "dialect");
	const char *wrapper = rows_cell(rows, row, "wrapper_key");

	if (dialect != NULL) {
		buf_puts(b, ", ");
		html_string(b, dialect);
	}
	if (wrapper != NULL) {
		buf_puts(b, ", events in ");
		html_string(b, wrapper);
	}
}

static void
integration_row(struct page *p, const struct rows *rows, int row)
{
	const char *last = rows_cell(rows, row, "silent_seconds");
	struct buf *b = &p->rep->body;

	buf_puts(b, "<tr>\n<td>");
	page_pill(p, "is", page_state(rows, row));
	buf_puts(b, "</td>\n<th scope=\"row\" class=\"wide\">");
	buf_printf(b, "<a href=\"%sboard/integration/%s\"><bdi>", p->up,
	    rows_cell(rows, row, "integration_id"));
	html_string(b, rows_cell(rows, row, "integration_name"));
	buf_puts(b, "</bdi></a> <span class=\"dim small\">");
	html_string(b, rows_cell(rows, row, "integration_id"));
	speech(b, rows, row);
	buf_puts(b, "</span></th>\n");
	number_cell(b, "open:", rows_number(rows, row, "open_count"));
	number_cell(b,
	    "acknowledged:", rows_number(rows, row, "acknowledged_count"));
	buf_puts(b, "<td class=\"num\" data-label=\"last event:\">");
	if (last == NULL) {
		buf_puts(b, "never");
	} else {
		html_duration(b, last);
		buf_puts(b, " ago");
	}
	buf_puts(b, "</td>\n</tr>\n");
}

static void
integrations_card(struct page *p, const struct board_rows *r)
{
	struct buf *b = &p->rep->body;

	buf_puts(b, "<section class=\"card\">\n<h2>Integrations</h2>\n");
	if (r->integrations.n == 0) {
		buf_puts(b,
		    "<p class=\"dim\">None yet. To add one: "
		    "<code>tocsin integration add NAME</code></p>\n");
	} else {
		buf_puts(b,
		    "<table class=\"flow\">\n<thead><tr>" HEAD_CELL
		    "State</th>" HEAD_CELL "Name</th>"
		    "<th scope=\"col\" class=\"num\">Open</th>"
		    "<th scope=\"col\" class=\"num\">Acknowledged</th>"
		    "<th scope=\"col\" class=\"num\">Last event</th>"
		    "</tr></thead>\n<tbody>\n");
		for (int row = 0; row < r->integrations.n; row++)
			integration_row(p, &r->integrations, row);
		buf_puts(b, "</tbody>\n</table>\n");
		rest_of(b, &r->integrations,
		    rows_number(&r->counts, 0, "integration_count"));
	}
	buf_puts(b, "</section>\n");
}

static void
heartbeat_row(struct page *p, const struct rows *rows, int row)
{
	const char *heard = rows_cell(rows, row, "heard_seconds");
	struct buf *b = &p->rep->body;

	buf_puts(b, "<tr>\n<td>");
	page_pill(p, "hb", rows_cell(rows, row, "status"));
	buf_puts(b, "</td>\n<th scope=\"row\" class=\"wide\"><bdi>");
	html_string(b, rows_cell(rows, row, "name"));
	buf_puts(b, "</bdi></th>\n<td data-label=\"of:\"><bdi>");
	html_string(b, rows_cell(rows, row, "integration_name"));
	buf_puts(b, "</bdi></td>\n<td class=\"num\" data-label=\"every:\">");
	html_duration(b, rows_cell(rows, row, "every_seconds"));
	buf_puts(b, "</td>\n<td class=\"num\" data-label=\"heard:\">");
	if (heard == NULL) {
		buf_puts(b, "never");
	} else {
		html_duration(b, heard);
		buf_puts(b, " ago");
	}
	buf_puts(b, "</td>\n</tr>\n");
}

/* Where there are no heartbeats, say nothing of them. */
static void
heartbeats_card(struct page *p, const struct rows *rows)
{
	struct buf *b = &p->rep->body;

	if (rows->n == 0)
		return;
	buf_puts(b,
	    "<section class=\"card\">\n<h2>Heartbeats</h2>\n"
	    "<table class=\"flow\">\n<thead><tr>" HEAD_CELL
	    "Status</th>" HEAD_CELL "Name</th>" HEAD_CELL "Integration</th>"
	    "<th scope=\"col\" class=\"num\">Every</th>"
	    "<th scope=\"col\" class=\"num\">Heard</th>"
	    "</tr></thead>\n<tbody>\n");
	for (int row = 0; row < rows->n; row++)
		heartbeat_row(p, rows, row);
	buf_puts(b, "</tbody>\n</table>\n</section>\n");
}

void
page_board(struct page *p, const struct board_rows *r)
{
	struct buf *b = &p->rep->body;
	char title[64];

	snprintf(title, sizeof(title), "%lld open",
	    rows_number(&r->counts, 0, "open_count"));
	page_begin(p, 200, title);
	page_heading(p, "Tocsin board", rows_cell(&r->counts, 0, "at"));
	broken_alarm(p, rows_cell(&r->counts, 0, "broken_destinations"));
	late_alarm(b, &r->heartbeats);
	figures(b, &r->counts);
	alerts_card(p, r);
	buf_puts(b, "<section class=\"card\">\n<h2>Last 24 hours</h2>\n");
	if (r->hours.result != NULL)
		chart(b, &r->hours);
	else
		buf_puts(b,
		    "<p class=\"dim\">The database took too long to "
		    "answer.</p>\n");
	buf_puts(b, "</section>\n");
	heartbeats_card(p, &r->heartbeats);
	integrations_card(p, r);
	page_end(p, true);
}
