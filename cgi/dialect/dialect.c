/* SPDX-License-Identifier: ISC */
#include "dialect/dialect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "dialect/reader.h"
#include "http/reply.h"

#define HEADERS_MAX_BYTES 1024

/* Which section the current line is in. */
enum part_of { IN_HEAD, IN_MAP, IN_SECTION, IN_LOOKUP, IN_ANSWER, IN_ERROR };

struct file {
	struct reader r;
	enum part_of in;
	bool has_language, has_name;
	struct buf headers[2]; /* of [answer], and of missing in [lookup] */
};

/* What templates of answers may use of the first event and the fault. */
static const struct {
	enum root root;
	const char *name;
} answerable[] = {
    {ROOT_EVENT, "Id"},
    {ROOT_EVENT, "event_id"},
    {ROOT_EVENT, "event_type"},
    {ROOT_EVENT, "outcome"},
    {ROOT_EVENT, "alert_id"},
    {ROOT_REQUEST, "integration"},
    {ROOT_ERROR, "title"},
    {ROOT_ERROR, "detail"},
    {ROOT_ERROR, "status"},
};

static int
read_yes(struct reader *r, struct slice value, bool *yes)
{
	*yes = reader_is(value, "yes");
	if (!*yes && !reader_is(value, "no"))
		return reader_fail(r, "must be yes or no");
	return 0;
}

static int
read_content(struct reader *r, struct slice value)
{
	struct slice first = reader_word(&value), second = reader_word(&value);

	if (second.p == NULL && reader_is(first, "json"))
		r->d->content = CONTENT_JSON;
	else if (second.p == NULL && reader_is(first, "any"))
		r->d->content = CONTENT_ANY;
	else if (reader_is(first, "any") && reader_is(second, "form"))
		r->d->content = CONTENT_FORM;
	else
		return reader_fail(r, "must be json, any, or any form");
	return 0;
}

static int
read_methods(struct reader *r, struct slice value)
{
	char *list = r->d->methods;
	struct slice word;
	size_t len = 0;

	while ((word = reader_word(&value)).p != NULL) {
		for (size_t i = 0; i < word.len; i++)
			if (word.p[i] < 'A' || word.p[i] > 'Z')
				return reader_fail(r,
				    "must be methods in upper case");
		if (reader_is(word, "GET") || reader_is(word, "HEAD"))
			return reader_fail(r, "GET and HEAD make no event");
		if (len + word.len + 3 > DIALECT_METHODS_MAX_BYTES)
			return reader_fail(r, "too many methods");
		len += (size_t)snprintf(list + len,
		    DIALECT_METHODS_MAX_BYTES - len, "%s%.*s",
		    len == 0 ? "" : ", ", (int)word.len, word.p);
	}
	return len > 0 ? 0 : reader_fail(r, "must not be empty");
}

static int
read_marks(struct reader *r, struct slice value)
{
	struct dialect *d = r->d;
	struct slice word;

	while ((word = reader_word(&value)).p != NULL) {
		if (d->n_marks == DIALECT_MARKS_MAX)
			return reader_fail(r, "more than %d marks",
			    DIALECT_MARKS_MAX);
		if (reader_pointer(r, word, 1U << ROOT_BODY | 1U << ROOT_INNER,
			&d->marks[d->n_marks++]) == -1)
			return -1;
	}
	return 0;
}

static int
read_name(struct file *f, struct slice value)
{
	f->has_name = true;
	if (!slice_equal(value, f->r.d->name))
		return reader_fail(&f->r, "must be the file's name, %.*s",
		    (int)f->r.d->name.len, f->r.d->name.p);
	return 0;
}

static int
read_language(struct file *f, struct slice value)
{
	f->has_language = true;
	if (!reader_is(value, "1"))
		return reader_fail(&f->r, "this program reads language 1");
	return 0;
}

/* Read a line before the first section. */
static int
read_head(struct file *f, struct slice name, struct slice value)
{
	struct reader *r = &f->r;
	struct dialect *d = r->d;
	unsigned documents = 1U << ROOT_BODY | 1U << ROOT_INNER;

	if (reader_is(name, "language"))
		return read_language(f, value);
	if (reader_is(name, "dialect"))
		return read_name(f, value);
	if (reader_is(name, "content"))
		return read_content(r, value);
	if (reader_is(name, "method"))
		return read_methods(r, value);
	if (reader_is(name, "empty"))
		return read_yes(r, value, &d->empty);
	if (reader_is(name, "token"))
		return carriers_read(r, value);
	if (reader_is(name, "each"))
		return reader_pointer(r, value, documents, &d->each);
	if (reader_is(name, "parse"))
		return reader_pointer(r, value, 1U << ROOT_BODY, &d->parse);
	if (reader_is(name, "mark"))
		return read_marks(r, value);
	if (reader_is(name, "about"))
		d->about = value;
	else if (reader_is(name, "paste"))
		d->paste = value;
	else if (reader_is(name, "sample"))
		d->sample = value;
	else if (reader_is(name, "sample path"))
		d->sample_path = value;
	else if (reader_is(name, "challenge") && reader_is(value, "basic"))
		d->challenge = true;
	else
		return reader_fail(r, "unknown line before the first section");
	return 0;
}

