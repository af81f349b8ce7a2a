/* SPDX-License-Identifier: ISC */
#include "dialect/translate.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "http/form.h"
#include "json/decode.h"
#include "json/json.h"

#define NAME_MAX_BYTES 64 /* of a field of the query string */
#define ROOM_BYTES 65536 /* allowed for the events of any body */
#define STRING_MAX_BYTES 4096 /* of a value in URL, query or header */

static bool
equals(struct slice s, const char *text)
{
	return slice_equal(s, slice_of(text));
}

/* Return whether the pattern matches path; set *name to its {name}. */
static bool
fits_path(const struct on *on, struct slice path, struct slice *name)
{
	size_t around = on->before.len + on->after.len;

	if (on->node == -1)
		return slice_equal(path, on->before);
	if (path.len <= around ||
	    memcmp(path.p, on->before.p, on->before.len) != 0 ||
	    memcmp(path.p + path.len - on->after.len, on->after.p,
		on->after.len) != 0)
		return false;
	*name = (struct slice){path.p + on->before.len, path.len - around};
	return true;
}

/* Add a method to the list for an Allow header. */
static void
add_method(char allow[64], struct slice method)
{
	size_t len = strlen(allow);

	if (memmem(allow, len, method.p, method.len) == NULL)
		snprintf(allow + len, 64 - len, "%s%.*s", len > 0 ? ", " : "",
		    (int)method.len, method.p);
}

/* Route a dialect without on lines, which has only the bare URL. */
static enum outcome
route_bare(struct translation *t, struct slice method)
{
	const struct dialect *d = t->dialect;
	const char *list = d->methods, *end;
	bool allowed = false;

	for (; *list != '\0'; list = *end == '\0' ? end : end + 2) {
		end = list + strcspn(list, ",");
		allowed |= slice_equal(method,
		    (struct slice){list, (size_t)(end - list)});
	}
	if (t->path.len > 0)
		return OUTCOME_NOT_FOUND;
	memset(t->fits, 1, sizeof(t->fits));
	if (allowed)
		return OUTCOME_OK;
	snprintf(t->allow, sizeof(t->allow), "%s", d->methods);
	return OUTCOME_BAD_METHOD;
}

/* Set the value of a node to text, as a JSON string in strings. */
static void
set_string(struct translation *t, int node, struct slice text)
{
	size_t begin = t->strings.len;

	if (text.p == NULL || text.len > STRING_MAX_BYTES)
		return;
	form_quote(&t->strings, text);
	t->scope.failed |= t->strings.failed;
	if (t->strings.failed)
		return;
	t->values[node] = (struct json_value){JSON_STRING,
	    {t->strings.data + begin, t->strings.len - begin}};
}

