/* SPDX-License-Identifier: ISC */
#include "event/delivery.h"

#include <stdlib.h>

#include "tap.h"

#define GOOD "{\"event_type\":\"create\",\"Title\":\"t\"}"
#define HUGE "{\"event_type\":\"create\",\"Title\":\"t\",\"Meta\":[1,2e400]}"

static struct delivery d;
static struct fault fault;
static struct buf body = {.max = 1 << 16};

static enum outcome
parse(const char *text)
{
	delivery_reset(&d);
	buf_reset(&body);
	buf_puts(&body, text);
	return delivery_parse(&d, &body, &fault);
}

/* A body that is not JSON, or not to be stored, and what its sender is told. */
static const struct {
	const char *text, *pointer, *detail;
} bad[] = {
    {"", "", "the text is empty at line 1, column 1 (offset 0)"},
    {"{\n\"a\":1,}", "",
	"a member without a key in double quotes at line 2, column 7 (offset 8)"
	": remove the comma before it"},
    {"[" GOOD "," GOOD, "",
	"the text ends before the document does at line 1, column 73 "
	"(offset 72): was it cut short?"},
    {"7", "", "the body must be a JSON object or an array of objects"},
    {"{\"event_type\":\"create\",\"Title\":\"t\",\n\"Meta\":{\"a\":1e401}}",
	"/Meta",
	"Meta has a number that is over 400 digits long, written out, at line "
	"2, column 13 "
	"(offset 48)"},
};

static void
test_bad(void)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(parse(bad[i].text), OUTCOME_BAD_JSON, bad[i].text);
		is_str(fault.detail, bad[i].detail, "its sender is told where");
		is_str(fault.pointer, bad[i].pointer, "and in which member");
	}
}

static void
test_batch(void)
{
	is_int(parse("[]"), OUTCOME_INVALID, "an empty batch");
	is_int((int)d.n, 0, "has no items");
	is_int(parse("[" GOOD ",[],7," HUGE "," GOOD "]"), OUTCOME_OK,
	    "a batch with invalid items is taken");
	is_int((int)d.n, 5, "with all of its items");
	for (size_t i = 0; i < d.n; i++)
		is_int(d.items[i].outcome,
		    i == 0 || i == 4 ? OUTCOME_OK : OUTCOME_INVALID,
		    "the outcome of each is its own");
	is_str(d.items[3].fault.pointer, "/Meta", "a number too long");
	is_int(parse("[" HUGE "]"), OUTCOME_INVALID, "one with nothing else");
}

/* A batch of n events. */
static enum outcome
parse_many(size_t n)
{
	struct buf text = {.max = n * sizeof(GOOD) + 3};
	enum outcome res;

	for (size_t i = 0; i < n; i++) {
		buf_puts(&text, i == 0 ? "[" : ",");
		buf_puts(&text, GOOD);
	}
	buf_append(&text, "]", 2);
	res = parse(text.data);
	buf_free(&text);
	return res;
}

static void
test_long_batch(void)
{
	is_int(parse_many(EVENT_BATCH_MAX), OUTCOME_OK, "a thousand events");
	is_int((int)d.n, EVENT_BATCH_MAX, "are taken");
	is_int(parse_many(EVENT_BATCH_MAX + 1), OUTCOME_INVALID, "one more");
	is_int((int)d.n, 0, "and none is");
	is_str(fault.detail, "the batch is too long; send at most 1000 events",
	    "and the sender told why");
}

#define LONG_ID "{\"event_type\":\"create\",\"Id\":1e500,\"Title\":\"t\"}"
#define QUOTED "\"{\\\"event_type\\\":\\\"resolve\\\",\\\"Id\\\":\\\"q\\\"}\""

