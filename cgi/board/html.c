/* SPDX-License-Identifier: ISC */
#include "board/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define DASH "\xe2\x80\x93"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ISO_LEN 20 /* 2026-01-02T03:04:05Z */

/* Return what to write for c in HTML; NULL for c itself. */
static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
		return NULL;
	case '\r':
		return "&#13;";
	default:
		return (unsigned char)c < 0x20 || c == 0x7f ? REPLACEMENT
							    : NULL;
	}
}

void
html_text(struct buf *b, struct slice text)
{
	size_t done = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *e = entity(text.p[i]);

		if (e == NULL)
			continue;
		buf_append(b, text.p + done, i - done);
		buf_puts(b, e);
		done = i + 1;
	}
	buf_append(b, text.p + done, text.len - done);
}

void
html_bytes(struct buf *b, struct slice bytes)
{
	size_t n;

	for (size_t i = 0; i < bytes.len; i += n == 0 ? 1 : n) {
		n = utf8_sequence((struct slice){bytes.p + i, bytes.len - i});
		if (n == 0)
			buf_puts(b, REPLACEMENT);
		else
			html_text(b, (struct slice){bytes.p + i, n});
	}
}

void
html_string(struct buf *b, const char *s)
{
	if (s != NULL)
		html_text(b, slice_of(s));
}

void
html_time(struct buf *b, const char *iso)
{
	if (iso == NULL) {
		buf_puts(b, DASH);
		return;
	}
	buf_puts(b, "<time datetime=\"");
	html_string(b, iso);
	buf_puts(b, "\">");
	if (strlen(iso) == ISO_LEN) {
		html_text(b, (struct slice){iso, 10});
		buf_puts(b, " ");
		html_text(b, (struct slice){iso + 11, 8});
	} else {
		html_string(b, iso);
	}
	buf_puts(b, "</time>");
}

void
html_duration(struct buf *b, const char *seconds)
{
	long s;

	if (seconds == NULL) {
		buf_puts(b, DASH);
		return;
	}
	s = (long)strtod(seconds, NULL);
	if (s < 0)
		s = 0; /* clocks differ */
	if (s < 60)
		buf_printf(b, "%ld s", s);
	else if (s < 3600)
		buf_printf(b, "%ld min", s / 60);
	else if (s < 86400)
		buf_printf(b, "%ld h %ld min", s / 3600, s % 3600 / 60);
	else
		buf_printf(b, "%ld d %ld h", s / 86400, s % 86400 / 3600);
}
