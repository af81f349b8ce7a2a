/* SPDX-License-Identifier: ISC */
#include "board/page.h"

#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "board/css.h"
#include "board/html.h"
#include "json/decode.h"

/* Limits for labels in a list of alerts. */
#define LABELS 8
#define LABEL_CHARS 40

/*
 * Add headers that keep the browser from loading, running or sending anything
 * that a title might inject; allow only the given style.
 */
static void
add_policy(struct buf *head, struct slice style)
{
	unsigned char sum[DIGEST_BYTES];
	char text[DIGEST_BASE64_BYTES];

	digest_sha256(style.p, style.len, sum);
	digest_base64(sum, text);
	buf_printf(head,
	    "Content-Security-Policy: default-src 'none'; "
	    "style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; "
	    "frame-ancestors 'none'\r\n"
	    "Referrer-Policy: no-referrer\r\n"
	    "X-Frame-Options: DENY\r\n",
	    text);
}

/* Add the style sheet and the header that allows it. */
static void
add_style(struct reply *rep)
{
	struct buf *b = &rep->body;
	size_t start;

	buf_puts(b, "<style>");
	start = b->len;
	for (const char *const *part = css_sheet; *part != NULL; part++)
		buf_puts(b, *part);
	if (!b->failed)
		add_policy(&rep->head,
		    (struct slice){b->data + start, b->len - start});
	buf_puts(b, "</style>\n");
}

void
page_begin(struct page *p, int status, const char *title)
{
	struct buf *b = &p->rep->body;

	p->rep->status = status;
	p->rep->type = "text/html; charset=utf-8";
	p->rep->retry = status == 503;
	if (p->refreshes)
		buf_printf(&p->rep->head, "Refresh: %d\r\n", PAGE_REFRESH_S);
	buf_puts(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>");
	html_string(b, title);
	buf_puts(b, " \xc2\xb7 tocsin</title>\n");
	add_style(p->rep);
	buf_puts(b, "</head>\n<body>\n");
}

void
page_heading(struct page *p, const char *text, const char *at)
{
	struct buf *b = &p->rep->body;

	buf_puts(b, "<header>\n<h1><bdi>");
	html_string(b, text);
	buf_puts(b, "</bdi></h1>\n");
	if (at != NULL) {
		buf_puts(b, "<p>As of ");
		html_time(b, at);
		buf_puts(b, " UTC");
		if (p->refreshes)
			buf_printf(b,
			    ", refreshes every %d s "
			    "(<a href=\"?refresh=off\">pause</a>)",
			    PAGE_REFRESH_S);
		else
			buf_puts(b, ", paused (<a href=\"?\">resume</a>)");
		buf_puts(b, "</p>\n");
	}
	buf_puts(b, "</header>\n<main>\n");
}

void
page_end(struct page *p, bool formats)
{
	struct buf *b = &p->rep->body;

	buf_puts(b, "</main>\n<footer>\n");
	if (formats)
		buf_puts(b,
		    "This page as <a href=\"?format=json\">JSON</a> or "
		    "<a href=\"?format=csv\">CSV</a>. ");
	buf_puts(b,
	    "All times are UTC. tocsin " VERSION
	    "\n</footer>\n</body>\n</html>\n");
}

void
page_message(struct page *p, int status, const char *title, const char *text)
{
	page_begin(p, status, title);
	page_heading(p, title, NULL);
	buf_printf(&p->rep->body,
	    "<section class=\"card\">\n<p>%s</p>\n"
	    "<p><a href=\"%sboard\">Back to the board</a></p>\n</section>\n",
	    text, p->up);
	page_end(p, false);
}

static void
label(struct buf *b, struct slice text, bool all)
{
	struct slice shown = all ? text : utf8_first_chars(text, LABEL_CHARS);

	buf_puts(b, "<span class=\"tag\"><bdi>");
	html_text(b, shown);
	buf_puts(b,
	    shown.len < text.len ? "\xe2\x80\xa6</bdi></span>"
				 : "</bdi></span>");
}

void
page_labels(struct page *p, const char *json, bool all)
{
	struct slice rest = {json, json == NULL ? 0 : strlen(json)};
	struct buf own = {.max = rest.len + 1};
	struct decoder reader = {.own = &own};
	struct buf *b = &p->rep->body;
	struct json_member m;
	int n = 0;

	if (rest.len == 0 || buf_reserve(&own, rest.len) == NULL)
		return;
	for (; json_next(&rest, &m); n++)
		if (all || n < LABELS)
			label(b, decode_text(&reader, m.value), all);
	if (!all && n > LABELS)
		buf_printf(b, "<span class=\"tag\">+%d</span>", n - LABELS);
	decode_free(&reader);
	buf_free(&own);
}

void
page_pill(struct page *p, const char *prefix, const char *word)
{
	struct buf *b = &p->rep->body;

	buf_printf(b, "<span class=\"pill %s-", prefix);
	html_string(b, word);
	buf_puts(b, "\">");
	html_string(b, word);
	buf_puts(b, "</span>");
}
