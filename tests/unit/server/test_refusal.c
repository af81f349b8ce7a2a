/* SPDX-License-Identifier: ISC */
#include "server/refusal.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "server/webhook.h"
#include "tap.h"

static char path[] = "/tmp/tocsin-refusal-XXXXXX";
static char text[1 << 16];

/* Return what was logged since the last call, without time and process. */
static const char *
logged(void)
{
	static FILE *f;
	const char *line;
	size_t n;

	if (f == NULL)
		f = fopen(path, "r");
	clearerr(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	line = strstr(text, ": ");
	return line == NULL ? "" : line + 2;
}

static struct request
request(const char *body, const char *agent)
{
	return (struct request){.method = "POST",
	    .body = {.data = (char *)(uintptr_t)body, .len = strlen(body)},
	    .user_agent = slice_of(agent)};
}

static void
test_line(void)
{
	const char *body = "{\n]";
	struct worker w = {.req = request(body, "curl/8 (x)")};
	struct fault fault = {.pointer = "", .detail = "it is so"};

	fault.at = body + 2;
	refusal_note(&w, SLICE("int_a"), OUTCOME_BAD_JSON, &fault, -1);
	is_str(logged(),
	    "refused integration=int_a dialect=pagertree status=400 "
	    "reason=bad_json offset=2 length=3 omitted=0 "
	    "agent=\"curl/8 (x)\": it is so\n",
	    "a document has a place");
	fault = (struct fault){.pointer = "/Title", .detail = "why"};
	refusal_note(&w, SLICE("int_a"), OUTCOME_INVALID, &fault, -1);
	is_str(logged(),
	    "refused integration=int_a dialect=pagertree status=422 "
	    "reason=invalid pointer=/Title length=3 omitted=0 "
	    "agent=\"curl/8 (x)\": why\n",
	    "an event a member");
	refusal_note(&w, SLICE("int_a"), OUTCOME_INVALID, &fault, 7);
	ok(strstr(logged(), " pointer=/7/Title ") != NULL,
	    "an item of a batch its number too");
	w.req = request("", NULL);
	w.req.content_length = "4000";
	fault = (struct fault){.pointer = ""};
	refusal_note(&w, (struct slice){0}, OUTCOME_NOT_FOUND, &fault, -1);
	is_str(logged(),
	    "refused integration= dialect=pagertree status=404 "
	    "reason=not_found length=4000 omitted=0 agent=\"\": no such path; "
	    "send events to /integration/int_...\n",
	    "what is not there is left out");
	refusal_note(&w, SLICE("int_a"), OUTCOME_CREATED, &fault, -1);
	refusal_note(&w, SLICE("int_a"), OUTCOME_QUEUED, &fault, -1);
	refusal_note(&w, SLICE("int_a"), OUTCOME_UNAVAILABLE, &fault, -1);
	is_str(logged(), "", "what is no refusal is not logged as one");
}

/* A sender must not forge a line, a field, or what a terminal does. */
static void
test_hostile(void)
{
	char agent[3000], *end;
	struct worker w = {
	    .req = request("", "a\" reason=x\r\nfake\x1b[2J\\\xff\t")};
	struct fault fault = {.pointer = ""};
	const char *line;

	w.req.token = SLICE("t0ken");
	refusal_note(&w, SLICE("int_a"), OUTCOME_FORBIDDEN, &fault, -1);
	line = logged();
	ok(strstr(line, "agent=\"a? reason=x??fake?[2J???\": ") != NULL,
	    "a User-Agent stays between its quotes");
	ok(strstr(line, "t0ken") == NULL, "a token is not logged");
	memset(agent, '"', sizeof(agent));
	agent[sizeof(agent) - 1] = '\0';
	w.req = request("", agent);
	refusal_note(&w, SLICE("int_a"), OUTCOME_FORBIDDEN, &fault, -1);
	end = strchr(logged(), '\n');
	ok(end != NULL && end[1] == '\0' && end - text < 512,
	    "a line is one, and no longer than any");
}

static void
test_limit(void)
{
	static struct dialect dialect = {.name = {"oncall", 6}};
	struct metrics *metrics = metrics_open(-1);
	struct worker w = {.metrics = metrics, .req = request("", "x")};
	struct fault fault = {.pointer = ""};
	struct buf b = {.max = 1 << 16};

	for (int i = 0; i < 5; i++)
		refusal_note(&w, SLICE("int_a"), OUTCOME_FORBIDDEN, &fault, -1);
	ok(strstr(strstr(logged(), "refused ") + 1, "refused ") == NULL,
	    "of five in a row one is logged");
	refusal_note(&w, SLICE("int_b"), OUTCOME_DISABLED, &fault, -1);
	refusal_note(&w, SLICE("int_b"), OUTCOME_INVALID, &fault, -1);
	refusal_note(&w, SLICE("int_c"), OUTCOME_UNKNOWN_INTEGRATION, &fault,
	    -1);
	refusal_note(&w, SLICE("int_c"), OUTCOME_INVALID, &fault, -1);
	refusal_know(&w, SLICE("int_c"));
	refusal_note(&w, SLICE("int_c"), OUTCOME_INVALID, &fault, -1);
	w.dialect = &dialect;
	refusal_note(&w, SLICE("int_c"), OUTCOME_FORBIDDEN, &fault, -1);
	ok(strstr(logged(), "integration=int_c dialect=oncall status=403 ") !=
		NULL,
	    "the line has the dialect");
	w.dialect = NULL;
	w.is_foreign = true;
	refusal_know(&w, SLICE("int_c"));
	refusal_note(&w, SLICE("int_c"), OUTCOME_NOT_FOUND, &fault, -1);
	ok(strstr(logged(), "integration=int_c dialect=unknown status=404 ") !=
		NULL,
	    "one that is none is unknown");
	metrics_print(metrics, &b);
	buf_append(&b, "", 1);
	ok(strstr(b.data,
	       "\"int_a\",dialect=\"pagertree\","
	       "reason=\"forbidden\"} 5\n") != NULL,
	    "but all are counted");
	ok(strstr(b.data,
	       "\"int_b\",dialect=\"pagertree\","
	       "reason=\"invalid\"} 1\n") != NULL,
	    "a verdict of the database makes an integration known");
	ok(strstr(b.data,
	       "\"int_c\",dialect=\"oncall\","
	       "reason=\"forbidden\"} 1\n") != NULL,
	    "and its dialect");
	ok(strstr(b.data,
	       "\"int_c\",dialect=\"unknown\","
	       "reason=\"not_found\"} 1\n") != NULL,
	    "as well as that it is unknown");
	ok(strstr(b.data,
	       "\"\",dialect=\"\","
	       "reason=\"invalid\"} 1\n") != NULL &&
		strstr(b.data,
		    "\"int_c\",dialect=\"pagertree\","
		    "reason=\"invalid\"} 1\n") != NULL,
	    "none that says there is no such one");
	buf_free(&b);
	metrics_close(metrics);
}

/* At debug each event has a line, with a reason wherever there is one. */
static void
test_debug(void)
{
	struct item items[3] = {
	    {.outcome = OUTCOME_INVALID, .fault = {.detail = "why"}},
	    {.outcome = OUTCOME_IGNORED, .receipt = {.reason = "unknown_id"}},
	    {.outcome = OUTCOME_FORBIDDEN},
	};
	struct worker w = {.delivery = {.n = 1, .items = items}};

	log_open(path, LOG_DEBUG_LEVEL);
	w.delivery.from.integration_id = SLICE("int_a");
	webhook_note(&w);
	ok(strstr(logged(), " integration int_a: invalid: why\n") != NULL,
	    "an invalid one its fault");
	w.delivery.items++;
	webhook_note(&w);
	ok(strstr(logged(), ": ignored: unknown_id\n") != NULL,
	    "an ignored one its reason");
	w.delivery.items++;
	webhook_note(&w);
	ok(strstr(logged(), ": forbidden\n") != NULL, "another its outcome");
}

int
main(void)
{
	close(mkstemp(path));
	log_open(path, LOG_INFO_LEVEL);
	test_line();
	test_hostile();
	test_limit();
	test_debug();
	unlink(path);
	return done_testing();
}