enum outcome
translate_route(struct translation *t, const char *method, struct slice path)
{
	const struct dialect *d = t->dialect;
	struct slice name = {0};
	bool any = false, found = false;

	t->lookup = NULL;
	t->allow[0] = '\0';
	t->scope.d = d;
	t->scope.values = t->values;
	memset(t->values, 0, d->pointers.n * sizeof(t->values[0]));
	if (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	t->path = path;
	if (!d->has_ons)
		return route_bare(t, slice_of(method));
	for (size_t i = 0; i < d->n_sections; i++) {
		const struct section *s = &d->sections[i];

		t->fits[i] = 0;
		for (size_t k = s->on; k < s->on + s->ons; k++) {
			if (!fits_path(&d->ons[k], path, &name))
				continue;
			found = true;
			add_method(t->allow, d->ons[k].method);
			t->fits[i] |= equals(d->ons[k].method, method);
		}
		if (t->fits[i] != 0 && s->kind == SECTION_LOOKUP)
			t->lookup = s;
		any |= t->fits[i] != 0;
	}
	if (!found)
		return OUTCOME_NOT_FOUND;
	return any ? OUTCOME_OK : OUTCOME_BAD_METHOD;
}

struct slice
translate_lookup_name(struct translation *t)
{
	const struct on *on = t->dialect->ons + t->lookup->on;

	for (size_t i = 0; i < t->lookup->ons; i++)
		if (on[i].node != -1 && t->values[on[i].node].type != JSON_NULL)
			return scope_word(&t->scope, t->values[on[i].node]);
	return (struct slice){0};
}

bool
translate_accepts(const struct dialect *d, const char *content_type)
{
	return d->content != CONTENT_JSON ||
	    request_is_type(content_type, "application/json");
}

/* Return the most bytes that find_strings() appends. */
static size_t
strings_room(const struct translation *t, const struct request *req)
{
	const struct dialect *d = t->dialect;
	const struct pointer_node *nodes = d->nodes;
	size_t room = 1, query = strlen(req->query);
	int i;

	for (i = nodes[d->roots[ROOT_URL]].child; i != -1; i = nodes[i].next)
		room += (6 * t->path.len + 2) * d->n_ons;
	for (i = nodes[d->roots[ROOT_QUERY]].child; i != -1; i = nodes[i].next)
		room += 6 * query + 2;
	for (i = nodes[d->roots[ROOT_HEADER]].child; i != -1; i = nodes[i].next)
		room += 6 * request_header(req, nodes[i].name).len + 2;
	return room;
}

/* Set the value of a field of the query string. */
static void
find_query(struct translation *t, const struct request *req, int node)
{
	const struct slice *s = &t->dialect->nodes[node].name;
	char name[NAME_MAX_BYTES + 1], value[STRING_MAX_BYTES + 1];

	if (s->len > NAME_MAX_BYTES)
		return;
	memcpy(name, s->p, s->len);
	name[s->len] = '\0';
	if (form_field(slice_of(req->query), name, value, sizeof(value)) == 0)
		set_string(t, node, slice_of(value));
}

/* Find the values of the roots that are not in the body. */
static void
find_strings(struct translation *t, const struct request *req)
{
	static const enum root flat[] = {ROOT_URL, ROOT_QUERY, ROOT_HEADER};
	const struct json_value none = {JSON_NULL, {0}};
	const struct dialect *d = t->dialect;
	struct slice in_path;
	int i;

	for (size_t k = 0; k < 3; k++)
		scope_find(&t->scope, flat[k], none);
	/* The buffer must not move: values point into it. */
	t->strings.max = strings_room(t, req);
	buf_reserve(&t->strings, t->strings.max);
	for (size_t k = 0; k < d->n_ons; k++)
		if (d->ons[k].node != -1 &&
		    fits_path(&d->ons[k], t->path, &in_path))
			set_string(t, d->ons[k].node, in_path);
	i = d->nodes[d->roots[ROOT_QUERY]].child;
	for (; i != -1; i = d->nodes[i].next)
		find_query(t, req, i);
	i = d->nodes[d->roots[ROOT_HEADER]].child;
	for (; i != -1; i = d->nodes[i].next)
		set_string(t, i, request_header(req, d->nodes[i].name));
	for (size_t k = 0; k < 3; k++)
		scope_drop(&t->scope, flat[k]);
}

/*
 * Return the document to scan: the body, or JSON made of an empty body or a
 * form; NULL when the form is malformed.
 */
static struct buf *
choose_document(struct translation *t, struct request *req, size_t body_max)
{
	struct slice body = {req->body.data, req->body.len};
	struct slice text = utf8_trim(body);
	bool may_be_empty = t->dialect->empty || t->lookup != NULL;
	bool is_json = text.len > 0 && (text.p[0] == '{' || text.p[0] == '[');

	t->document.max = 6 * body_max + 7;
	if (text.len == 0 && may_be_empty) {
		buf_puts(&t->document, "{}");
		return &t->document;
	}
	if (is_json || t->dialect->content != CONTENT_FORM)
		return &req->body;
	if (request_is_type(req->content_type,
		"application/x-www-form-urlencoded")) {
		form_json(&t->document, body);
		return &t->document;
	}
	if (!request_is_type(req->content_type, "multipart/form-data"))
		return &req->body;
	return form_parts_json(&t->document, body, req->content_type) == 0
	    ? &t->document
	    : NULL;
}

/*
 * Find the values of the document that parse names: the body itself if that
 * member is missing, nothing if it is not JSON.
 */
static void
find_inner(struct translation *t, struct json_value top)
{
	const struct dialect *d = t->dialect;
	struct decoder decoder = {.own = &t->inner};
	struct json_value v = top;
	struct slice text;
	const char *why;
	size_t at;

	if (d->parse != -1 && t->values[d->parse].type != JSON_NULL)
		v = t->values[d->parse];
	if (d->parse != -1 && v.type == JSON_STRING) {
		t->inner.max = v.text.len;
		text = decode_text(&decoder, v);
		decode_free(&decoder);
		t->scope.failed |= decoder.failed;
		/* json_scan() may change the text, so it must be a copy. */
		if (t->inner.len == 0)
			buf_append(&t->inner, text.p, text.len);
		if (t->inner.failed ||
		    json_scan(&v, t->inner.data, t->inner.len, &why, &at) !=
			OUTCOME_OK)
			v = (struct json_value){JSON_NULL, {0}};
	}
	scope_find(&t->scope, ROOT_INNER, v);
}

enum outcome
translate_read(struct translation *t, struct request *req, size_t body_max,
    struct fault *fault)
{
	struct buf *document;
	struct json_value top;
	enum outcome res;
	size_t at;

	t->scope.len_max = 3 * body_max + ROOM_BYTES;
	t->scope.work_max = 2 * t->scope.len_max;
	/* Beyond the limits only the dialect's own text is written. */
	t->events.max = 4 * t->scope.len_max;
	find_strings(t, req);
	document = choose_document(t, req, body_max);
	*fault = (struct fault){.pointer = ""};
	if (document == NULL) {
		fault->detail = "the form is malformed, or its Content-Type "
				"names no boundary";
		return OUTCOME_BAD_JSON;
	}
	if (t->scope.failed || document->failed)
		return OUTCOME_UNAVAILABLE;
	res =
	    json_scan(&top, document->data, document->len, &fault->detail, &at);
	if (res == OUTCOME_BAD_JSON) {
		json_explain(t->detail,
		    (struct slice){document->data, document->len},
		    fault->detail, at);
		fault->detail = t->detail;
		if (document == &req->body && document->len > 0)
			fault->at = document->data + at;
	}
	if (res != OUTCOME_OK)
		return res;
	scope_find(&t->scope, ROOT_BODY, top);
	find_inner(t, top);
	t->values[t->dialect->roots[ROOT_ITEM]] = top;
	return t->scope.failed ? OUTCOME_UNAVAILABLE : OUTCOME_OK;
}

void
translate_blame(const struct translation *t, struct delivery *d,
    struct fault *fault)
{
	for (size_t i = 0; i < d->n && i < t->n; i++)
		if (t->why[i] != NULL &&
		    d->items[i].outcome == OUTCOME_INVALID) {
			d->items[i].fault.detail = t->why[i];
			if (t->why[i] == t->dialect->why)
				d->items[i].fault.pointer = "";
		}
	if (d->n == 1 && !d->is_batch)
		*fault = d->items[0].fault;
}

void
translation_reset(struct translation *t)
{
	t->dialect = NULL;
	t->n = t->skipped = t->kept = 0;
	t->is_batch = false;
	t->scope.work = 0;
	t->scope.failed = t->scope.is_over = false;
	buf_reset(&t->scope.scratch);
	buf_reset(&t->document);
	buf_reset(&t->inner);
	buf_reset(&t->strings);
	buf_reset(&t->events);
	buf_reset(&t->dropped);
}

void
translation_free(struct translation *t)
{
	buf_free(&t->scope.scratch);
	buf_free(&t->document);
	buf_free(&t->inner);
	buf_free(&t->strings);
	buf_free(&t->events);
	buf_free(&t->dropped);
}
