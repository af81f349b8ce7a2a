/* SPDX-License-Identifier: ISC */
#include "server/webhook.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "server/fake_intake.h"
#include "tap.h"

/* What is refused by its headers alone, before its body is read. */
static const struct {
	const char *type, *encoding;
	enum outcome outcome;
	const char *detail; /* NULL: the usual one */
	const char *name;
} refusals[] = {
    {NULL, NULL, OUTCOME_NOT_JSON, NULL, "no type"},
    {"text/plain", NULL, OUTCOME_NOT_JSON, NULL, "a type that is not JSON"},
    {"application/jsonp", NULL, OUTCOME_NOT_JSON, NULL, "nor is this one"},
    {"text/plain", "gzip", OUTCOME_NOT_JSON, NULL, "the type goes first"},
    {"application/json", "gzip", OUTCOME_ENCODED,
	"Content-Encoding gzip is not accepted; send identity",
	"an encoding is named"},
    {"application/json", "GZIP", OUTCOME_ENCODED,
	"Content-Encoding GZIP is not accepted; send identity",
	"as it was sent"},
    {"application/json", "br, gzip", OUTCOME_ENCODED,
	"Content-Encoding br is not accepted; send identity",
	"of several, the first"},
    {"application/json", "identity, gzip", OUTCOME_ENCODED,
	"Content-Encoding gzip is not accepted; send identity", "that encodes"},
    {"application/json", "x-<script>", OUTCOME_ENCODED,
	"Content-Encoding x- is not accepted; send identity",
	"only what a name may have is repeated"},
    {"application/json", "\"\r\n\xff", OUTCOME_ENCODED, NULL,
	"what is no name is not"},
    {"application/json", "12345678901234567890123456789012345", OUTCOME_ENCODED,
	"Content-Encoding 12345678901234567890123456789012 is not accepted;"
	" send identity",
	"a long name is cut short"},
};

static void
check_refusal(size_t i)
{
	const struct conf conf = {.body_max = 100};
	struct worker w = {.conf = &conf,
	    .req = {.method = "POST",
		.content_type = refusals[i].type,
		.content_encoding = slice_of(refusals[i].encoding)}};
	struct route route = {.rest = SLICE("int_a")};
	const char *detail = refusals[i].detail;
	char want[200];

	if (detail == NULL)
		detail = reply_detail(refusals[i].outcome);
	snprintf(want, sizeof(want), "\"status\":415,\"detail\":\"%s\"}\n",
	    detail);
	reply_begin(&w.reply);
	webhook(&w, &route);
	is_int(w.reply.status, 415, refusals[i].name);
	ok(memmem(w.reply.body.data, w.reply.body.len, want, strlen(want)) !=
		NULL,
	    detail);
	endpoint_free(&w);
}

/* The hash that a request goes to the database with; its body is empty. */
static struct origin
origin_of(struct slice token, bool is_repeated)
{
	const struct conf conf = {.body_max = 100};
	struct worker w = {.conf = &conf,
	    .req = {.method = "POST",
		.content_type = "application/json",
		.content_length = "0",
		.token = token,
		.hops = 2,
		.token_repeated = is_repeated}};
	struct route route = {.rest = SLICE("int_a")};
	struct origin from;

	reply_begin(&w.reply);
	webhook(&w, &route);
	is_int(w.reply.status, 400, "an empty body is no JSON");
	from = w.delivery.from;
	endpoint_free(&w);
	return from;
}

static void
test_token(void)
{
	static const unsigned char nobodys[DIGEST_BYTES];
	unsigned char hash[DIGEST_BYTES];
	struct origin from = origin_of((struct slice){NULL, 0}, false);

	ok(!from.has_token, "no token is none");
	is_int(from.hops, 2, "its hops go along");
	from = origin_of(SLICE(""), false);
	ok(from.has_token, "an empty one is one");
	from = origin_of(SLICE("secret"), false);
	digest_sha256("secret", 6, hash);
	ok(from.has_token && memcmp(from.token_hash, hash, sizeof(hash)) == 0,
	    "a token is hashed");
	from = origin_of(SLICE("secret"), true);
	ok(from.has_token &&
		memcmp(from.token_hash, nobodys, sizeof(hash)) == 0,
	    "two are nobody's");
}

static bool
replies(const struct worker *w, const char *words)
{
	return memmem(w->reply.body.data, w->reply.body.len, words,
		   strlen(words)) != NULL;
}

