/* SPDX-License-Identifier: ISC */
#include "dialect/redact.h"

#include <string.h>

#include "base/utf8.h"
#include "dialect/carrier.h"

/* A shorter token might match other text; only its place tells it. */
#define TOKEN_MIN_BYTES 8
#define VALUE_MAX_BYTES 512 /* of a header */

/* Names of tokens in the built-in dialects; a test compares them. */
static const char *const in_bodies[] = {"routing_key", "service_key",
    "pagertree-token"};
static const char *const in_queries[] = {"token", "api-key", "apiKey",
    "pagertree-token"};

static bool
has(struct slice text, struct slice token)
{
	return token.len > 0 && text.len >= token.len &&
	    memmem(text.p, text.len, token.p, token.len) != NULL;
}

/* Return whether a carrier of that kind has this name. */
static bool
is_carrier(const struct dialect *d, enum carrier_kind kind, struct slice name)
{
	for (size_t i = 0; i < d->n_carriers; i++)
		if (d->carriers[i].kind == kind &&
		    utf8_compare(d->carriers[i].name, name) == 0)
			return true;
	return false;
}

/*
 * Overwrite each verbatim copy of the token, and the part of one at the end,
 * where the body may have been cut.  Returns how many.
 */
static size_t
blank_token(char *to, size_t len, struct slice token)
{
	char *end = to + len, *at;
	size_t n = 0;

	if (token.len < TOKEN_MIN_BYTES)
		return 0;
	while (
	    (at = memmem(to, (size_t)(end - to), token.p, token.len)) != NULL) {
		memset(at, '*', token.len);
		to = at + token.len;
		n++;
	}
	for (size_t part = token.len - 1; part >= TOKEN_MIN_BYTES; part--)
		if ((size_t)(end - to) >= part &&
		    memcmp(end - part, token.p, part) == 0) {
			memset(end - part, '*', part);
			return n + 1;
		}
	return n;
}

/*
 * Return the end of a value that begins at p: the closing quote, escaped if the
 * opening one was; without quotes, the next delimiter.
 */
static char *
end_of_value(char *p, const char *end, char quote, bool escaped)
{
	for (; p < end; p++) {
		if (quote == '\0') {
			if (strchr(",;&}])> \t\r\n\"'", *p) != NULL)
				break;
		} else if (*p == '\\' && escaped) {
			break;
		} else if (*p == '\\') {
			p++;
		} else if (*p == quote) {
			break;
		}
	}
	return p < end ? p : (char *)(uintptr_t)end;
}

/*
 * Overwrite the value of a member or field whose name ends at p; a value
 * follows : or =, or the empty line in a part of a form.  A number stays a
 * number; null, true, false, arrays and objects are not tokens.
 */
static bool
blank_value(char *p, const char *end)
{
	bool is_form = false, separated = false, escaped;
	char quote = '\0', *last;

	for (; p < end && strchr("\"'\\: \t\r\n=", *p) != NULL; p++) {
		/* A quote ends the name, or begins the value. */
		bool is_line = end - p > 4 && memcmp(p, "\r\n\r\n", 4) == 0;

		if (*p == ':' || *p == '=' || is_line) {
			is_form = *p != ':';
			separated = true;
		} else if (separated && (*p == '"' || *p == '\'')) {
			quote = *p++;
			break;
		}
	}
	if (!separated || p >= end ||
	    (quote == '\0' && !is_form && strchr("ntf[{", *p) != NULL))
		return false;
	escaped = quote != '\0' && p[-2] == '\\';
	last = end_of_value(p, end, quote, escaped);
	memset(p, quote != '\0' || is_form ? '*' : '1', (size_t)(last - p));
	return last > p;
}

/* Return whether c may be part of a name. */
static bool
is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Overwrite the values of all members of that name.  Returns how many. */
static size_t
blank_named(char *to, size_t len, struct slice name)
{
	char *begin = to, *end = to + len, *at;
	size_t n = 0;

	if (name.len == 0)
		return 0;
	while (
	    (at = memmem(to, (size_t)(end - to), name.p, name.len)) != NULL) {
		to = at + name.len;
		if (at == begin || !is_of_name(at[-1]))
			n += blank_value(to, end);
	}
	return n;
}

/* Overwrite a string that lies in from, but not its quotes. */
static size_t
blank_string(const struct json_value *v, struct slice from, char *to)
{
	size_t at;

	if (v->type != JSON_STRING || v->text.p < from.p ||
	    v->text.p + v->text.len > from.p + from.len || v->text.len <= 2)
		return 0;
	at = (size_t)(v->text.p - from.p);
	memset(to + at + 1, '*', v->text.len - 2);
	return 1;
}

bool
redact_body(const struct scope *s, struct slice from, char *to,
    struct slice token)
{
	const struct dialect *d = s == NULL ? NULL : s->d;
	size_t n = blank_token(to, from.len, token);
	bool was_sent = false;

	for (size_t i = 0; d != NULL && i < d->n_carriers; i++) {
		const struct carrier *c = &d->carriers[i];

		if (c->kind != CARRIER_BODY)
			continue;
		was_sent |= s->values[c->node].type == JSON_STRING;
		n += blank_string(&s->values[c->node], from, to);
		n += blank_named(to, from.len, d->nodes[c->node].name);
	}
	for (size_t i = 0; i < sizeof(in_bodies) / sizeof(in_bodies[0]); i++)
		blank_named(to, from.len, slice_of(in_bodies[i]));
	return n > 0 || !was_sent;
}

/* Return whether a field of the query string may be kept. */
static bool
is_public(const struct dialect *d, struct slice field, struct slice token)
{
	const char *equals = memchr(field.p, '=', field.len);
	struct slice name = field;

	if (equals != NULL)
		name.len = (size_t)(equals - field.p);
	for (size_t i = 0; i < sizeof(in_queries) / sizeof(in_queries[0]); i++)
		if (utf8_compare(name, slice_of(in_queries[i])) == 0)
			return false;
	return !is_carrier(d, CARRIER_QUERY, name) && !has(field, token);
}

void
redact_query(const struct dialect *d, const char *query, struct slice token,
    struct buf *b)
{
	struct slice field;

	for (; d != NULL && *query != '\0'; query += query[0] == '&') {
		field = (struct slice){query, strcspn(query, "&")};
		query += field.len;
		if (field.len == 0 || !is_public(d, field, token))
			continue;
		if (b->len > 0)
			buf_puts(b, "&");
		buf_append(b, field.p, field.len);
	}
}

void
redact_headers(const struct dialect *d, const struct request *req,
    struct slice token, struct buf *b)
{
	int i = d == NULL ? -1 : d->nodes[d->roots[ROOT_HEADER]].child;

	for (; i != -1; i = d->nodes[i].next) {
		struct slice name = d->nodes[i].name;
		struct slice value = request_header(req, name);

		if (value.len == 0 || value.len > VALUE_MAX_BYTES ||
		    carrier_is_secret(d, i) ||
		    is_carrier(d, CARRIER_HEADER, name) || has(value, token) ||
		    memchr(value.p, '\n', value.len) != NULL)
			continue;
		buf_printf(b, "header: %.*s: %.*s\n", (int)name.len, name.p,
		    (int)value.len, value.p);
	}
}
