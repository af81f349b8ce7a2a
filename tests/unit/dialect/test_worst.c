/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "dialect/builtin.h"
#include "dialect_fixture.h"

#define WORST_BYTES (2 * 1024 * 1024)
/* Several times what a request may take, for sanitizers. */
#define WORST_MS 1000

/* A body of WORST_BYTES: these around as many copies of the middle. */
static const struct {
	const char *before, *again, *after;
	const char *name;
} bodies[] = {
    {"{\"alerts\":[{\"status\":\"firing\",\"labels\":{", "\"k\":\"v\",",
	"\"a\":1}}]}", "a wide object"},
    {"{\"status\":\"firing\",\"labels\":{", "\"severity\":1,",
	"\"severity\":\"page\"}}", "equal keys"},
    {"{", "\"alerts\":[{}],\"Message\":\"{}\",\"body\":{},", "\"a\":1}",
	"equal keys that pointers have"},
    {"{\"status\":\"firing\",\"message\":\"", "\\u0020", "\"}",
	"a blank text of escapes"},
    {"{\"type\":\"PROBLEM\",\"host\":\"", "\\u0041", "\"}",
	"a long text of escapes"},
    {"{\"alerts\":[", "[[[[[[[[[[[[]]]]]]]]]]]],", "{}]}", "deep arrays"},
    {"{\"tags\":[", "{\"name\":\"\"},", "{}],\"message\":\"m\"}",
	"a list that yields no tags"},
    {"{\"tags\":\"", ",", "\"}", "a text of separators"},
};

/* Copies that all events make of one member. */
static const char shared[] =
    "{\"status\":\"firing\",\"externalURL\":\"%0*d\",\"alerts\":[";

static double
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Translate a body by every dialect; true if time and memory are bounded. */
static bool
is_bounded(struct translation *t, struct request *req)
{
	char error[DIALECT_ERROR_BYTES];
	bool good = true;

	for (const struct builtin *b = builtins; b->name != NULL; b++) {
		struct dialect *d = dialect_read(slice_of(b->name),
		    (const char *)b->text, b->len, error);
		struct fault fault;
		double start = cpu_ms();
		const char *path =
		    d->has_ons && b->name[0] == 'o' ? "v2/alerts" : "";

		translation_reset(t);
		t->dialect = d;
		if (translate_route(t, "POST", slice_of(path)) == OUTCOME_OK &&
		    translate_read(t, req, WORST_BYTES, &fault) == OUTCOME_OK)
			translate_write(t, &fault);
		good &= cpu_ms() - start < WORST_MS;
		good &= t->events.cap + t->inner.cap + t->document.cap +
			t->scope.scratch.cap <=
		    10UL * WORST_BYTES;
		if (!good)
			printf("# %s: %.0f ms\n", b->name, cpu_ms() - start);
		dialect_free(d);
	}
	return good;
}

int
main(void)
{
	struct translation *t = calloc(1, sizeof(*t));
	struct request req = {.method = "POST", .query = ""};
	struct buf *b = &req.body;

	req.content_type = "application/json";
	b->max = WORST_BYTES + 4096;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		buf_reset(b);
		buf_puts(b, bodies[i].before);
		while (b->len < WORST_BYTES - 100)
			buf_puts(b, bodies[i].again);
		buf_puts(b, bodies[i].after);
		ok(is_bounded(t, &req), bodies[i].name);
	}
	for (int len = 300; len <= 2000000; len = len < 3000 ? 3000 : 2000000) {
		buf_reset(b);
		buf_printf(b, shared, len, 0);
		for (int i = 1; i < TRANSLATE_EACH_MAX; i++)
			buf_puts(b, "{\"status\":\"firing\"},");
		buf_puts(b, "{}]}");
		ok(is_bounded(t, &req), "a member that 5000 events share");
		if (len == 2000000)
			break;
	}
	buf_free(b);
	translation_free(t);
	free(t);
	return done_testing();
}
