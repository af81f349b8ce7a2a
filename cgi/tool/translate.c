/* SPDX-License-Identifier: ISC */
#include "tool/translate.h"

#include <stdio.h>
#include <string.h>

/* Refuse a body for its headers, or for its length. */
static enum outcome
check(const struct translation *t, const struct request *req, long body_max)
{
	bool fits = t->dialect == NULL
	    ? request_is_type(req->content_type, "application/json")
	    : translate_accepts(t->dialect, req->content_type);

	if (!fits)
		return OUTCOME_NOT_JSON;
	if (request_encoding(req->content_encoding).p != NULL)
		return OUTCOME_ENCODED;
	return req->body.len > (size_t)body_max ? OUTCOME_TOO_LARGE
						: OUTCOME_OK;
}

/* The events of a body in PagerTree's format are those of the body. */
static enum outcome
translate_native(struct translation *t, struct request *req, struct delivery *d,
    struct fault *fault)
{
	enum outcome res;

	d->is_wrapped = true;
	res = delivery_parse(d, &req->body, fault);

	t->events.max = req->body.len;
	buf_append(&t->events, req->body.data, req->body.len);
	t->is_batch = d->is_batch;
	t->n = d->n;
	return res;
}

/* Find what serves the path; where nothing does, name one that is served. */
static enum outcome
find_path(struct translation *t, const char *path, const struct request *req,
    struct fault *fault)
{
	struct slice like = t->dialect->sample_path;
	enum outcome res = translate_route(t, req->method, slice_of(path));

	if (res != OUTCOME_NOT_FOUND)
		return res;
	snprintf(t->detail, sizeof(t->detail),
	    "the dialect has no such path%s%.*s",
	    like.len > 0 ? ": give one, like --path " : "", (int)like.len,
	    like.p);
	fault->detail = t->detail;
	return res;
}

enum outcome
tool_translate(struct translation *t, const char *path, struct request *req,
    long body_max, struct delivery *d, struct fault *fault)
{
	enum outcome res = OUTCOME_OK;

	*fault = (struct fault){.pointer = ""};
	if (t->dialect != NULL)
		res = find_path(t, path, req, fault);
	if (res == OUTCOME_OK && t->lookup != NULL)
		fault->detail = "this is a look-up, which has no event";
	if (res == OUTCOME_OK && t->lookup != NULL)
		return OUTCOME_NOT_FOUND;
	if (res == OUTCOME_OK)
		res = check(t, req, body_max);
	if (res != OUTCOME_OK)
		return res;
	if (t->dialect == NULL)
		return translate_native(t, req, d, fault);
	res = translate_read(t, req, (size_t)body_max, fault);
	if (res == OUTCOME_OK)
		res = translate_write(t, fault);
	if (res != OUTCOME_OK || t->n == 0)
		return res;
	d->batch_max = TRANSLATE_EACH_MAX;
	res = delivery_parse(d, &t->events, fault);
	translate_blame(t, d, fault);
	return res;
}

const char *
tool_wrapper_key(const char *text, char key[TOOL_WRAPPER_BYTES])
{
	if (text[0] == '/' || text[0] == '\0')
		return text;
	snprintf(key, TOOL_WRAPPER_BYTES, "/%s", text);
	for (char *p = key; *p != '\0'; p++)
		if (*p == '.')
			*p = '/';
	return key;
}

char *
tool_header(struct slice line)
{
	const char *colon =
	    line.len == 0 ? NULL : memchr(line.p, ':', line.len);
	size_t name = colon == NULL ? 0 : (size_t)(colon - line.p);
	size_t skip = name + 1;
	char *variable, *p;

	while (colon != NULL && skip < line.len && line.p[skip] == ' ')
		skip++;
	if (colon == NULL ||
	    asprintf(&variable, "HTTP_%.*s=%.*s", (int)name, line.p,
		(int)(line.len - skip), line.p + skip) == -1)
		return NULL;
	for (p = variable; *p != '='; p++)
		*p = *p == '-'               ? '_'
		    : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A')
					     : *p;
	return variable;
}
