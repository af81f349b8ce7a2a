/* SPDX-License-Identifier: ISC */
/* Write the events of a translation from the values of its pointers. */
#include <string.h>

#include "base/digest.h"
#include "base/utf8.h"
#include "dialect/translate.h"
#include "event/event.h"
#include "json/decode.h"
#include "json/json.h"

#define VALUE_MAX_BYTES 65536 /* of a Meta or Extra member */
#define VALUE_MAX_DEPTH 28
#define VALUES_MAX_BYTES (2 * 1024 * 1024) /* of all in a request */
#define TAGS_TRIED_MAX 256 /* per line; an event keeps 64 */

/* State of writing an item. */
struct item_writer {
	struct translation *t;
	const struct section *section;
	struct buf *b;
	size_t begin; /* of the member, for the trace */
};

static bool
holds(struct translation *t, const struct test *test)
{
	switch (test->kind) {
	case TEST_HAS:
		return t->values[test->node].type != JSON_NULL;
	case TEST_LACKS:
		return t->values[test->node].type == JSON_NULL;
	default:
		return scope_known(&t->scope, test->node, test->first,
			   test->n) != NULL;
	}
}

/* Return the first section that matches the item; NULL if none does. */
static const struct section *
decide(struct translation *t)
{
	const struct dialect *d = t->dialect;

	for (size_t i = 0; i < d->n_sections; i++) {
		const struct section *s = &d->sections[i];
		size_t k = 0;

		if (t->fits[i] == 0 || s->kind == SECTION_LOOKUP)
			continue;
		while (k < s->tests && holds(t, &d->tests[s->test + k]))
			k++;
		if (k == s->tests)
			return s;
	}
	return NULL;
}

static void
trace(const struct item_writer *w, const struct field *f)
{
	const struct buf *b = w->b;

	if (w->t->trace != NULL && !b->failed)
		w->t->trace->seen(w->t->trace, w->section, f,
		    (struct slice){b->data + w->begin, b->len - w->begin});
}

/* Return the first field of a kind in the section; n becomes their number. */
static const struct field *
fields_of(const struct item_writer *w, enum field_kind kind, size_t *n)
{
	const struct section *s = w->section;
	const struct field *f = w->t->dialect->fields + s->field;
	const struct field *end = f + s->fields;
	const struct field *first;

	while (f < end && f->kind < kind)
		f++;
	first = f;
	while (f < end && f->kind == kind)
		f++;
	*n = (size_t)(f - first);
	return first;
}

/*
 * Append the first alternative that is something as a quoted string; return
 * it, or NULL with nothing appended.
 */
static const struct field *
write_first(struct item_writer *w, const struct field *f, size_t n)
{
	struct buf *b = w->b;
	size_t begin = b->len;

	buf_puts(b, "\"");
	for (; n > 0; f++, n--)
		if (scope_write(&w->t->scope, &f->template, b)) {
			buf_puts(b, "\"");
			return f;
		}
	b->len = begin;
	return NULL;
}

/* Append ,"name":"value" with the first alternative of that kind. */
static bool
write_text(struct item_writer *w, enum field_kind kind, const char *before)
{
	size_t n, begin = w->b->len;
	const struct field *f = fields_of(w, kind, &n);

	buf_puts(w->b, before);
	w->begin = w->b->len;
	f = write_first(w, f, n);
	if (f == NULL) {
		w->b->len = begin;
		return false;
	}
	trace(w, f);
	return true;
}

/* Replace an Id that is too long with its hash, which stays the same. */
static void
shorten_id(struct item_writer *w)
{
	struct scope *s = &w->t->scope;
	struct decoder decoder = {.own = &s->scratch};
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	struct slice raw = {w->b->data + w->begin + 1,
	    w->b->len - w->begin - 2};
	struct slice text;

	if (w->b->failed || raw.len <= EVENT_ID_MAX_BYTES)
		return;
	buf_reset(&s->scratch);
	s->scratch.max = raw.len;
	text = decode_string(&decoder, raw);
	decode_free(&decoder);
	s->failed |= decoder.failed;
	if (s->failed || text.len <= EVENT_ID_MAX_BYTES)
		return;
	digest_sha256(text.p, text.len, sum);
	digest_hex(sum, hex);
	w->b->len = w->begin;
	buf_printf(w->b, "\"sha256:%s\"", hex);
}

