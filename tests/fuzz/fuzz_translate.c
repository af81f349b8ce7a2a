/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/builtin.h"
#include "dialect/translate.h"

/*
 * Each built-in dialect takes any body.  The input is a line with the
 * dialect's name and the path below it, then the body.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX_BYTES 65536

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* Find the dialect of that name, or any; read each once. */
static struct dialect *
dialect_named(const char *name)
{
	static struct dialect *all[64];
	char error[DIALECT_ERROR_BYTES];
	size_t i = 0;

	while (builtins[i].name != NULL && strcmp(builtins[i].name, name) != 0)
		i++;
	if (builtins[i].name == NULL)
		i = 0;
	if (all[i] == NULL)
		all[i] = dialect_read(slice_of(builtins[i].name),
		    (const char *)builtins[i].text, builtins[i].len, error);
	must(all[i] != NULL);
	return all[i];
}

/* What was translated is JSON of limited length, and events or faults. */
static void
check(struct translation *t)
{
	static struct delivery d;
	struct fault fault;
	struct json_value top;
	const char *why;
	size_t at;
	enum outcome res;

	must(t->events.len <= 3 * BODY_MAX_BYTES + 3 * 65536);
	if (t->n == 0)
		return;
	must(json_scan(&top, t->events.data, t->events.len, &why, &at) ==
	    OUTCOME_OK);
	must((top.type == JSON_ARRAY) == t->is_batch);
	d.batch_max = TRANSLATE_EACH_MAX;
	res = delivery_parse(&d, &t->events, &fault);
	must(res == OUTCOME_OK || res == OUTCOME_INVALID);
	must(d.n == t->n);
	translate_blame(t, &d, &fault);
	for (size_t i = 0; i < d.n; i++)
		if (t->why[i] != NULL)
			must(d.items[i].outcome == OUTCOME_INVALID &&
			    d.items[i].fault.detail == t->why[i]);
	delivery_reset(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct translation *t;
	static struct request req;
	const char *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t line = end == NULL ? size : (size_t)(end - (const char *)data);
	char *name = strndup((const char *)data, line), *path = name;
	struct fault fault = {.pointer = NULL};
	enum outcome res;

	if (t == NULL)
		t = calloc(1, sizeof(*t));
	strsep(&path, " ");
	translation_reset(t);
	t->dialect = dialect_named(name);
	req.method = "POST";
	req.query = "";
	/* What begins as a part of a form is one. */
	req.content_type = size > line + 2 && data[line + 1] == '-'
	    ? "multipart/form-data; boundary=b"
	    : "application/x-www-form-urlencoded";
	buf_reset(&req.body);
	req.body.max = BODY_MAX_BYTES;
	if (size > line + 1)
		buf_append(&req.body, data + line + 1, size - line - 1);
	res = translate_route(t, req.method,
	    path == NULL ? SLICE("") : slice_of(path));
	if (res == OUTCOME_OK && !req.body.failed)
		res = translate_read(t, &req, BODY_MAX_BYTES, &fault);
	if (res == OUTCOME_OK && !req.body.failed)
		res = translate_write(t, &fault);
	must(res != OUTCOME_UNAVAILABLE);
	if (res == OUTCOME_OK && !req.body.failed)
		check(t);
	else if (res == OUTCOME_BAD_JSON || res == OUTCOME_INVALID)
		must(fault.detail != NULL);
	free(name);
	return 0;
}