/* Read word, word = value. */
static int
read_map(struct reader *r, struct slice names, struct slice value)
{
	struct dialect *d = r->d;
	struct map *map = &d->maps[d->n_maps - 1];
	struct slice escaped, word;
	const char *comma;

	if (reader_escape(r, value, &escaped) == -1)
		return -1;
	while (names.len > 0) {
		comma = memchr(names.p, ',', names.len);
		word = names;
		if (comma != NULL)
			word.len = (size_t)(comma - names.p);
		names.p += word.len + (comma != NULL);
		names.len -= word.len + (comma != NULL);
		word = utf8_trim(word);
		if (reader_is(word, "*")) {
			map->other = escaped;
			continue;
		}
		if (word.len == 0 || d->n_words == DIALECT_WORDS_MAX)
			return reader_fail(r,
			    word.len == 0 ? "an empty word" : "too many words");
		d->words[d->n_words++] = (struct word){word, escaped};
		map->n++;
	}
	return 0;
}

/* Read a status of three digits; 0 if http/reply does not know it. */
static int
read_status(struct slice value)
{
	int64_t n = slice_number(value);

	return value.len == 3 && reply_knows((int)n) ? (int)n : 0;
}

static int
read_header(struct file *f, struct buf *headers, struct slice name,
    struct slice value)
{
	name = utf8_trim(name);
	for (size_t i = 0; i < name.len; i++)
		if ((name.p[i] | 0x20) < 'a' && name.p[i] != '-' &&
		    (name.p[i] < '0' || name.p[i] > '9'))
			return reader_fail(&f->r, "not the name of a header");
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] < ' ' || value.p[i] > '~')
			return reader_fail(&f->r, "must be ASCII");
	if (name.len == 0 || value.len == 0)
		return reader_fail(&f->r, "must be: header NAME = VALUE");
	buf_printf(headers, "%.*s: %.*s\r\n", (int)name.len, name.p,
	    (int)value.len, value.p);
	return headers->failed ? reader_fail(&f->r, "the headers are too long")
			       : 0;
}

/* Read a body, which must be JSON whatever values it gets. */
static int
read_body(struct reader *r, struct slice value, struct form *form)
{
	struct buf b = {.max = DIALECT_FILE_MAX_BYTES};
	const struct part *part;
	struct json_value top;
	const char *why = "out of memory";
	enum outcome res = OUTCOME_BAD_JSON;
	size_t at;

	form->has_body = true;
	if (reader_template(r, value, ROOTS_OF_ANSWERS, &form->body) == -1)
		return -1;
	part = r->d->parts + form->body.first;
	for (size_t i = 0; i < form->body.n; i++, part++)
		if (part->node == -1)
			buf_append(&b, part->text.p, part->text.len);
		else
			buf_puts(&b, "0");
	if (!b.failed)
		res = json_scan(&top, b.data, b.len, &why, &at);
	buf_free(&b);
	return res == OUTCOME_OK ? 0 : reader_fail(r, "not JSON: %s", why);
}

static int
read_answer(struct file *f, struct slice name, struct slice value)
{
	struct form *form = &f->r.d->answer;
	struct slice rest = name, first = reader_word(&rest);

	if (reader_is(name, "body"))
		return read_body(&f->r, value, form);
	if (reader_is(first, "header"))
		return read_header(f, &f->headers[0], rest, value);
	if (!reader_is(name, "status"))
		return reader_fail(&f->r, "an unknown line of [answer]");
	form->status = read_status(value);
	if (form->status < 200 || form->status > 202)
		return reader_fail(&f->r, "must be 200, 201 or 202");
	return 0;
}