/* Bodies whose events are elsewhere, and what of them is an event. */
static const struct {
	const char *key, *text, *raw; /* raw: NULL = none is */
	const char *name;
} wrapped[] = {
    {"/a", "{\"a\":" GOOD "}", GOOD, "in a member"},
    {"/a/b", "{\"a\":{\"b\":" GOOD "}}", GOOD, "in a member of a member"},
    {"/a/1", "{\"a\":[0," GOOD "]}", GOOD, "in an array"},
    {"/a~1b/~0 c", "{\"a/b\":{\"~ c\":" GOOD "}}", GOOD, "behind odd names"},
    {"/a", "{\"a\":" HUGE ",\"\\u0061\":" GOOD "}", GOOD,
	"in the last of equal members"},
    {"/a", "{\"a\":" QUOTED "}", "{\"event_type\":\"resolve\",\"Id\":\"q\"}",
	"in a string"},
    {"/a", "[{\"a\":" GOOD "}]", GOOD, "in an item of a batch"},
    {"/a", GOOD, GOOD, "without the member, the body itself"},
    {"/event_type", GOOD, GOOD, "nor is a string that is no JSON one"},
    {"/a", "{\"a\":\"[1]\",\"event_type\":\"create\",\"Title\":\"t\"}",
	"{\"a\":\"[1]\",\"event_type\":\"create\",\"Title\":\"t\"}",
	"nor one with another JSON"},
    {"", "{\"a\":" GOOD "}", NULL, "without a key, no member is looked at"},
    {"/a", "{\"a\":[" GOOD "]}", NULL, "an array is no event"},
    {"/a", "{\"a\":\"\"}", NULL, "nor is an empty string"},
    {"/a", "{\"a\":\"{\\\"a\\\":\"}", NULL, "nor what is cut short"},
    {"/a", "{\"a\":{}}", NULL, "nor is an empty object"},
};

static enum outcome
parse_wrapped(const char *key, const char *text)
{
	delivery_reset(&d);
	buf_reset(&body);
	buf_puts(&body, text);
	snprintf(d.from.wrapper, sizeof(d.from.wrapper), "%s", key);
	d.is_wrapped = true;
	return delivery_parse(&d, &body, &fault);
}

static void
test_wrapped(void)
{
	for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++) {
		enum outcome res =
		    parse_wrapped(wrapped[i].key, wrapped[i].text);
		const char *raw = wrapped[i].raw;

		is_int(res, raw == NULL ? OUTCOME_INVALID : OUTCOME_OK,
		    wrapped[i].name);
		if (raw != NULL)
			ok(slice_equal(d.items[0].ev.raw, slice_of(raw)),
			    "is what becomes of it");
	}
	parse_wrapped("/a", "{\"b\":1}");
	is_str(fault.detail,
	    "the wrapper key of this integration points to no object in the "
	    "body, and the body itself is no event",
	    "a body that is neither is told so");
	parse_wrapped("/a", "{\"a\":{\"event_type\":\"baaad\"}}");
	is_str(fault.pointer, "/event_type", "an event has its own faults");
	is_int(parse("{\"a\":" GOOD "}"), OUTCOME_INVALID,
	    "the next request is as it was");
}

/* Where an event was in a string, an offset in the body tells nothing. */
static void
test_wrapped_number(void)
{
	char text[256] = "{\"a\":\"", *p = text + strlen(text);

	for (const char *c = LONG_ID; *c != '\0'; c++) {
		if (*c == '"')
			*p++ = '\\';
		*p++ = *c;
	}
	strcpy(p, "\"}");
	is_int(parse_wrapped("/a", text), OUTCOME_BAD_JSON, "a long number");
	is_str(fault.detail,
	    "Id has a number that is over 400 digits long, written out, at "
	    "line 1, column 29 (offset 28)",
	    "is told by its place in the string");
	ok(fault.at == NULL, "not in the body");
}

int
main(void)
{
	test_bad();
	test_batch();
	test_long_batch();
	test_wrapped();
	test_wrapped_number();
	delivery_free(&d);
	buf_free(&body);
	return done_testing();
}
