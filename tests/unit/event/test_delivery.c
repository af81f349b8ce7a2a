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

int
main(void)
{
	test_bad();
	test_batch();
	delivery_free(&d);
	buf_free(&body);
	return done_testing();
}
