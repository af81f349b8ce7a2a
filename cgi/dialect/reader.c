/* SPDX-License-Identifier: ISC */
#include "dialect/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json.h"

static const struct {
	const char *name;
	bool is_flat; /* followed by exactly one name */
} roots_known[ROOTS] = {
    [ROOT_BODY] = {"body", false},
    [ROOT_ITEM] = {"item", false},
    [ROOT_INNER] = {"inner", false},
    [ROOT_URL] = {"url", true},
    [ROOT_QUERY] = {"query", true},
    [ROOT_HEADER] = {"header", true},
    [ROOT_KEY] = {"key", false},
    [ROOT_VALUE] = {"value", false},
    [ROOT_EVENT] = {"event", true},
    [ROOT_REQUEST] = {"request", true},
    [ROOT_ERROR] = {"error", true},
};

int
reader_fail(struct reader *r, const char *fmt, ...)
{
	char what[DIALECT_ERROR_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (r->line > 0)
		snprintf(r->error, DIALECT_ERROR_BYTES, "line %d: %.180s",
		    r->line, what);
	else
		snprintf(r->error, DIALECT_ERROR_BYTES, "%.180s", what);
	return -1;
}

bool
reader_is(struct slice text, const char *word)
{
	return slice_equal(text, slice_of(word));
}

struct slice
reader_word(struct slice *text)
{
	struct slice word = utf8_trim(*text);
	size_t len = 0;

	while (len < word.len && word.p[len] != ' ' && word.p[len] != '\t')
		len++;
	*text = (struct slice){word.p + len, word.len - len};
	word.len = len;
	if (len == 0)
		word.p = NULL;
	return word;
}

int
reader_map(const struct reader *r, struct slice name)
{
	for (size_t i = 0; i < r->d->n_maps; i++)
		if (slice_equal(r->d->maps[i].name, name))
			return (int)i;
	return -1;
}

int
reader_escape(struct reader *r, struct slice text, struct slice *escaped)
{
	struct buf *own = &r->d->own;
	size_t begin = own->len;

	if (text.len == 0) {
		*escaped = SLICE("");
		return 0;
	}
	json_escape(own, text);
	if (own->failed)
		return reader_fail(r, "out of memory");
	*escaped = (struct slice){own->data + begin, own->len - begin};
	return 0;
}

/* Find the root of a pointer among those allowed; ROOTS if there is none. */
static enum root
root_named(struct slice name, unsigned roots)
{
	unsigned i;

	for (i = 0; i < ROOTS; i++)
		if ((roots >> i & 1) != 0 &&
		    reader_is(name, roots_known[i].name))
			break;
	return (enum root)i;
}

static int
fail_root(struct reader *r, unsigned roots)
{
	char list[100] = "";
	size_t len = 0;

	for (unsigned i = 0; i < ROOTS; i++)
		if ((roots >> i & 1) != 0)
			len += (size_t)snprintf(list + len, sizeof(list) - len,
			    " %s", roots_known[i].name);
	return reader_fail(r, "a pointer must begin with one of:%s", list);
}

int
reader_pointer(struct reader *r, struct slice text, unsigned roots, int *node)
{
	const char *slash = memchr(text.p, '/', text.len), *why;
	struct slice name = text, rest = {text.p + text.len, 0};
	size_t before = r->d->pointers.n;
	enum root root;

	if (slash != NULL) {
		name.len = (size_t)(slash - text.p);
		rest = (struct slice){slash + 1, text.len - name.len - 1};
	}
	root = root_named(name, roots);
	if (root == ROOTS)
		return fail_root(r, roots);
	if (roots_known[root].is_flat &&
	    (rest.len == 0 || memchr(rest.p, '/', rest.len) != NULL))
		return reader_fail(r, "%s must be followed by / and a name",
		    roots_known[root].name);
	if (root == ROOT_KEY && rest.len > 0)
		return reader_fail(r, "key has nothing below it");
	/* Writable: rest lies in d->text. */
	*node = pointer_add(&r->d->pointers, r->d->roots[root],
	    r->d->text + (rest.p - r->d->text), rest.len, &why);
	if (*node == -1)
		return reader_fail(r, "%s", why);
	r->pointers += r->d->pointers.n > before;
	if (r->pointers > DIALECT_POINTERS_MAX)
		return reader_fail(r, "more than %d pointers",
		    DIALECT_POINTERS_MAX);
	return 0;
}

static int
add_part(struct reader *r, struct part part)
{
	struct dialect *d = r->d;

	if (d->n_parts == DIALECT_PARTS_MAX)
		return reader_fail(r, "the templates have too many parts");
	d->parts[d->n_parts++] = part;
	return 0;
}

/* Add literal text; an answer's is JSON already. */
static int
add_text(struct reader *r, struct slice text, unsigned roots)
{
	struct part part = {.text = text, .node = -1, .map = -1};

	if (text.len == 0)
		return 0;
	if (roots != ROOTS_OF_ANSWERS &&
	    reader_escape(r, text, &part.text) == -1)
		return -1;
	return add_part(r, part);
}

/* Add what stands in ${}: a pointer, or MAP(pointer). */
static int
add_value(struct reader *r, struct slice text, unsigned roots)
{
	struct part part = {.node = -1, .map = -1};
	const char *open = memchr(text.p, '(', text.len);
	struct slice map = text;

	if (open != NULL && text.p[text.len - 1] == ')') {
		map.len = (size_t)(open - text.p);
		part.map = reader_map(r, map);
		if (part.map == -1)
			return reader_fail(r, "there is no [map %.*s] above",
			    (int)(map.len < 64 ? map.len : 64), map.p);
		text = (struct slice){open + 1, text.len - map.len - 2};
	}
	if (reader_pointer(r, text, roots, &part.node) == -1)
		return -1;
	return add_part(r, part);
}

/* Find the next ${ in text from at on; its length if there is none. */
static size_t
find_value(struct slice text, size_t at)
{
	for (; at + 1 < text.len; at++)
		if (text.p[at] == '$' && text.p[at + 1] == '{')
			return at;
	return text.len;
}

int
reader_template(struct reader *r, struct slice text, unsigned roots,
    struct template *template)
{
	size_t at = 0, dollar;
	const char *close;

	*template = (struct template){text, r->d->n_parts, 0};
	while (at < text.len) {
		dollar = find_value(text, at);
		/* $${ stands for ${. */
		if (dollar < text.len && dollar > at &&
		    text.p[dollar - 1] == '$') {
			if (add_text(r,
				(struct slice){text.p + at, dollar - 1 - at},
				roots) == -1 ||
			    add_text(r, SLICE("${"), roots) == -1)
				return -1;
			at = dollar + 2;
			continue;
		}
		if (add_text(r, (struct slice){text.p + at, dollar - at},
			roots) == -1)
			return -1;
		if (dollar == text.len)
			break;
		close = memchr(text.p + dollar, '}', text.len - dollar);
		if (close == NULL)
			return reader_fail(r, "${ without a }");
		at = (size_t)(close - text.p) + 1;
		if (add_value(r,
			(struct slice){text.p + dollar + 2, at - dollar - 3},
			roots) == -1)
			return -1;
	}
	template->n = r->d->n_parts - template->first;
	if (template->n == 0)
		return reader_fail(r, "must not be empty");
	return 0;
}
