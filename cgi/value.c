/* SPDX-License-Identifier: ISC */
#include "value.h"

#include <json-c/json.h>
#include <string.h>

#include "text.h"

#define ITEMS_MAX 64

/* The items kept so far. */
struct items {
	struct slice item[ITEMS_MAX];
	size_t n;
};

struct slice
value_decode(struct value_reader *r, struct slice raw)
{
	struct json_object *o;
	struct slice s = {"", 0};

	if (raw.len == 0 || memchr(raw.p, '\\', raw.len) == NULL)
		return raw;
	if (r->tokener == NULL)
		r->tokener = json_tokener_new();
	if (r->tokener == NULL) {
		r->failed = true;
		return s;
	}
	json_tokener_reset(r->tokener);
	o = json_tokener_parse_ex(r->tokener, raw.p - 1, (int)raw.len + 2);
	if (!json_object_is_type(o, json_type_string)) {
		r->failed = true;
		json_object_put(o);
		return s;
	}
	s.len = (size_t)json_object_get_string_len(o);
	buf_append(r->own, json_object_get_string(o), s.len);
	json_object_put(o);
	if (r->own->failed) {
		r->failed = true;
		return (struct slice){"", 0};
	}
	s.p = r->own->data + r->own->len - s.len;
	return s;
}

struct slice
value_text(struct value_reader *r, struct json_value v)
{
	size_t begin = r->own->len;

	switch (v.type) {
	case JSON_NULL:
		return (struct slice){0};
	case JSON_STRING:
		return value_decode(r,
		    (struct slice){v.text.p + 1, v.text.len - 2});
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_compact(r->own, v.text);
		if (!r->own->failed)
			return (struct slice){r->own->data + begin,
			    r->own->len - begin};
		r->failed = true;
		return (struct slice){"", 0};
	default:
		return v.text;
	}
}

/* Whether an item of this type can stand in the list. */
static bool
is_item(enum json_kind type, const struct value_list *how)
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
add_item(struct value_reader *r, struct items *list, struct json_value v,
    struct value_list *how)
{
	size_t begin = r->own->len;
	struct slice s;

	if (!is_item(v.type, how))
		return;
	s = value_text(r, v);
	if (s.len > 0 && (how->is_ids || !text_is_blank(s)) &&
	    !has_item(list, s)) {
		if (list->n < how->items_max &&
		    text_first_chars(s, how->chars_max).len == s.len) {
			list->item[list->n++] = s;
			return;
		}
		how->dropped = true;
	}
	/* It was not kept, so the room it took is free again. */
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
value_list(struct value_reader *r, struct json_value v, struct value_list *how)
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
	r->failed |= r->own->failed;
	if (r->failed)
		return SLICE("{}");
	return (struct slice){r->own->data + begin, r->own->len - begin};
}

void
value_free(struct value_reader *r)
{
	if (r->tokener != NULL)
		json_tokener_free(r->tokener);
	r->tokener = NULL;
}