static void
write_id(struct item_writer *w)
{
	size_t n;
	const struct field *f = fields_of(w, FIELD_ID, &n);
	size_t begin = w->b->len;

	buf_puts(w->b, ",\"Id\":");
	w->begin = w->b->len;
	f = write_first(w, f, n);
	if (f == NULL) {
		w->b->len = begin;
		return;
	}
	shorten_id(w);
	trace(w, f);
}

static void
write_title(struct item_writer *w)
{
	struct slice name = w->t->dialect->name;

	if (!write_text(w, FIELD_TITLE, ",\"Title\":"))
		buf_printf(w->b, ",\"Title\":\"%.*s: no title\"", (int)name.len,
		    name.p);
}

static void
write_description(struct item_writer *w)
{
	size_t n, begin = w->b->len;
	bool any;
	const struct field *f;

	any = write_text(w, FIELD_DESCRIPTION, ",\"Description\":");
	f = fields_of(w, FIELD_DESCRIPTION_ADD, &n);
	for (; n > 0; f++, n--) {
		size_t undo = w->b->len;

		if (any)
			w->b->len--; /* the closing quote */
		buf_puts(w->b, any ? "\\n" : ",\"Description\":\"");
		w->begin = w->b->len;
		if (!scope_write(&w->t->scope, &f->template, w->b)) {
			/* Only len was changed, so the quote is still there. */
			if (any && !w->b->failed)
				w->b->data[undo - 1] = '"';
			w->b->len = undo;
			continue;
		}
		trace(w, f);
		buf_puts(w->b, "\"");
		any = true;
	}
	if (w->b->failed)
		w->b->len = begin;
}

/* A list of strings that is being written. */
struct list {
	struct item_writer *w;
	const struct field *f;
	const char *name;
	bool any;
};

/* Begin an item; an empty list is not written. */
static void
list_begin(struct list *l)
{
	buf_puts(l->w->b, ",\"");
	if (!l->any) {
		buf_puts(l->w->b, l->name);
		buf_puts(l->w->b, "\":[\"");
	}
	l->w->begin = l->w->b->len - 1;
}

static void
list_end(struct list *l)
{
	buf_puts(l->w->b, "\"");
	l->any = true;
	trace(l->w, l->f);
}

static void
add_template(struct list *l)
{
	size_t undo = l->w->b->len;

	list_begin(l);
	if (scope_write(&l->w->t->scope, &l->f->template, l->w->b))
		list_end(l);
	else
		l->w->b->len = undo;
}

/* Add a tag for each member or element. */
static void
add_each(struct list *l)
{
	struct translation *t = l->w->t;
	struct slice rest = t->values[l->f->over].text;
	struct json_value key = {JSON_NULL, {0}};
	struct json_member m;
	size_t n = 0;

	if (t->values[l->f->over].type != JSON_OBJECT &&
	    t->values[l->f->over].type != JSON_ARRAY)
		return;
	while (n++ < TAGS_TRIED_MAX && json_next(&rest, &m)) {
		if (m.key.p != NULL)
			key = (struct json_value){JSON_STRING,
			    {m.key.p - 1, m.key.len + 2}};
		if (!scope_spend(&t->scope, l->w->b, m.value.text.len))
			break;
		scope_find(&t->scope, ROOT_KEY, key);
		scope_find(&t->scope, ROOT_VALUE, m.value);
		add_template(l);
	}
}

