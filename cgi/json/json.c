/* SPDX-License-Identifier: ISC */
#include "json/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/lexer.h"

#define FIRST_MEMBERS 16
#define EXPONENT_MAX 999999999 /* PostgreSQL takes up to 2^30 */

/* What the next token may be. */
enum expect {
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END,
	EXPECT_KEY,
	EXPECT_KEY_OR_END,
	EXPECT_COMMA_OR_END
};

struct scan {
	struct lexer t;
	struct json_value top;
	enum expect expect;
	unsigned depth; /* of open arrays and objects */
	uint64_t objects; /* bit n: the one at depth n is an object */
	char *begin; /* start of the outermost array or object */
};

/* Finish the value that starts at begin. */
static bool
end_value(struct scan *s, enum json_kind type, const char *begin)
{
	s->expect = EXPECT_COMMA_OR_END;
	if (s->depth == 0)
		s->top = (struct json_value){type,
		    {begin, (size_t)(s->t.p - begin)}};
	return true;
}

static bool
open_value(struct scan *s, bool is_object)
{
	if (s->depth == JSON_DEPTH_MAX)
		return lexer_fail(&s->t,
		    "arrays and objects nested deeper than 32");
	if (s->depth == 0)
		s->begin = s->t.p;
	s->t.p++;
	s->depth++;
	s->objects &= ~((uint64_t)1 << s->depth);
	s->objects |= (uint64_t)is_object << s->depth;
	s->expect = is_object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
	return true;
}

static bool
close_value(struct scan *s)
{
	bool is_object = (s->objects >> s->depth & 1) != 0;

	s->t.p++;
	s->depth--;
	return end_value(s, is_object ? JSON_OBJECT : JSON_ARRAY, s->begin);
}

static bool
scan_value(struct scan *s)
{
	char *begin = s->t.p;

	switch (*begin) {
	case '{':
	case '[':
		return open_value(s, *begin == '{');
	case '"':
		return lexer_string(&s->t) && end_value(s, JSON_STRING, begin);
	case 't':
		return lexer_word(&s->t, "true") &&
		    end_value(s, JSON_BOOL, begin);
	case 'f':
		return lexer_word(&s->t, "false") &&
		    end_value(s, JSON_BOOL, begin);
	case 'n':
		return lexer_word(&s->t, "null") &&
		    end_value(s, JSON_NULL, begin);
	default:
		return lexer_number(&s->t) && end_value(s, JSON_NUMBER, begin);
	}
}

/* Scan a key and its colon. */
static bool
scan_key(struct scan *s)
{
	if (*s->t.p != '"')
		return lexer_fail(&s->t,
		    "a member without a key in double quotes");
	if (!lexer_string(&s->t))
		return false;
	lexer_white(&s->t);
	if (s->t.p == s->t.end || *s->t.p != ':')
		return lexer_fail(&s->t, "a key without a colon after it");
	s->t.p++;
	s->expect = EXPECT_VALUE;
	return true;
}

/* Scan the next token, after white space. */
static bool
scan_token(struct scan *s)
{
	char closing = (s->objects >> s->depth & 1) != 0 ? '}' : ']';

	lexer_white(&s->t);
	if (s->t.p == s->t.end)
		return lexer_fail(&s->t,
		    "the text ends before the document does");
	switch (s->expect) {
	case EXPECT_KEY_OR_END:
	case EXPECT_VALUE_OR_END:
	case EXPECT_COMMA_OR_END:
		if (*s->t.p == closing)
			return close_value(s);
		break;
	case EXPECT_KEY:
	case EXPECT_VALUE:
		break;
	}
	if (s->expect == EXPECT_COMMA_OR_END) {
		if (*s->t.p != ',')
			return lexer_fail(&s->t,
			    "a comma or a closing bracket is missing");
		s->t.p++;
		s->expect = closing == '}' ? EXPECT_KEY : EXPECT_VALUE;
		return true;
	}
	if (s->expect == EXPECT_KEY || s->expect == EXPECT_KEY_OR_END)
		return scan_key(s);
	return scan_value(s);
}

static bool
scan_document(struct scan *s)
{
	if (s->t.end - s->t.p >= 3 && memcmp(s->t.p, "\xef\xbb\xbf", 3) == 0)
		return lexer_fail(&s->t,
		    "a byte order mark before the document");
	lexer_white(&s->t);
	if (s->t.p == s->t.end)
		return lexer_fail(&s->t, "the text is empty");
	do {
		if (!scan_token(s))
			return false;
	} while (s->depth > 0);
	lexer_white(&s->t);
	if (s->t.p != s->t.end)
		return lexer_fail(&s->t,
		    "more bytes after the end of the document");
	return true;
}

enum outcome
json_scan(struct json_value *top, char *text, size_t len, const char **why,
    size_t *at)
{
	static char nothing[1];
	char *begin = len > 0 ? text : nothing;
	struct scan s = {.t = {begin, begin + len, NULL}};

	*top = (struct json_value){0};
	if (scan_document(&s)) {
		*top = s.top;
		return OUTCOME_OK;
	}
	*why = s.t.why;
	*at = (size_t)(s.t.p - begin);
	return OUTCOME_BAD_JSON;
}

void
json_string(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "\"%s\":", name);
	if (value[0] == '\0')
		buf_puts(b, "null");
	else
		json_quote(b, slice_of(value));
}

