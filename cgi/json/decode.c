/* SPDX-License-Identifier: ISC */
#include "json/decode.h"

#include <json-c/json.h>
#include <string.h>

#include "base/utf8.h"

#define ITEMS_MAX 64

struct items {
	struct slice item[ITEMS_MAX];
	size_t n;
};

/* Return what was appended to own since it was begin bytes long. */
static struct slice
own_from(struct decoder *r, size_t begin)
{
	r->failed |= r->own->failed;
	if (r->failed)
		return SLICE("");
	return (struct slice){r->own->data + begin, r->own->len - begin};
}

/* Return whether the escape at p starts a surrogate pair. */
static bool
is_pair(const char *p)
{
	return p[1] == 'u' && (p[2] | 0x20) == 'd' &&
	    memchr("89abAB", p[3], 6) != NULL;
}

/* Return the UTF-8 length of the escape, or pair of escapes, at p. */
static size_t
escape_len(const char *p)
{
	if (p[1] != 'u')
		return 1;
	if (p[2] == '0' && p[3] == '0')
		return p[4] >= '0' && p[4] <= '7' ? 1 : 2;
	if (p[2] == '0' && p[3] >= '0' && p[3] <= '7')
		return 2;
	return is_pair(p) ? 4 : 3;
}

/* Return the decoded length of a string, and whether it has pairs. */
static size_t
decoded_len(struct slice raw, bool *pairs)
{
	const char *p = raw.p, *end = p + raw.len, *next;
	size_t len = 0, n;

	*pairs = false;
	for (;;) {
		next = memchr(p, '\\', (size_t)(end - p));
		if (next == NULL)
			return len + (size_t)(end - p);
		n = escape_len(next);
		len += (size_t)(next - p) + n;
		p = next + (next[1] != 'u' ? 2 : n == 4 ? 12 : 6);
		*pairs |= n == 4;
	}
}

/* Read the four hexadecimal digits at p. */
static unsigned
hex(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++)
		v = v << 4 | (p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'W');
	return v;
}

/*
 * Append the string with its quotes, surrogate pairs decoded.  json-c 0.16
 * mistakes a pair for a lone surrogate when the low 16 bits of the code
 * point look like one, as in U+2D800.
 */
static void
write_pairs(struct buf *b, struct slice raw)
{
	const char *p = raw.p - 1, *end = raw.p + raw.len + 1, *next;
	unsigned c;

	while (p < end) {
		next = memchr(p, '\\', (size_t)(end - p));
		if (next == NULL)
			next = end;
		buf_append(b, p, (size_t)(next - p));
		p = next;
		if (p == end)
			break;
		if (!is_pair(p)) {
			buf_append(b, p, 2);
			p += 2;
			continue;
		}
		c = 0x10000 + ((hex(p + 2) - 0xd800) << 10) +
		    (hex(p + 8) - 0xdc00);
		buf_append(b,
		    (char[]){(char)(0xf0 | c >> 18),
			(char)(0x80 | (c >> 12 & 63)),
			(char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))},
		    4);
		p += 12;
	}
}

/* Parse the quoted string text with json-c; NULL when out of memory. */
static struct json_object *
parse_string(struct decoder *r, struct slice text)
{
	if (r->tokener == NULL)
		r->tokener = json_tokener_new();
	if (r->tokener == NULL)
		return NULL;
	json_tokener_reset(r->tokener);
	return json_tokener_parse_ex(r->tokener, text.p, (int)text.len);
}

struct slice
decode_string(struct decoder *r, struct slice raw)
{
	struct slice text = {raw.p - 1, raw.len + 2};
	struct json_object *o;
	size_t begin = r->own->len, len;
	bool pairs;

	if (raw.len == 0 || memchr(raw.p, '\\', raw.len) == NULL)
		return raw;
	len = decoded_len(raw, &pairs);
	if (pairs) {
		write_pairs(r->own, raw);
		text = own_from(r, begin);
		r->own->len = begin;
	}
	o = r->failed ? NULL : parse_string(r, text);
	/* Out of memory, json-c may return a shorter text and no error. */
	if (json_object_is_type(o, json_type_string) &&
	    (size_t)json_object_get_string_len(o) == len)
		buf_append(r->own, json_object_get_string(o), len);
	else
		r->failed = true;
	json_object_put(o);
	return own_from(r, begin);
}

struct slice
decode_text(struct decoder *r, struct json_value v)
{
	size_t begin = r->own->len;

	switch (v.type) {
	case JSON_NULL:
		return (struct slice){0};
	case JSON_STRING:
		return decode_string(r,
		    (struct slice){v.text.p + 1, v.text.len - 2});
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_compact(r->own, v.text);
		return own_from(r, begin);
	default:
		return v.text;
	}
}

/* Return whether an item of this type may be in the list. */
static bool
is_item(enum json_kind type, const struct decode_list *how)
{
	return type == JSON_STRING || type == JSON_NUMBER ||
	    (type == JSON_BOOL && !how->is_ids);
}

static bool
has_item(const struct items *list, struct slice s)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_equal(list->item[i], s))
			return true;
	return false;
}

static void
add_item(struct decoder *r, struct items *list, struct json_value v,
    struct decode_list *how)
{
	size_t begin = r->own->len;
	struct slice s;

	if (!is_item(v.type, how))
		return;
	s = decode_text(r, v);
	if (s.len > 0 && (how->is_ids || !(utf8_skip_blank(s).len == 0)) &&
	    !has_item(list, s)) {
		if (list->n < how->items_max &&
		    utf8_first_chars(s, how->chars_max).len == s.len) {
			list->item[list->n++] = s;
			return;
		}
		how->dropped = true;
	}
	/* The item was not kept: release its room. */
	r->own->len = begin;
}

static void
write_item(struct buf *b, struct slice s)
{
	const char *p = s.p, *end = p + s.len, *run = p;

	buf_append(b, "\"", 1);
	for (; p < end; p++) {
		if (*p != '"' && *p != '\\')
			continue;
		buf_append(b, run, (size_t)(p - run));
		buf_append(b, "\\", 1);
		run = p;
	}
	buf_append(b, run, (size_t)(p - run));
	buf_append(b, "\"", 1);
}

struct slice
decode_list(struct decoder *r, struct json_value v, struct decode_list *how)
{
	struct items list;
	struct slice rest = v.text;
	struct json_member m;
	size_t begin;

	list.n = 0;
	if (v.type != JSON_ARRAY)
		add_item(r, &list, v, how);
	else
		while (json_next(&rest, &m)) {
			add_item(r, &list, m.value, how);
			if (list.n == how->items_max && how->dropped)
				break;
		}
	if (list.n == 0)
		return SLICE("{}");
	begin = r->own->len;
	for (size_t i = 0; i < list.n; i++) {
		buf_append(r->own, i == 0 ? "{" : ",", 1);
		write_item(r->own, list.item[i]);
	}
	buf_append(r->own, "}", 1);
	return own_from(r, begin);
}

void
decode_free(struct decoder *r)
{
	if (r->tokener != NULL)
		json_tokener_free(r->tokener);
	r->tokener = NULL;
}