/* Read status N = M: 4xx only, since 503 makes senders retry. */
static int
read_error(struct file *f, struct slice name, struct slice value)
{
	struct dialect *d = f->r.d;
	struct slice rest = name, first = reader_word(&rest);
	int from = read_status(utf8_trim(rest)), to = read_status(value);

	if (reader_is(name, "body"))
		return read_body(&f->r, value, &d->error);
	if (!reader_is(first, "status"))
		return reader_fail(&f->r, "an unknown line of [error]");
	if (from < 400 || from > 499 || to < 400 || to > 499)
		return reader_fail(&f->r, "must be: status 4xx = 4xx");
	if (d->n_statuses == DIALECT_STATUSES_MAX)
		return reader_fail(&f->r, "too many statuses");
	d->statuses[d->n_statuses].from = from;
	d->statuses[d->n_statuses++].to = to;
	return 0;
}

static int
read_lookup(struct file *f, struct slice name, struct slice value)
{
	struct slice rest = name, first = reader_word(&rest);

	if (reader_is(name, "body"))
		return read_body(&f->r, value, &f->r.d->lookup);
	if (reader_is(name, "missing"))
		return read_body(&f->r, value, &f->r.d->missing);
	if (reader_is(first, "missing") &&
	    reader_is(reader_word(&rest), "header"))
		return read_header(f, &f->headers[1], rest, value);
	return section_line(&f->r, name, value);
}

static int
end_part(struct file *f)
{
	if (f->in == IN_SECTION || f->in == IN_LOOKUP)
		return section_end(&f->r);
	return 0;
}

static int
begin_map(struct reader *r, struct slice name)
{
	struct dialect *d = r->d;

	if (d->n_maps == DIALECT_MAPS_MAX || name.len == 0 ||
	    reader_map(r, name) != -1)
		return reader_fail(r,
		    "a map without a name, a second one of "
		    "that name, or too many");
	d->maps[d->n_maps++] = (struct map){.name = name, .first = d->n_words};
	return 0;
}

/* Begin the section called name. */
static int
begin_part(struct file *f, struct slice name)
{
	struct slice rest = name, first = reader_word(&rest);
	int line = f->r.line;

	if (end_part(f) == -1)
		return -1;
	f->r.line = line;
	if (reader_is(first, "map")) {
		f->in = IN_MAP;
		return begin_map(&f->r, utf8_trim(rest));
	}
	if (reader_is(name, "answer") || reader_is(name, "error")) {
		f->in = name.p[0] == 'a' ? IN_ANSWER : IN_ERROR;
		return 0;
	}
	f->in = IN_SECTION;
	if (reader_is(name, "event"))
		return section_begin(&f->r, SECTION_EVENT);
	if (reader_is(name, "skip"))
		return section_begin(&f->r, SECTION_SKIP);
	f->in = IN_LOOKUP;
	if (reader_is(name, "lookup"))
		return section_begin(&f->r, SECTION_LOOKUP);
	return reader_fail(&f->r, "an unknown section");
}

static int
read_line(struct file *f, struct slice line)
{
	struct slice name, value;
	const char *equals;

	line = utf8_trim(line);
	if (line.len == 0 || line.p[0] == '#')
		return 0;
	if (line.p[0] == '[' && line.p[line.len - 1] == ']')
		return begin_part(f,
		    utf8_trim((struct slice){line.p + 1, line.len - 2}));
	equals = memchr(line.p, '=', line.len);
	if (equals == NULL)
		return reader_fail(&f->r, "must be name = value");
	name = utf8_trim((struct slice){line.p, (size_t)(equals - line.p)});
	value = utf8_trim((struct slice){equals + 1,
	    line.len - (size_t)(equals + 1 - line.p)});
	switch (f->in) {
	case IN_HEAD:
		return read_head(f, name, value);
	case IN_MAP:
		return read_map(&f->r, name, value);
	case IN_SECTION:
		return section_line(&f->r, name, value);
	case IN_LOOKUP:
		return read_lookup(f, name, value);
	case IN_ANSWER:
		return read_answer(f, name, value);
	case IN_ERROR:
		return read_error(f, name, value);
	}
	return -1;
}

/* Check for UTF-8 without control characters: then text can be quoted. */
static int
check_text(struct file *f, struct slice line)
{
	size_t n;

	for (size_t i = 0; i < line.len; i += n) {
		n = utf8_sequence((struct slice){line.p + i, line.len - i});
		if (n == 0)
			return reader_fail(&f->r, "is not UTF-8");
		if ((unsigned char)line.p[i] < ' ' && line.p[i] != '\t' &&
		    line.p[i] != '\r')
			return reader_fail(&f->r,
			    "contains a control character");
	}
	return 0;
}

