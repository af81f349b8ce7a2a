/* SPDX-License-Identifier: ISC */
#include "event/extra.h"

#include <stdlib.h>

#include "base/utf8.h"

#define BEFORE_LABEL "{\"format\":\"text\",\"label\":"
#define BEFORE_VALUE ",\"value\":"
/* Overhead of an entry: the above, quotes, comma and braces. */
#define ENTRY_BYTES (sizeof(BEFORE_LABEL) + sizeof(BEFORE_VALUE) + 8)

void
extra_add(struct extra *x, const struct json_member *m, size_t raw_len)
{
	if (x->list->n == EXTRA_MAX) {
		x->dropped = true;
		return;
	}
	if (json_list_add(x->list, m) == -1)
		x->failed = true;
	/* Quoting a quoted text again at most doubles it. */
	x->room += raw_len + 2 * m->value.text.len + ENTRY_BYTES;
}

static int
by_place(const void *a, const void *b)
{
	const char *p = ((const struct json_member *)a)->value.text.p;
	const char *q = ((const struct json_member *)b)->value.text.p;

	return (p > q) - (p < q);
}

static int
by_key(const void *a, const void *b)
{
	const struct json_member *m = a, *n = b;
	int diff = utf8_compare(m->key, n->key);

	return diff != 0 ? diff : by_place(a, b);
}

/* Set members that a later one of the same key replaces to null. */
static void
drop_replaced(struct json_list *list)
{
	struct json_member *m = list->members;

	if (list->n < 2)
		return;
	qsort(m, list->n, sizeof(*m), by_key);
	for (size_t i = 1; i < list->n; i++)
		if (utf8_compare(m[i - 1].key, m[i].key) == 0)
			m[i - 1].value.type = JSON_NULL;
	qsort(m, list->n, sizeof(*m), by_place);
}

static void
write_label(struct buf *b, struct slice key)
{
	size_t begin = b->len;

	json_quote(b, key);
	/* Folding does not harm escapes: they are lower case already. */
	for (size_t i = begin; i < b->len; i++)
		if (b->data[i] >= 'A' && b->data[i] <= 'Z')
			b->data[i] |= 0x20;
}

static void
write_value(struct extra *x, struct buf *b, const struct json_value *v)
{
	size_t begin = x->side->len;

	switch (v->type) {
	case JSON_STRING:
		buf_append(b, v->text.p, v->text.len);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_compact(x->side, v->text);
		x->failed |= x->side->failed;
		if (!x->failed)
			json_quote(b,
			    (struct slice){x->side->data + begin,
				x->side->len - begin});
		x->side->len = begin;
		break;
	default:
		json_quote(b, v->text);
	}
}

bool
extra_write(struct extra *x, struct buf *b)
{
	size_t begin = b->len;

	drop_replaced(x->list);
	for (size_t i = 0; i < x->list->n; i++) {
		const struct json_member *m = &x->list->members[i];

		if (m->value.type == JSON_NULL)
			continue;
		buf_append(b, b->len == begin ? "[" : ",", 1);
		buf_puts(b, BEFORE_LABEL);
		write_label(b, m->key);
		buf_puts(b, BEFORE_VALUE);
		write_value(x, b, &m->value);
		buf_append(b, "}", 1);
	}
	if (b->len == begin)
		return false;
	buf_append(b, "]", 1);
	x->failed |= b->failed;
	return true;
}
