/* SPDX-License-Identifier: ISC */
#include "http/reply.h"

#include <stdlib.h>

#include "base/timing.h"
#include "tap.h"

#define COMMON "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

static struct reply rep;
static struct buf head = {.max = 4096};

/* The head, without the length of the body. */
static void
is_head(const char *status, const char *more, const char *name)
{
	char want[512];

	buf_reset(&head);
	reply_head(&rep, &head);
	snprintf(want, sizeof(want),
	    "Status: %s\r\nContent-Type: application/problem+json\r\n"
	    "Content-Length: %zu\r\n%s" COMMON "\r\n",
	    status, rep.body.len, more);
	is_bytes(head.data, head.len, want, name);
}

/* Every outcome that a sender may be told of as a problem. */
static const struct {
	enum outcome outcome;
	const char *status, *title, *headers;
} problems[] = {
    {OUTCOME_BAD_JSON, "400 Bad Request", "Not JSON", ""},
    {OUTCOME_FORBIDDEN, "403 Forbidden", "Forbidden", ""},
    {OUTCOME_UNKNOWN_INTEGRATION, "404 Not Found", "Unknown integration", ""},
    {OUTCOME_NOT_FOUND, "404 Not Found", "Not found", ""},
    {OUTCOME_DISABLED, "405 Method Not Allowed", "Integration disabled",
	"Allow: \r\n"},
    {OUTCOME_BAD_METHOD, "405 Method Not Allowed", "Method not allowed", ""},
    {OUTCOME_TOO_LARGE, "413 Content Too Large", "Too large", ""},
    {OUTCOME_NOT_JSON, "415 Unsupported Media Type", "Unsupported media type",
	""},
    {OUTCOME_ENCODED, "415 Unsupported Media Type", "Unsupported media type",
	"Accept-Encoding: identity\r\n"},
    {OUTCOME_INVALID, "422 Unprocessable Content", "Invalid event", ""},
    {OUTCOME_INCOMPLETE, "503 Service Unavailable", "Incomplete body",
	"Retry-After: 5\r\n"},
    {OUTCOME_SHARE_USED, "503 Service Unavailable", "Unavailable",
	"Retry-After: 5\r\n"},
    {OUTCOME_UNAVAILABLE, "503 Service Unavailable", "Unavailable",
	"Retry-After: 5\r\n"},
};

#define PROBLEMS (sizeof(problems) / sizeof(problems[0]))

static void
test_problems(void)
{
	char want[512];

	is_int(RETRY_AFTER_S, 5, "the time to wait is that of the table");
	for (size_t i = 0; i < PROBLEMS; i++) {
		enum outcome o = problems[i].outcome;

		reply_begin(&rep);
		reply_problem(&rep, o, NULL);
		is_head(problems[i].status, problems[i].headers,
		    problems[i].status);
		is_int(rep.status, atoi(problems[i].status), "its number");
		snprintf(want, sizeof(want),
		    "{\"type\":\"about:blank\",\"title\":\"%s\","
		    "\"status\":%d,\"detail\":\"%s\"}\n",
		    problems[i].title, rep.status, reply_detail(o));
		is_bytes(rep.body.data, rep.body.len, want, "its document");
	}
}

/* Who is told a problem was told a title; who was not was accepted. */
static void
test_complete(void)
{
	for (int o = OUTCOME_OK + 1; o < OUTCOME_COUNT; o++) {
		size_t i = 0;

		while (i < PROBLEMS && problems[i].outcome != (enum outcome)o)
			i++;
		ok((i < PROBLEMS) != outcome_is_accepted((enum outcome)o),
		    i < PROBLEMS ? problems[i].title
				 : outcome_label((enum outcome)o));
	}
}

static bool
body_has(const char *words)
{
	return memmem(rep.body.data, rep.body.len, words, strlen(words)) !=
	    NULL;
}

static void
test_fault(void)
{
	struct fault fault = {.pointer = "/Title", .detail = "say \"why\""};
	struct fault bare = {.pointer = ""};

	reply_begin(&rep);
	reply_problem(&rep, OUTCOME_INVALID, &fault);
	is_bytes(rep.body.data, rep.body.len,
	    "{\"type\":\"about:blank\",\"title\":\"Invalid event\","
	    "\"status\":422,\"detail\":\"say \\\"why\\\"\",\"errors\":"
	    "[{\"pointer\":\"/Title\",\"detail\":\"say \\\"why\\\"\"}]}\n",
	    "a member at fault is named");
	reply_begin(&rep);
	reply_problem(&rep, OUTCOME_BAD_JSON, &fault);
	ok(body_has("/Title") && body_has("400"), "whatever the status");
	fault.pointer = "";
	reply_begin(&rep);
	reply_problem(&rep, OUTCOME_BAD_JSON, &fault);
	ok(!body_has("errors") && body_has("say"),
	    "where no member is at fault its detail alone is told");
	reply_begin(&rep);
	reply_problem(&rep, OUTCOME_INVALID, &bare);
	ok(body_has("a member breaks a rule") && !body_has("errors"),
	    "a fault without a detail is none");
}

static void
test_other(void)
{
	reply_begin(&rep);
	rep.status = 200;
	rep.type = "text/plain";
	buf_puts(&rep.head, "ETag: \"x\"\r\n");
	buf_puts(&rep.body, "hello");
	buf_reset(&head);
	reply_head(&rep, &head);
	is_bytes(head.data, head.len,
	    "Status: 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\nETag: \"x\"\r\n" COMMON "\r\n",
	    "a reply may have headers of its own");
	reply_problem(&rep, OUTCOME_UNAVAILABLE, NULL);
	is_head("503 Service Unavailable", "Retry-After: 5\r\n",
	    "a problem takes the place of all that was written");
	rep.allow = "GET, HEAD";
	is_head("503 Service Unavailable",
	    "Allow: GET, HEAD\r\nRetry-After: 5\r\n", "methods are listed");
	reply_begin(&rep);
	ok(rep.status == 0 && rep.body.len == 0 && rep.head.len == 0 &&
		rep.allow == NULL && !rep.retry,
	    "the next request finds nothing of it");
}

int
main(void)
{
	test_problems();
	test_complete();
	test_fault();
	test_other();
	buf_free(&head);
	reply_free(&rep);
	return done_testing();
}
