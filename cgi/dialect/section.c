/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "dialect/reader.h"
#include "event/event.h"

/* The roots of pointers, except in the templates of Tag each. */
#define ROOT_BIT(root) (1U << (root))
#define ROOTS_OF_REQUESTS                                                      \
	(ROOTS_OF_EVENTS & ~ROOT_BIT(ROOT_KEY) & ~ROOT_BIT(ROOT_VALUE))

/* Lines whose name is one word, and what they write. */
static const struct {
	const char *name;
	enum field_kind kind;
} simple[] = {
    {"event_type", FIELD_EVENT_TYPE},
    {"Id", FIELD_ID},
    {"Title", FIELD_TITLE},
    {"Description", FIELD_DESCRIPTION},
    {"urgency", FIELD_URGENCY},
    {"Tag", FIELD_TAG},
    {"dedup_key", FIELD_DEDUP_KEY},
    {"incident", FIELD_META},
    {"incident_severity", FIELD_META},
    {"incident_message", FIELD_META},
};

static struct section *
last(struct reader *r)
{
	return &r->d->sections[r->d->n_sections - 1];
}

int
section_begin(struct reader *r, enum section_kind kind)
{
	struct dialect *d = r->d;
	struct section *s;

	if (d->n_sections == DIALECT_SECTIONS_MAX)
		return reader_fail(r, "more than %d sections",
		    DIALECT_SECTIONS_MAX);
	s = &d->sections[d->n_sections++];
	*s = (struct section){.kind = kind,
	    .line = r->line,
	    .on = d->n_ons,
	    .test = d->n_tests,
	    .field = d->n_fields};
	snprintf(s->why, sizeof(s->why),
	    "event_type is nothing: dialect %.*s, section at line %d",
	    (int)d->name.len, d->name.p, r->line);
	return 0;
}

/* Read METHOD PATTERN; the pattern may have one {name}. */
static int
read_on(struct reader *r, struct slice value)
{
	struct dialect *d = r->d;
	struct on *on = &d->ons[d->n_ons];
	struct slice path;
	const char *open, *close, *why;

	*on = (struct on){.method = reader_word(&value), .node = -1};
	path = utf8_trim(value);
	if (on->method.p == NULL || memchr(path.p, ' ', path.len) != NULL)
		return reader_fail(r, "must be: on = METHOD PATTERN");
	if (last(r)->kind != SECTION_LOOKUP &&
	    (reader_is(on->method, "GET") || reader_is(on->method, "HEAD")))
		return reader_fail(r, "GET and HEAD make no event");
	on->before = path;
	open = path.len == 0 ? NULL : memchr(path.p, '{', path.len);
	if (open != NULL) {
		close = memchr(open, '}', path.len - (size_t)(open - path.p));
		if (close == NULL || close == open + 1)
			return reader_fail(r, "{ needs a name and a }");
		on->before.len = (size_t)(open - path.p);
		on->after = (struct slice){close + 1,
		    path.len - (size_t)(close + 1 - path.p)};
		on->node = pointer_add(&d->pointers, d->roots[ROOT_URL],
		    d->text + (open + 1 - d->text), (size_t)(close - open - 1),
		    &why);
		if (on->node == -1)
			return reader_fail(r, "%s", why);
	}
	d->n_ons++;
	last(r)->ons++;
	d->has_ons = true;
	return 0;
}

static int
add_test_words(struct reader *r, struct test *t, struct slice value)
{
	struct dialect *d = r->d;
	struct slice word;

	t->first = d->n_words;
	while ((word = reader_word(&value)).p != NULL) {
		if (d->n_words == DIALECT_WORDS_MAX)
			return reader_fail(r, "too many words");
		d->words[d->n_words++] = (struct word){.text = word};
	}
	t->n = d->n_words - t->first;
	if ((t->n == 0) == (t->kind == TEST_IS))
		return reader_fail(r,
		    "must be: when = POINTER is WORD ..., has, or lacks");
	return 0;
}

static int
read_when(struct reader *r, struct slice value)
{
	struct dialect *d = r->d;
	struct test *t = &d->tests[d->n_tests];
	struct slice pointer = reader_word(&value);
	struct slice verb = reader_word(&value);

	if (pointer.p == NULL ||
	    reader_pointer(r, pointer, ROOTS_OF_REQUESTS, &t->node) == -1)
		return pointer.p == NULL ? reader_fail(r, "must not be empty")
					 : -1;
	if (reader_is(verb, "is"))
		t->kind = TEST_IS;
	else if (reader_is(verb, "has"))
		t->kind = TEST_HAS;
	else if (reader_is(verb, "lacks"))
		t->kind = TEST_LACKS;
	else
		value = SLICE("");
	if (add_test_words(r, t, value) == -1)
		return -1;
	d->n_tests++;
	last(r)->tests++;
	return 0;
}

/*
 * Insert a field into the section: in the order of kinds, and after those of
 * the same name, to which it is an alternative.
 */
