/* SPDX-License-Identifier: ISC */
#include "dialect/scope.h"

#include <string.h>

#include "base/utf8.h"
#include "json/decode.h"

#define WORD_MAX_BYTES 256

/* Decode a string into scratch, if it has escapes. */
static struct slice
decoded(struct scope *s, struct json_value v)
{
	struct slice raw = {v.text.p + 1, v.text.len - 2};
	struct decoder decoder = {.own = &s->scratch};
	struct slice text;

	if (raw.len == 0 || memchr(raw.p, '\\', raw.len) == NULL)
		return raw;
	buf_reset(&s->scratch);
	s->scratch.max = raw.len;
	text = decode_string(&decoder, raw);
	decode_free(&decoder);
	s->failed |= decoder.failed;
	return text;
}

/* Return whether a string is blank; read no more of it than needed. */
static bool
is_blank(struct scope *s, struct json_value v)
{
	struct slice rest =
	    utf8_skip_blank((struct slice){v.text.p + 1, v.text.len - 2});

	if (rest.len == 0 || rest.p[0] != '\\')
		return rest.len == 0;
	return utf8_skip_blank(decoded(s, v)).len == 0;
}

static bool
is_nothing(struct scope *s, struct json_value v)
{
	switch (v.type) {
	case JSON_NULL:
		return true;
	case JSON_STRING:
		return is_blank(s, v);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return utf8_skip_blank(
			   (struct slice){v.text.p + 1, v.text.len - 2})
			   .len == 0;
	default:
		return false;
	}
}

/* Set the targets at and below node that are nothing to JSON_NULL. */
static void
drop_nothing(struct scope *s, int node)
{
	const struct pointer_node *n = &s->d->nodes[node];

	for (int i = n->child; i != -1; i = s->d->nodes[i].next)
		drop_nothing(s, i);
	if (n->is_target && is_nothing(s, s->values[node]))
		s->values[node].type = JSON_NULL;
}

void
scope_find(struct scope *s, enum root root, struct json_value top)
{
	pointer_find(&s->d->pointers, s->d->roots[root], top, s->values);
	scope_drop(s, root);
}

void
scope_drop(struct scope *s, enum root root)
{
	drop_nothing(s, s->d->roots[root]);
}

struct slice
scope_word(struct scope *s, struct json_value v)
{
	if (v.text.len > WORD_MAX_BYTES || v.type == JSON_ARRAY ||
	    v.type == JSON_OBJECT || v.type == JSON_NULL)
		return (struct slice){0};
	return utf8_trim(v.type == JSON_STRING ? decoded(s, v) : v.text);
}

const struct word *
scope_known(struct scope *s, int node, size_t first, size_t n)
{
	const struct word *words = s->d->words + first;
	struct slice text = scope_word(s, s->values[node]);

	for (size_t i = 0; i < n && text.p != NULL; i++)
		if (words[i].text.len == text.len &&
		    utf8_compare(words[i].text, text) == 0)
			return &words[i];
	return NULL;
}

bool
scope_spend(struct scope *s, const struct buf *b, size_t len)
{
	s->work += len;
	s->is_over |= s->work > s->work_max || b->len + len > s->len_max;
	return !s->is_over;
}

/* Append a value's text, escaped. */
static void
write_value(struct scope *s, struct json_value v, struct buf *b)
{
	if (!scope_spend(s, b, v.text.len))
		return;
	switch (v.type) {
	case JSON_STRING:
		buf_append(b, v.text.p + 1, v.text.len - 2);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		buf_reset(&s->scratch);
		s->scratch.max = v.text.len;
		json_compact(&s->scratch, v.text);
		json_escape(b, (struct slice){s->scratch.data, s->scratch.len});
		s->failed |= s->scratch.failed;
		break;
	default:
		buf_append(b, v.text.p, v.text.len);
	}
}

/* Append one part; false if it is nothing. */
static bool
write_part(struct scope *s, const struct part *p, struct buf *b)
{
	const struct map *map;
	const struct word *word;
	struct slice text;

	if (p->node == -1) {
		buf_append(b, p->text.p, p->text.len);
		return true;
	}
	if (s->values[p->node].type == JSON_NULL)
		return false;
	if (p->map == -1) {
		write_value(s, s->values[p->node], b);
		return true;
	}
	map = &s->d->maps[p->map];
	word = scope_known(s, p->node, map->first, map->n);
	text = word == NULL ? map->other : word->value;
	if (text.len == 0)
		return false;
	buf_append(b, text.p, text.len);
	return true;
}

bool
scope_write(struct scope *s, const struct template *p, struct buf *b)
{
	const struct part *parts = s->d->parts + p->first;
	size_t begin = b->len;

	/* Look first: copying before a part that is nothing is wasted. */
	for (size_t i = 0; i < p->n; i++)
		if (parts[i].node != -1 &&
		    s->values[parts[i].node].type == JSON_NULL)
			return false;
	for (size_t i = 0; i < p->n; i++)
		if (!write_part(s, &parts[i], b)) {
			b->len = begin;
			return false;
		}
	return true;
}

void
scope_fill(struct scope *s, const struct template *p, struct buf *b)
{
	for (size_t i = 0; i < p->n; i++)
		write_part(s, &s->d->parts[p->first + i], b);
}