/* Add a tag for each piece of a text, trimmed. */
static void
add_pieces(struct list *l)
{
	struct json_value v = l->w->t->values[l->f->over];
	struct slice rest, piece;
	const char *at;
	size_t n = 0;

	if (v.type != JSON_STRING)
		return;
	rest = (struct slice){v.text.p + 1, v.text.len - 2};
	while (rest.len > 0 && n < TAGS_TRIED_MAX) {
		at = memchr(rest.p, l->f->separator, rest.len);
		piece = rest;
		if (at != NULL)
			piece.len = (size_t)(at - rest.p);
		rest.p += piece.len + (at != NULL);
		rest.len -= piece.len + (at != NULL);
		piece = utf8_trim(piece);
		if (piece.len == 0)
			continue;
		n++;
		list_begin(l);
		buf_append(l->w->b, piece.p, piece.len);
		list_end(l);
	}
}

static void
write_list(struct item_writer *w, enum field_kind kind, const char *name)
{
	struct list l = {.w = w, .name = name};
	size_t n;

	l.f = fields_of(w, kind, &n);
	for (; n > 0; l.f++, n--) {
		if (l.f->spread == SPREAD_EACH)
			add_each(&l);
		else if (l.f->spread == SPREAD_SPLIT)
			add_pieces(&l);
		else
			add_template(&l);
	}
	if (l.any)
		buf_puts(w->b, "]");
}

/* Return the node of a template that is one pointer and no more; else -1. */
static int
lone_node(const struct dialect *d, const struct template *template)
{
	const struct part *part = &d->parts[template->first];

	return template->n == 1 && part->map == -1 ? part->node : -1;
}

/* Append the value of a member: a lone pointer's as JSON, else as text. */
static bool
write_value(struct item_writer *w, const struct field *f)
{
	struct scope *s = &w->t->scope;
	int node = lone_node(s->d, &f->template);

	if (node == -1)
		return write_first(w, f, 1) != NULL;
	if (s->values[node].type == JSON_NULL)
		return false;
	if (scope_spend(s, w->b, s->values[node].text.len))
		json_compact(w->b, s->values[node].text);
	return true;
}

/* Note that a member was left out. */
static void
drop(struct translation *t, struct slice name)
{
	t->dropped.max = DIALECT_FILE_MAX_BYTES;
	buf_puts(&t->dropped, t->dropped.len == 0 ? "\"" : ",\"");
	buf_append(&t->dropped, name.p, name.len);
	buf_puts(&t->dropped, "\"");
}

/* Return whether the value just written exceeds a limit. */
static bool
is_too_much(struct translation *t, struct slice json)
{
	if (json.len > VALUE_MAX_BYTES ||
	    t->kept + json.len > VALUES_MAX_BYTES ||
	    (json.len > VALUE_MAX_DEPTH && json_depth(json) > VALUE_MAX_DEPTH))
		return true;
	t->kept += json.len;
	return false;
}

/*
 * Append one member of Meta, or a top-level one: the first of the n
 * alternatives that is something.
 */
static void
write_member(struct item_writer *w, const struct field *f, size_t n)
{
	size_t undo = w->b->len;

	buf_puts(w->b, ",\"");
	buf_append(w->b, f->name.p, f->name.len);
	buf_puts(w->b, "\":");
	w->begin = w->b->len;
	while (n > 0 && !write_value(w, f)) {
		f++;
		n--;
	}
	if (n == 0 || w->b->failed) {
		w->b->len = undo;
		return;
	}
	if (is_too_much(w->t,
		(struct slice){w->b->data + w->begin, w->b->len - w->begin})) {
		w->b->len = undo;
		drop(w->t, f->name);
		return;
	}
	trace(w, f);
}

static void
write_members(struct item_writer *w, enum field_kind kind)
{
	size_t n, same;
	const struct field *f = fields_of(w, kind, &n);

	for (; n > 0; f += same, n -= same) {
		same = 1;
		while (f[same - 1].is_more)
			same++;
		write_member(w, f, same);
	}
}

