/* SPDX-License-Identifier: ISC */
#include "relay/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"

#define SEPARATORS ", \t\r\n"
#define SPECIALS "\"(),:;<>[\\]"
#define WORD_CHARS 54 /* of a word of RFC 2047; with the rest, 75 */
#define PLAIN_BYTES 65 /* of a subject on one line of 76 */
#define LINE_BYTES 76
#define SUBJECT_BYTES 1024

static int
fail(char why[JOB_WHY_BYTES], const char *text)
{
	snprintf(why, JOB_WHY_BYTES, "%s", text);
	return -1;
}

static bool
is_address(const char *text, size_t len)
{
	if (len == 0 || len >= MAIL_ADDRESS_BYTES || text[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' ||
		    strchr(SPECIALS, text[i]) != NULL)
			return false;
	return true;
}

int
mail_read(struct mail_recipients *r, const char *text, char why[JOB_WHY_BYTES])
{
	size_t len;

	r->n = 0;
	for (text += strspn(text, SEPARATORS); *text != '\0';
	     text += strspn(text, SEPARATORS)) {
		len = strcspn(text, SEPARATORS);
		if (!is_address(text, len))
			return fail(why, "a mail address is invalid");
		if (r->n == MAIL_RECIPIENTS_MAX)
			return fail(why, "a mail has too many recipients");
		snprintf(r->list[r->n++], MAIL_ADDRESS_BYTES, "%.*s", (int)len,
		    text);
		text += len;
	}
	return r->n > 0 ? 0 : fail(why, "a mail has no recipient");
}

/*
 * Append the beginning of text as one word of RFC 2047, of whole characters.
 * Returns the rest.
 */
static struct slice
add_word(struct buf *out, struct slice text)
{
	size_t room = WORD_CHARS, len, i;
	unsigned char c;

	buf_puts(out, "=?UTF-8?Q?");
	while (text.len > 0) {
		len = utf8_sequence(text);
		c = (unsigned char)text.p[0];
		if (len > 1 || !isalnum(c)) {
			if (3 * len > room)
				break;
			for (i = 0; i < len; i++)
				buf_printf(out, "=%02X",
				    (unsigned char)text.p[i]);
			room -= 3 * len;
		} else {
			if (room == 0)
				break;
			buf_append(out, &c, 1);
			room--;
		}
		text = (struct slice){text.p + len, text.len - len};
	}
	buf_puts(out, "?=");
	return text;
}

/* Copy text as one line: a control or a byte not of UTF-8 becomes a space. */
static void
flatten(struct buf *out, struct slice text)
{
	size_t len;

	for (size_t i = 0; i < text.len; i += len) {
		len = utf8_sequence((struct slice){text.p + i, text.len - i});
		if (len == 0 || (unsigned char)text.p[i] < ' ' ||
		    text.p[i] == 0x7f)
			buf_puts(out, " ");
		else
			buf_append(out, text.p + i, len);
		len += len == 0;
	}
}

static bool
is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < ' ' || text.p[i] > '~' ||
		    (text.p[i] == '=' && i + 1 < text.len &&
			text.p[i + 1] == '?'))
			return false;
	return text.len <= PLAIN_BYTES;
}

static void
add_subject(struct buf *out, const char *subject)
{
	struct buf flat = {.max = 4 * SUBJECT_BYTES};
	struct slice rest;

	flatten(&flat,
	    utf8_first_bytes(slice_of(subject == NULL ? "" : subject),
		SUBJECT_BYTES));
	rest = utf8_trim((struct slice){flat.data, flat.len});
	if (rest.len == 0)
		rest = SLICE("tocsin");
	buf_puts(out, "Subject: ");
	if (is_plain(rest)) {
		buf_append(out, rest.p, rest.len);
		rest.len = 0;
	}
	while (rest.len > 0) {
		rest = add_word(out, rest);
		if (rest.len > 0)
			buf_puts(out, "\n ");
	}
	buf_puts(out, "\n");
	out->failed = out->failed || flat.failed;
	buf_free(&flat);
}

/* Append a header with a message id, unless it is NULL. */
static void
add_id(struct buf *out, const char *name, const char *left, const char *from)
{
	const char *at = strchr(from, '@');

	if (left != NULL && is_address(left, strlen(left)))
		buf_printf(out, "%s: <%s%s>\n", name, left,
		    at == NULL ? "@localhost" : at);
}

static void
add_date(struct buf *out, long long now)
{
	time_t t = (time_t)now;
	struct tm tm;
	char text[64];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm) ==
		0)
		out->failed = true;
	else
		buf_printf(out, "Date: %s\n", text);
}

/*
 * Append one byte in quoted-printable (RFC 2045) to a line of *column bytes.
 * Quote a . and an F at its beginning, since a lone dot and "From " have a
 * meaning to some mail programs.
 */
static void
add_byte(struct buf *out, unsigned char c, bool is_last, size_t *column)
{
	bool quoted = c == '=' || c < ' ' || c > '~' || (c == ' ' && is_last) ||
	    (*column == 0 && (c == '.' || c == 'F'));
	size_t n = quoted ? 3 : 1;

	/* The = of a soft line break takes a byte, too. */
	if (*column + n > LINE_BYTES - 1) {
		buf_puts(out, "=\n");
		*column = 0;
	}
	if (quoted)
		buf_printf(out, "=%02X", c);
	else
		buf_append(out, &c, 1);
	*column += n;
}

static void
add_line(struct buf *out, struct slice line)
{
	struct buf flat = {.max = 4 * line.len + 64};
	size_t column = 0;

	flatten(&flat, line);
	for (size_t i = 0; i < flat.len; i++)
		add_byte(out, (unsigned char)flat.data[i], i + 1 == flat.len,
		    &column);
	buf_puts(out, "\n");
	out->failed = out->failed || flat.failed;
	buf_free(&flat);
}

static void
add_body(struct buf *out, const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		add_line(out,
		    (struct slice){text,
			len > 0 && text[len - 1] == '\r' ? len - 1 : len});
	}
}

int
mail_build(struct buf *out, const struct job *job, const char *from,
    const struct mail_recipients *to, long long now, char why[JOB_WHY_BYTES])
{
	if (from[0] == '\0')
		return fail(why, "mail_from is not set in the configuration");
	if (!is_address(from, strlen(from)))
		return fail(why, "mail_from is not an address");
	if (job->body == NULL)
		return fail(why, "the job has no body");
	buf_printf(out, "From: %s\n", from);
	for (size_t i = 0; i < to->n; i++)
		buf_printf(out, "%s%s%s", i == 0 ? "To: " : " ", to->list[i],
		    i + 1 < to->n ? ",\n" : "\n");
	add_subject(out, job->mail_subject);
	add_date(out, now);
	add_id(out, "Message-ID", job->mail_message_id, from);
	add_id(out, "In-Reply-To", job->mail_references, from);
	add_id(out, "References", job->mail_references, from);
	buf_puts(out,
	    "Auto-Submitted: auto-generated\n"
	    "X-Auto-Response-Suppress: All\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n");
	add_body(out, job->body);
	return out->failed ? fail(why, "the mail is too long") : 0;
}

void
mail_with_crlf(struct buf *out, struct slice mail)
{
	const char *p = mail.p, *end = p + mail.len, *feed;

	for (; p < end; p = feed + 1) {
		feed = memchr(p, '\n', (size_t)(end - p));
		if (feed == NULL)
			feed = end;
		buf_append(out, p, (size_t)(feed - p));
		buf_puts(out, "\r\n");
	}
}