int
json_list_add(struct json_list *list, const struct json_member *m)
{
	struct json_member *members;
	size_t cap;

	if (list->n == list->cap) {
		cap = list->cap == 0 ? FIRST_MEMBERS : list->cap * 2;
		members = realloc(list->members, cap * sizeof(*members));
		if (members == NULL)
			return -1;
		list->members = members;
		list->cap = cap;
	}
	list->members[list->n++] = *m;
	return 0;
}

void
json_list_free(struct json_list *list)
{
	free(list->members);
	*list = (struct json_list){0};
}

/* Return the end of the valid value at p; a key counts as a string. */
static const char *
after_value(const char *p, const char *end)
{
	unsigned depth = 0;

	do {
		switch (*p) {
		case '"':
			p = lexer_after_string(p, end);
			continue;
		case '[':
		case '{':
			depth++;
			break;
		case ']':
		case '}':
			depth--;
			break;
		default:
			if (depth > 0)
				break;
			while (p < end && strchr(" \n\r\t,]}", *p) == NULL)
				p++;
			return p;
		}
		p++;
	} while (depth > 0);
	return p;
}

static enum json_kind
type_of(char first)
{
	switch (first) {
	case '"':
		return JSON_STRING;
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

bool
json_next(struct slice *rest, struct json_member *m)
{
	const char *end = rest->p + rest->len;
	const char *p, *q;

	/* rest starts with the opening bracket, a comma or the closing one. */
	if (rest->len < 2)
		return false;
	p = lexer_after_white(rest->p + 1, end);
	if (*p == ']' || *p == '}') {
		*rest = (struct slice){p, 1};
		return false;
	}
	q = after_value(p, end);
	m->key = (struct slice){0};
	m->value.text = (struct slice){p, (size_t)(q - p)};
	q = lexer_after_white(q, end);
	if (*q == ':') {
		m->key.p = p + 1;
		m->key.len = m->value.text.len - 2;
		p = lexer_after_white(q + 1, end);
		q = after_value(p, end);
		m->value.text = (struct slice){p, (size_t)(q - p)};
		q = lexer_after_white(q, end);
	}
	m->value.type = type_of(*p);
	*rest = (struct slice){q, (size_t)(end - q)};
	return true;
}

/* Read an exponent; one out of range is cut but stays out of range. */
static int64_t
read_exponent(const char *p, const char *end)
{
	bool is_negative = p < end && *p == '-';
	int64_t value = 0;

	if (p < end && (*p == '+' || *p == '-'))
		p++;
	for (; p < end && value <= EXPONENT_MAX; p++)
		value = value * 10 + (*p - '0');
	return is_negative ? -value : value;
}

/* Return whether a valid number has more than JSON_DIGITS_MAX digits. */
static bool
is_long(struct slice number)
{
	const char *p = number.p, *end = p + number.len;
	int64_t whole = 0, places = 0, zeros = 0, exponent = 0;
	bool is_zero = true, is_fraction = false;

	for (p += *p == '-'; p < end && (*p | 0x20) != 'e'; p++) {
		if (*p == '.') {
			is_fraction = true;
			continue;
		}
		is_zero = is_zero && *p == '0';
		zeros += is_zero;
		whole += !is_fraction;
		places += is_fraction;
	}
	if (p < end)
		exponent = read_exponent(p + 1, end);
	if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
		return true;
	/* Digits before the dot and after it, once it has moved. */
	whole = is_zero ? 0 : whole - zeros + exponent;
	places -= exponent;
	return (whole > 0 ? whole : 0) + (places > 0 ? places : 0) >
	    JSON_DIGITS_MAX;
}

struct slice
json_long_number(struct slice text)
{
	const char *p = text.p, *end = p + text.len, *begin;

	while (p < end) {
		if (*p == '"') {
			p = lexer_after_string(p, end);
			continue;
		}
		begin = p++;
		if (*begin != '-' && (*begin < '0' || *begin > '9'))
			continue;
		while (p < end && strchr(" \n\r\t,]}", *p) == NULL)
			p++;
		if (is_long((struct slice){begin, (size_t)(p - begin)}))
			return (struct slice){begin, (size_t)(p - begin)};
	}
	return (struct slice){0};
}

unsigned
json_depth(struct slice text)
{
	const char *p = text.p, *end = p + text.len;
	unsigned depth = 0, most = 0;

	while (p < end) {
		if (*p == '"') {
			p = lexer_after_string(p, end);
			continue;
		}
		if (*p == '[' || *p == '{') {
			depth++;
			most = depth > most ? depth : most;
		} else if (*p == ']' || *p == '}')
			depth--;
		p++;
	}
	return most;
}

void
json_compact(struct buf *b, struct slice text)
{
	const char *p = text.p, *end = p + text.len, *run = p;

	while (p < end) {
		if (*p == '"') {
			p = lexer_after_string(p, end);
		} else if (lexer_is_white(*p)) {
			buf_append(b, run, (size_t)(p - run));
			run = p = lexer_after_white(p, end);
		} else
			p++;
	}
	buf_append(b, run, (size_t)(p - run));
}

void
json_escape(struct buf *b, struct slice text)
{
	size_t run = 0;
	char to[6];

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		if (i > run)
			buf_append(b, text.p + run, i - run);
		buf_append(b, to, lexer_escape(c, to));
		run = i + 1;
	}
	if (text.len > run)
		buf_append(b, text.p + run, text.len - run);
}

void
json_quote(struct buf *b, struct slice text)
{
	buf_append(b, "\"", 1);
	json_escape(b, text);
	buf_append(b, "\"", 1);
}