static int
insert(struct reader *r, const struct field *f)
{
	struct section *s = last(r);
	struct field *all = r->d->fields + s->field;
	size_t at = s->fields;

	for (size_t i = 0; i < s->fields; i++)
		if (all[i].kind == f->kind && slice_equal(all[i].name, f->name))
			at = i + 1;
	if (at == s->fields)
		while (at > 0 && all[at - 1].kind > f->kind)
			at--;
	memmove(&all[at + 1], &all[at], (s->fields - at) * sizeof(*all));
	all[at] = *f;
	s->fields++;
	r->d->n_fields++;
	return 0;
}

static int
read_separator(struct reader *r, struct field *f, struct slice value)
{
	f->spread = SPREAD_SPLIT;
	if (reader_is(value, "space"))
		f->separator = ' ';
	else if (reader_is(value, "comma"))
		f->separator = ',';
	else if (reader_is(value, "semicolon"))
		f->separator = ';';
	else
		return reader_fail(r, "must be space, comma or semicolon");
	return insert(r, f);
}

/* Read Tag each POINTER = T or Tag split POINTER = SEPARATOR. */
static int
read_spread(struct reader *r, struct field *f, struct slice rest,
    struct slice value)
{
	struct slice verb = reader_word(&rest), pointer = reader_word(&rest);

	if (pointer.p == NULL || utf8_trim(rest).len > 0 ||
	    (!reader_is(verb, "each") && !reader_is(verb, "split")))
		return reader_fail(r,
		    "must be: Tag, Tag each POINTER or Tag split POINTER");
	if (reader_pointer(r, pointer, ROOTS_OF_REQUESTS, &f->over) == -1)
		return -1;
	if (reader_is(verb, "split"))
		return read_separator(r, f, value);
	f->spread = SPREAD_EACH;
	if (reader_template(r, value, ROOTS_OF_EVENTS, &f->template) == -1)
		return -1;
	return insert(r, f);
}

/* Read the name after Meta or Extra. */
static int
read_name(struct reader *r, struct field *f, struct slice rest)
{
	struct slice name = reader_word(&rest);

	if (name.p == NULL || utf8_trim(rest).len > 0)
		return reader_fail(r, "must be followed by one name");
	if (f->kind == FIELD_EXTRA && event_has_member(name))
		return reader_fail(r, "is a member of every event");
	if (f->kind == FIELD_META &&
	    (reader_is(name, "dialect") || reader_is(name, "dropped")))
		return reader_fail(r, "is a member that tocsin adds");
	return reader_escape(r, name, &f->name);
}

static int
read_field(struct reader *r, struct slice name, struct slice value)
{
	struct field f = {.line = r->line, .over = -1};
	struct slice first = reader_word(&name);
	size_t i, n = sizeof(simple) / sizeof(simple[0]);

	name = utf8_trim(name);
	for (i = 0; i < n && !reader_is(first, simple[i].name);)
		i++;
	if (i < n)
		f.kind = simple[i].kind;
	if (reader_is(first, "Meta") || reader_is(first, "Extra")) {
		f.kind = first.p[0] == 'M' ? FIELD_META : FIELD_EXTRA;
		if (read_name(r, &f, name) == -1)
			return -1;
	} else if (i == n) {
		return reader_fail(r, "an unknown line of a section");
	} else if (f.kind == FIELD_META) {
		f.name = first;
	} else if (f.kind == FIELD_TAG && name.len > 0) {
		return read_spread(r, &f, name, value);
	} else if (f.kind == FIELD_DESCRIPTION && reader_is(name, "add")) {
		f.kind = FIELD_DESCRIPTION_ADD;
	} else if (name.len > 0) {
		return reader_fail(r, "an unknown line of a section");
	}
	if (reader_template(r, value, ROOTS_OF_REQUESTS, &f.template) == -1)
		return -1;
	return insert(r, &f);
}

int
section_line(struct reader *r, struct slice name, struct slice value)
{
	if (reader_is(name, "on"))
		return read_on(r, value);
	if (reader_is(name, "when") && last(r)->kind == SECTION_LOOKUP)
		return reader_fail(r, "a [lookup] has no when");
	if (reader_is(name, "when"))
		return read_when(r, value);
	if (last(r)->kind != SECTION_EVENT)
		return reader_fail(r, "this section has on and when only");
	return read_field(r, name, value);
}

int
section_end(struct reader *r)
{
	const struct section *s = last(r);
	struct field *f = &r->d->fields[s->field];

	for (size_t i = 0; i + 1 < s->fields; i++)
		f[i].is_more = f[i].kind == f[i + 1].kind &&
		    slice_equal(f[i].name, f[i + 1].name);
	r->line = s->line;
	if (s->kind == SECTION_EVENT &&
	    (s->fields == 0 || r->d->fields[s->field].kind != FIELD_EVENT_TYPE))
		return reader_fail(r, "this section has no event_type");
	if (s->kind == SECTION_LOOKUP && s->ons == 0)
		return reader_fail(r, "a [lookup] needs an on line");
	return 0;
}