static void
test_too_large(void)
{
	const struct conf conf = {.body_max = 2048};
	struct worker w = {.conf = &conf,
	    .req = {.method = "POST",
		.content_type = "application/json",
		.content_length = "2049"}};
	struct route route = {.rest = SLICE("int_a")};

	reply_begin(&w.reply);
	webhook(&w, &route);
	is_int(w.reply.status, 413, "a body over the limit");
	ok(replies(&w,
	       "the body is over 2048 bytes, the limit set by the key "
	       "body_max"),
	    "its sender is told which one, and who sets it");
	endpoint_free(&w);
}

static void
test_forbidden(void)
{
	struct request req = {0};

	is_str(webhook_forbidden(&req), "the pagertree-token header is missing",
	    "no token");
	req.token = SLICE("x");
	is_str(webhook_forbidden(&req), "the pagertree-token header is wrong",
	    "a wrong one");
	req.token_repeated = true;
	is_str(webhook_forbidden(&req), "there are two pagertree-token headers",
	    "two");
}

/* What a GET gets: a page for people, a problem for programs. */
static void
test_method(void)
{
	static const struct {
		const char *method, *accept;
		bool is_page;
	} cases[] = {
	    {"GET", "text/html,application/xhtml+xml;q=0.9", true},
	    {"HEAD", "text/html", true},
	    {"GET", "*/*", false},
	    {"GET", "", false},
	    {"GET", "application/json", false},
	    {"PUT", "text/html", false},
	};
	struct route route = {.rest = SLICE("int_a")};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct worker w = {.req = {.method = cases[i].method,
				       .accept = cases[i].accept}};

		reply_begin(&w.reply);
		webhook_refuse(&w, &route, OUTCOME_BAD_METHOD);
		is_int(w.reply.status, 405, cases[i].accept);
		is_str(w.reply.type,
		    cases[i].is_page ? "text/html; charset=utf-8"
				     : "application/problem+json",
		    "has the type that was asked for");
		ok(replies(&w, "POST") && replies(&w, "event_type"),
		    "and says what to send");
		ok(replies(&w, "curl -H") == cases[i].is_page,
		    "to a person how");
		endpoint_free(&w);
	}
}

/* Standard input is the body, as under CGI. */
static void
set_body(const char *body)
{
	int fds[2];

	if (pipe(fds) == -1 ||
	    write(fds[1], body, strlen(body)) != (ssize_t)strlen(body) ||
	    dup2(fds[0], STDIN_FILENO) == -1)
		exit(1);
	close(fds[0]);
	close(fds[1]);
}

static int
post(const char *body, const char *length)
{
	const struct conf conf = {.body_max = 100, .database_timeout = 1000};
	struct worker w = {.conf = &conf,
	    .req = {.method = "POST",
		.content_type = "application/json",
		.content_length = length}};
	struct route route = {.rest = SLICE("int_a")};
	int status;

	set_body(body);
	fake.asked = fake.stored = 0;
	reply_begin(&w.reply);
	webhook(&w, &route);
	status = w.reply.status;
	endpoint_free(&w);
	return status;
}

static void
test_sender(void)
{
	static const char event[] =
	    "{\"event_type\":\"create\",\"Title\":\"t\"}";
	char left;

	fake.verdict = OUTCOME_FORBIDDEN;
	is_int(post(event, NULL), 403, "a stranger is refused");
	is_int(read(STDIN_FILENO, &left, 1), 1, "before its body is read");
	is_int(post("{", "1"), 403, "whatever it is");
	fake.verdict = OUTCOME_UNKNOWN_INTEGRATION;
	is_int(post("{", "1"), 404, "so is one of no integration");
	fake.verdict = OUTCOME_DISABLED;
	is_int(post("{", "1"), 405, "or of one that is disabled");
	fake.verdict = OUTCOME_UNAVAILABLE;
	is_int(post("{", "1"), 503, "one that nobody knows comes again");
	is_int(post("{", "101"), 413, "a body is too large for anybody");
	is_int(fake.asked, 0, "who is not asked for");
	fake.verdict = OUTCOME_OK;
	is_int(post("{", "1"), 400, "of who may send, the body is judged");
	is_int(fake.stored, 0, "before it is stored");
	fake.took = 300;
	post(event, NULL);
	is_int(fake.stored, 1, "an event is stored");
	ok(fake.left <= 700 && fake.left > 300,
	    "in the time that the question has left");
	fake.took = 0;
	strcpy(fake.wrapper, "/a");
	post("{\"a\":{\"event_type\":\"create\",\"Title\":\"t\"}}", NULL);
	is_int(fake.stored, 1, "so is one in another, where its sender has it");
	fake.wrapper[0] = '\0';
}