static void
write_create(struct item_writer *w)
{
	struct translation *t = w->t;
	struct slice name = t->dialect->name;

	buf_reset(&t->dropped);
	write_title(w);
	write_description(w);
	write_text(w, FIELD_URGENCY, ",\"urgency\":");
	write_list(w, FIELD_TAG, "Tags");
	write_list(w, FIELD_DEDUP_KEY, "dedup_keys");
	write_members(w, FIELD_EXTRA);
	buf_puts(w->b, ",\"Meta\":{\"dialect\":\"");
	buf_append(w->b, name.p, name.len);
	buf_puts(w->b, "\"");
	write_members(w, FIELD_META);
	if (t->dropped.len > 0) {
		buf_puts(w->b, ",\"dropped\":[");
		buf_append(w->b, t->dropped.data, t->dropped.len);
		buf_puts(w->b, "]");
	}
	buf_puts(w->b, "}");
}

/* Write the event of a section; false if its event_type is nothing. */
static bool
write_event(struct item_writer *w)
{
	size_t undo = w->b->len;
	bool is_create;

	if (!write_text(w, FIELD_EVENT_TYPE, "{\"event_type\":")) {
		w->b->len = undo;
		return false;
	}
	is_create = !w->b->failed &&
	    slice_equal((struct slice){w->b->data + w->begin,
			    w->b->len - w->begin},
		SLICE("\"create\""));
	write_id(w);
	if (is_create)
		write_create(w);
	buf_puts(w->b, "}");
	return true;
}

/* Write the event of an item; {} if no section takes it. */
static void
write_item(struct translation *t)
{
	struct item_writer w = {.t = t, .b = &t->events};

	w.section = decide(t);
	w.begin = w.b->len;
	trace(&w, NULL);
	if (w.section != NULL && w.section->kind == SECTION_SKIP) {
		t->skipped++;
		return;
	}
	if (t->is_batch && t->n > 0)
		buf_puts(w.b, ",");
	t->why[t->n] = NULL;
	if (w.section == NULL || !write_event(&w)) {
		t->why[t->n] =
		    w.section == NULL ? t->dialect->why : w.section->why;
		buf_puts(w.b, "{}");
	}
	t->n++;
}

/* Return whether the value of each is an array. */
static bool
has_each(const struct translation *t)
{
	const struct json_value *v;

	if (t->dialect->each == -1)
		return false;
	v = &t->values[t->dialect->each];
	return v->text.len > 0 && v->text.p[0] == '[';
}

static void
write_items(struct translation *t)
{
	struct slice rest = t->values[t->dialect->each].text;
	struct json_member m;

	t->is_batch = true;
	buf_puts(&t->events, "[");
	while (json_next(&rest, &m) && !t->events.failed && !t->scope.failed &&
	    !t->scope.is_over) {
		scope_find(&t->scope, ROOT_ITEM, m.value);
		write_item(t);
	}
	buf_puts(&t->events, "]");
}

/* Return whether an array has more elements than each may have. */
static bool
has_too_many(struct slice array)
{
	struct json_member m;
	size_t n = 0;

	/* One takes two bytes at least. */
	if (array.len < 2 * TRANSLATE_EACH_MAX)
		return false;
	while (n <= TRANSLATE_EACH_MAX && json_next(&array, &m))
		n++;
	return n > TRANSLATE_EACH_MAX;
}

enum outcome
translate_write(struct translation *t, struct fault *fault)
{
	static const struct fault too_many = {.pointer = "",
	    .detail = "more than 5000 events in one request"};
	static const struct fault too_long = {.pointer = "",
	    .detail = "its events would be more than three times as long as a "
		      "body may be"};
	const int *roots = t->dialect->roots;

	if (!has_each(t)) {
		scope_find(&t->scope, ROOT_ITEM, t->values[roots[ROOT_ITEM]]);
		write_item(t);
	} else if (has_too_many(t->values[t->dialect->each].text)) {
		*fault = too_many;
		return OUTCOME_INVALID;
	} else
		write_items(t);
	if (t->scope.failed || t->events.failed)
		return OUTCOME_UNAVAILABLE;
	if (!t->scope.is_over)
		return OUTCOME_OK;
	*fault = too_long;
	return OUTCOME_TOO_LARGE;
}
