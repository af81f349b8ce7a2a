/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/translate.h"

/*
 * Any file is a sound dialect or has a fault; a sound one makes JSON of any
 * of these bodies.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX_BYTES 4096

static const char *const bodies[] = {
    "{}",
    "[]",
    "{\"status\":\"firing\",\"alerts\":[{\"status\":\"resolved\","
    "\"labels\":{\"a\":\"b\",\"\\u0000\":[1,{\"c\":null}]}},7,{}],"
    "\"Message\":\"{\\\"a\\\":1}\",\"id\":17,\"text\":\" \\n\"}",
    "a=1&b=%00&a=%ff",
};

static void
must(int truth)
{
	if (!truth)
		abort();
}

static void
try_body(struct translation *t, struct dialect *d, const char *body)
{
	struct request req = {.method = "POST", .query = "a=1"};
	struct fault fault;
	struct json_value top;
	const char *why;
	size_t at;

	req.content_type = "application/x-www-form-urlencoded";
	req.body.max = BODY_MAX_BYTES;
	buf_puts(&req.body, body);
	translation_reset(t);
	t->dialect = d;
	if (translate_route(t, "POST", SLICE("a/b")) == OUTCOME_UNAVAILABLE)
		abort();
	memset(t->fits, 1, sizeof(t->fits));
	if (translate_read(t, &req, BODY_MAX_BYTES, &fault) == OUTCOME_OK &&
	    translate_write(t, &fault) == OUTCOME_OK && t->n > 0)
		must(json_scan(&top, t->events.data, t->events.len, &why,
			 &at) == OUTCOME_OK);
	buf_free(&req.body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct translation *t;
	char error[DIALECT_ERROR_BYTES];
	struct dialect *d;

	if (t == NULL)
		t = calloc(1, sizeof(*t));
	d = dialect_read(SLICE("x"), (const char *)data, size, error);
	must((d == NULL) == (error[0] != '\0'));
	if (d == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		try_body(t, d, bodies[i]);
	dialect_free(d);
	return 0;
}
