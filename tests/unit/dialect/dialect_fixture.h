/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_FIXTURE_H
#define DIALECT_FIXTURE_H

#include <stdlib.h>

#include "dialect/translate.h"
#include "tap.h"

#define BODY_MAX_BYTES 4096

/* Copy text with double quotes for single ones. */
static inline char *
with_quotes(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

/* Read a dialect x, whose first lines are given here. */
static inline struct dialect *
dialect_of(const char *lines)
{
	char error[DIALECT_ERROR_BYTES], *text;
	struct dialect *d;

	if (asprintf(&text, "language = 1\ndialect = x\n%s", lines) == -1)
		abort();
	d = dialect_read(SLICE("x"), text, strlen(text), error);
	if (d == NULL)
		printf("# %s\n", error);
	free(text);
	return d;
}

/* Translate a body; the result is in t until translation_free(). */
static inline enum outcome
translate_body(struct translation *t, struct dialect *d, struct request *req,
    const char *path, const char *body)
{
	struct fault fault;
	enum outcome res;

	translation_reset(t);
	t->dialect = d;
	buf_reset(&req->body);
	req->body.max = 1 << 24;
	buf_puts(&req->body, body);
	res = translate_route(t, req->method, slice_of(path));
	if (res == OUTCOME_OK)
		res = translate_read(t, req, BODY_MAX_BYTES, &fault);
	if (res == OUTCOME_OK)
		res = translate_write(t, &fault);
	return res;
}

#endif