static int
read_lines(struct file *f, size_t len)
{
	struct slice rest = {f->r.d->text, len}, line;
	const char *end;

	while (rest.len > 0) {
		end = memchr(rest.p, '\n', rest.len);
		line = rest;
		if (end != NULL)
			line.len = (size_t)(end - rest.p);
		rest.p += line.len + (end != NULL);
		rest.len -= line.len + (end != NULL);
		if (++f->r.line > DIALECT_LINES_MAX)
			return reader_fail(&f->r, "more than %d lines",
			    DIALECT_LINES_MAX);
		if (check_text(f, line) == -1 || read_line(f, line) == -1)
			return -1;
	}
	return end_part(f);
}

/* Keep the header lines collected in b. */
static void
keep_headers(struct dialect *d, struct form *form, const struct buf *b)
{
	size_t begin = d->own.len;

	buf_append(&d->own, b->data, b->len);
	form->headers = (struct slice){d->own.data + begin, b->len};
}

/* Check the file as a whole. */
static int
check_whole(struct file *f)
{
	struct dialect *d = f->r.d;
	bool has_event = false;

	f->r.line = 0;
	for (size_t i = 0; i < d->n_sections; i++) {
		has_event |= d->sections[i].kind == SECTION_EVENT;
		if (d->has_ons && d->sections[i].ons == 0) {
			f->r.line = d->sections[i].line;
			return reader_fail(&f->r,
			    "needs an on line, as another section has one");
		}
	}
	if (!f->has_language || !f->has_name || !has_event)
		return reader_fail(&f->r,
		    "needs language = 1, dialect = %.*s "
		    "and an [event]",
		    (int)d->name.len, d->name.p);
	if (d->n_statuses > 0 && !d->error.has_body)
		return reader_fail(&f->r, "status in [error] needs a body");
	keep_headers(d, &d->answer, &f->headers[0]);
	keep_headers(d, &d->missing, &f->headers[1]);
	if (d->own.failed)
		return reader_fail(&f->r, "out of memory");
	return carriers_check(&f->r);
}

/* Add the roots, and below those of answers all their values. */
static void
add_roots(struct dialect *d)
{
	const char *why;

	d->pointers = (struct pointer_set){d->nodes, 0, DIALECT_NODES_MAX};
	for (unsigned i = 0; i < ROOTS; i++)
		d->roots[i] = pointer_root(&d->pointers);
	for (size_t i = 0; i < sizeof(answerable) / sizeof(*answerable); i++) {
		/* pointer_add() does not write to a name without ~. */
		union {
			const char *in;
			char *text;
		} name = {answerable[i].name};

		pointer_add(&d->pointers, d->roots[answerable[i].root],
		    name.text, strlen(name.in), &why);
	}
}

static struct dialect *
allocate(struct slice name, const char *text, size_t len)
{
	struct dialect *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->text = malloc(2 * len + name.len + 1);
	/* Escaping at most doubles text; the buffer must not move. */
	d->own.max = 2 * len + 2 * HEADERS_MAX_BYTES;
	if (d->text == NULL || buf_reserve(&d->own, d->own.max) == NULL) {
		dialect_free(d);
		return NULL;
	}
	memcpy(d->text, text, len);
	memcpy(d->text + len, name.p, name.len);
	d->name = (struct slice){d->text + len, name.len};
	memcpy(d->text + len + name.len, text, len);
	d->file = (struct slice){d->text + len + name.len, len};
	snprintf(d->methods, sizeof(d->methods), "POST");
	snprintf(d->why, sizeof(d->why), "no section of dialect %.*s fits",
	    (int)name.len, name.p);
	d->each = -1;
	d->parse = -1;
	add_roots(d);
	return d;
}

struct dialect *
dialect_read(struct slice name, const char *text, size_t len,
    char error[DIALECT_ERROR_BYTES])
{
	struct file f = {.r = {.error = error}, .in = IN_HEAD};
	int rc = -1;

	error[0] = '\0';
	if (len > DIALECT_FILE_MAX_BYTES) {
		reader_fail(&f.r, "over %d bytes long", DIALECT_FILE_MAX_BYTES);
		return NULL;
	}
	f.headers[0].max = f.headers[1].max = HEADERS_MAX_BYTES;
	f.r.d = allocate(name, text, len);
	if (f.r.d == NULL) {
		reader_fail(&f.r, "out of memory");
		return NULL;
	}
	if (read_lines(&f, len) == 0)
		rc = check_whole(&f);
	buf_free(&f.headers[0]);
	buf_free(&f.headers[1]);
	if (rc == 0)
		return f.r.d;
	dialect_free(f.r.d);
	return NULL;
}

void
dialect_free(struct dialect *d)
{
	if (d == NULL)
		return;
	free(d->text);
	buf_free(&d->own);
	free(d);
}
