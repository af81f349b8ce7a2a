/* SPDX-License-Identifier: ISC */
#include "http/form.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "json/json.h"

#define BOUNDARY_MAX_BYTES 70

/* Decode the next byte of text at *i; -1 if it is not well formed. */
static int
next_byte(struct slice text, size_t *i)
{
	char c = text.p[(*i)++];

	if (c == '+')
		return ' ';
	if (c != '%')
		return (unsigned char)c;
	if (text.len - *i < 2)
		return -1;
	*i += 2;
	return hex_byte(text.p + *i - 2);
}

static int
decode(struct slice text, char *value, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len;) {
		int c = next_byte(text, &i);

		if (c <= 0 || len + 1 >= size) {
			value[0] = '\0';
			return -2;
		}
		value[len++] = (char)c;
	}
	value[len] = '\0';
	return 0;
}

int
form_field(struct slice form, const char *name, char *value, size_t size)
{
	size_t len = strlen(name), n;
	const char *end;

	value[0] = '\0';
	while (form.len > 0) {
		end = memchr(form.p, '&', form.len);
		n = end == NULL ? form.len : (size_t)(end - form.p);
		if (n > len && memcmp(form.p, name, len) == 0 &&
		    form.p[len] == '=')
			return decode((struct slice){form.p + len + 1,
					  n - len - 1},
			    value, size);
		n += end != NULL;
		form.p += n;
		form.len -= n;
	}
	return -1;
}

/* Decode text to b; a malformed escape stays as it is. */
static void
unescape(struct buf *b, struct slice text)
{
	buf_reset(b);
	for (size_t i = 0; i < text.len;) {
		size_t from = i;
		int c = next_byte(text, &i);

		if (c == -1) {
			i = from + 1;
			c = '%';
		}
		buf_append(b, (char[]){(char)c}, 1);
	}
}

void
form_quote(struct buf *b, struct slice bytes)
{
	size_t len, n;

	buf_puts(b, "\"");
	while (bytes.len > 0) {
		for (len = 0; len < bytes.len; len += n) {
			n = utf8_sequence(
			    (struct slice){bytes.p + len, bytes.len - len});
			if (n == 0)
				break;
		}
		json_escape(b, (struct slice){bytes.p, len});
		if (len < bytes.len) {
			buf_puts(b, "\\ufffd");
			len++;
		}
		bytes.p += len;
		bytes.len -= len;
	}
	buf_puts(b, "\"");
}

/* Cut off the text before the first c, and c; all of it if there is none. */
static struct slice
cut_at(struct slice *text, char c)
{
	const char *at = text->len == 0 ? NULL : memchr(text->p, c, text->len);
	struct slice first = *text;

	if (at != NULL)
		first.len = (size_t)(at - text->p);
	text->p += first.len + (at != NULL);
	text->len -= first.len + (at != NULL);
	return first;
}

void
form_json(struct buf *b, struct slice form)
{
	struct buf text = {.max = form.len};
	const char *before = "{";
	struct slice field;

	while (form.len > 0) {
		field = cut_at(&form, '&');
		if (field.len == 0)
			continue;
		buf_puts(b, before);
		unescape(&text, cut_at(&field, '='));
		form_quote(b, (struct slice){text.data, text.len});
		buf_puts(b, ":");
		unescape(&text, field);
		form_quote(b, (struct slice){text.data, text.len});
		before = ",";
	}
	buf_puts(b, before[0] == '{' ? "{}" : "}");
	b->failed |= text.failed;
	buf_free(&text);
}

/* Find a parameter of a header, like name in form-data; name="x". */
static struct slice
parameter(struct slice header, struct slice name)
{
	while (header.len > 0) {
		struct slice value = utf8_trim(cut_at(&header, ';'));

		if (utf8_compare(cut_at(&value, '='), name) != 0)
			continue;
		if (value.len >= 2 && value.p[0] == '"' &&
		    value.p[value.len - 1] == '"')
			value = (struct slice){value.p + 1, value.len - 2};
		return value;
	}
	return (struct slice){0};
}

/* Cut off the text before a delimiter, and that; -1 if there is none. */
static int
cut_before(struct slice *text, struct slice delimiter, struct slice *before)
{
	const char *at = text->len == 0
	    ? NULL
	    : memmem(text->p, text->len, delimiter.p, delimiter.len);

	if (at == NULL)
		return -1;
	*before = (struct slice){text->p, (size_t)(at - text->p)};
	text->p += before->len + delimiter.len;
	text->len -= before->len + delimiter.len;
	return 0;
}

/* Return the name of a part with this head; absent if it has none. */
static struct slice
part_name(struct slice head)
{
	while (head.len > 0) {
		struct slice line = cut_at(&head, '\n');

		if (utf8_compare(cut_at(&line, ':'),
			SLICE("content-disposition")) == 0)
			return parameter(line, SLICE("name"));
	}
	return (struct slice){0};
}

int
form_parts_json(struct buf *b, struct slice form, const char *content_type)
{
	struct slice boundary =
	    parameter(slice_of(content_type), SLICE("boundary"));
	char text[4 + BOUNDARY_MAX_BYTES + 1];
	struct slice delimiter = {text, boundary.len + 4}, head, part, name;
	const char *before = "{";

	if (boundary.len == 0 || boundary.len > BOUNDARY_MAX_BYTES)
		return -1;
	snprintf(text, sizeof(text), "\r\n--%.*s", (int)boundary.len,
	    boundary.p);
	/* The first boundary may be at the start of the body, without CRLF. */
	if (form.len >= delimiter.len - 2 &&
	    memcmp(form.p, text + 2, delimiter.len - 2) == 0) {
		form.p += delimiter.len - 2;
		form.len -= delimiter.len - 2;
	} else if (cut_before(&form, delimiter, &part) == -1) {
		return -1;
	}
	while (form.len < 2 || memcmp(form.p, "--", 2) != 0) {
		if (cut_before(&form, delimiter, &part) == -1 ||
		    cut_before(&part, SLICE("\r\n\r\n"), &head) == -1)
			return -1;
		name = part_name(head);
		if (name.p == NULL)
			continue;
		buf_puts(b, before);
		form_quote(b, name);
		buf_puts(b, ":");
		form_quote(b, part);
		before = ",";
	}
	buf_puts(b, before[0] == '{' ? "{}" : "}");
	return 0;
}