#define EVENT "{\"event_type\":\"create\",\"Title\":\"t\"}"
#define EVENTS_4 EVENT "," EVENT "," EVENT "," EVENT
#define EVENTS_16 EVENTS_4 "," EVENTS_4 "," EVENTS_4 "," EVENTS_4

#define ALERTS                                                                 \
	"{\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\","           \
	"\"labels\":{\"alertname\":\"a\"},\"fingerprint\":\"f\"}]}"

/* How a request that has arrived whole goes on. */
static const struct {
	const char *type, *length, *body;
	enum outcome verdict; /* on its sender */
	const char *dialect; /* NULL = none */
	enum endpoint_step want;
	bool is_read;
	const char *name;
} steps[] = {
    {"application/json", NULL, EVENT, OUTCOME_OK, NULL, ENDPOINT_PARK, true,
	"an event is parked"},
    {"application/json", NULL, "[" EVENTS_16 "]", OUTCOME_OK, NULL,
	ENDPOINT_PARK, true, "so are a few"},
    {"application/json", NULL, "[" EVENTS_16 "," EVENT "]", OUTCOME_OK, NULL,
	ENDPOINT_STORE, true, "of more the reply may be long"},
    {"application/json", NULL, "{", OUTCOME_OK, NULL, ENDPOINT_FINISH, true,
	"a bad body is refused at once"},
    {"application/json", "99", "{", OUTCOME_OK, NULL, ENDPOINT_FINISH, true,
	"so is one cut short"},
    {"application/json", NULL, EVENT, OUTCOME_FORBIDDEN, NULL, ENDPOINT_ANSWER,
	false, "of a stranger nothing is read"},
    {"application/json", "1001", EVENT, OUTCOME_OK, NULL, ENDPOINT_ANSWER,
	false, "nor of what is too large"},
    {"text/plain", NULL, EVENT, OUTCOME_OK, NULL, ENDPOINT_ANSWER, false,
	"nor of what is not JSON"},
    {"application/json", NULL, EVENT, OUTCOME_OK, "icinga-2", ENDPOINT_ANSWER,
	false, "nor of a dialect that there is not"},
    {"application/json", NULL, EVENT, OUTCOME_OK, "pagerduty", ENDPOINT_ANSWER,
	false, "nor of one that has its token in there"},
    {"application/json", NULL, ALERTS, OUTCOME_FORBIDDEN, "alertmanager",
	ENDPOINT_ANSWER, false, "nor of another one's stranger"},
    {"application/json", NULL, ALERTS, OUTCOME_OK, "alertmanager",
	ENDPOINT_PARK, true, "what a dialect makes events of is parked"},
    {"application/json", NULL, "{}", OUTCOME_OK, "alertmanager",
	ENDPOINT_FINISH, true, "what it cannot read is refused at once"},
};

static void
test_begin(size_t i)
{
	const struct conf conf = {.body_max = 1000};
	struct worker w = {.conf = &conf,
	    .dialects = dialects_open(""),
	    .req = {.method = "POST",
		.query = "",
		.content_type = steps[i].type,
		.content_length = steps[i].length},
	    .route = {.rest = SLICE("int_a")}};
	char left;

	if (steps[i].dialect != NULL)
		w.route.dialect = slice_of(steps[i].dialect);
	set_body(steps[i].body);
	fake.asked = fake.stored = 0;
	fake.verdict = steps[i].verdict;
	reply_begin(&w.reply);
	is_int(webhook_begin(&w), steps[i].want, steps[i].name);
	is_int(fake.asked + fake.stored, 0, "and nobody is waited for");
	is_int(read(STDIN_FILENO, &left, 1), !steps[i].is_read,
	    "the body is read, or still there");
	if (steps[i].want == ENDPOINT_FINISH) {
		webhook_finish(&w);
		ok(w.reply.status >= 400, "the reply says why");
	}
	endpoint_free(&w);
	dialects_close(w.dialects);
}

int
main(void)
{
	if (freopen("/dev/null", "r", stdin) == NULL)
		return 1;
	log_open("/dev/null", LOG_WARN_LEVEL);
	test_too_large();
	test_forbidden();
	test_method();
	test_token();
	test_sender();
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		check_refusal(i);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		test_begin(i);
	return done_testing();
}
