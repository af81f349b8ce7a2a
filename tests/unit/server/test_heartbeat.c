/* SPDX-License-Identifier: ISC */
#include "server/heartbeat.h"

#include <stdlib.h>

#include "base/log.h"
#include "server/fake_intake.h"
#include "server/webhook.h"
#include "tap.h"

#define A64 "a234567890123456789012345678901234567890123456789012345678901234"

/* A request, and its reply when it is stored with this result. */
static const struct {
	const char *below, *method;
	bool takes_get;
	enum outcome result;
	int status;
	const char *stored; /* the event; NULL: nothing */
	const char *reply; /* a part of it */
	const char *name;
} cases[] = {
    {"job", "POST", false, OUTCOME_IGNORED, 200,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/job\"}",
	"{\"outcome\":\"heard\",\"Id\":\"heartbeat/job\",\"event_id\":\"",
	"a ping is a resolve and is heard"},
    {"job/", "POST", false, OUTCOME_RESOLVED, 200,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/job\"}",
	"{\"outcome\":\"heard\"", "also one that ends an alert"},
    {"job", "POST", false, OUTCOME_QUEUED, 202,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/job\"}",
	"{\"outcome\":\"queued\"", "in an outage it is queued"},
    {"job", "POST", false, OUTCOME_UNAVAILABLE, 503,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/job\"}",
	"\"status\":503", "or the sender has to come again"},
    {"job/fail", "POST", false, OUTCOME_CREATED, 200,
	"{\"event_type\":\"create\",\"Id\":\"heartbeat/job\","
	"\"Title\":\"Heartbeat job failed\"}",
	"{\"outcome\":\"created\"", "a failure is a create"},
    {"A1._-b", "POST", false, OUTCOME_IGNORED, 200,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/A1._-b\"}", "\"heard\"",
	"a name may have these"},
    {A64, "POST", false, OUTCOME_IGNORED, 200,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/" A64 "\"}",
	"\"heard\"", "and 64 of them"},
    {A64 "5", "POST", false, OUTCOME_IGNORED, 404, NULL, "/heartbeat/NAME",
	"but not 65"},
    {"", "POST", false, OUTCOME_IGNORED, 404, NULL, "/heartbeat/NAME",
	"nor none"},
    {".a", "POST", false, OUTCOME_IGNORED, 404, NULL, "/heartbeat/NAME",
	"it does not begin with a dot"},
    {"a\"b", "POST", false, OUTCOME_IGNORED, 404, NULL, "/heartbeat/NAME",
	"and has no quotes"},
    {"job/failed", "POST", false, OUTCOME_IGNORED, 404, NULL, "/heartbeat/NAME",
	"nothing else lies below it"},
    {"job/fail/x", "POST", false, OUTCOME_IGNORED, 404, NULL, "/heartbeat/NAME",
	"nor below that"},
    {"job", "GET", false, OUTCOME_IGNORED, 405, NULL, "by POST;",
	"a GET is no ping"},
    {"job", "GET", true, OUTCOME_IGNORED, 200,
	"{\"event_type\":\"resolve\",\"Id\":\"heartbeat/job\"}", "\"heard\"",
	"unless it is wanted"},
    {"job", "HEAD", true, OUTCOME_IGNORED, 405, NULL, "by POST or GET",
	"a HEAD never is"},
    {"job", "PUT", true, OUTCOME_IGNORED, 405, NULL, "by POST or GET",
	"nor is a PUT"},
};

static const char *
stored_event(const struct worker *w, char text[256])
{
	const struct delivery *d = &w->delivery;

	if (fake.stored == 0 || d->n != 1)
		return NULL;
	snprintf(text, 256, "%.*s", (int)d->items[0].ev.raw.len,
	    d->items[0].ev.raw.p);
	return text;
}

static bool
replies(const struct worker *w, const char *words)
{
	return memmem(w->reply.body.data, w->reply.body.len, words,
		   strlen(words)) != NULL;
}

static void
test_case(size_t i)
{
	const struct conf conf = {.body_max = 100,
	    .database_timeout = 1000,
	    .heartbeat_get = cases[i].takes_get};
	struct worker w = {.conf = &conf,
	    .arriving_ms = 1,
	    .req = {.method = cases[i].method, .content_type = "text/plain"},
	    .route = {.rest = SLICE("int_a"),
		.dialect = SLICE("heartbeat"),
		.below = slice_of(cases[i].below)}};
	char text[256];
	bool is_get = strcmp(cases[i].method, "POST") != 0;

	if (w.route.below.len > 0 &&
	    w.route.below.p[w.route.below.len - 1] == '/')
		w.route.below.len--; /* as route_find() does */
	fake.asked = fake.stored = 0;
	fake.verdict = OUTCOME_OK;
	fake.result = cases[i].result;
	reply_begin(&w.reply);
	webhook(&w, &w.route);
	is_int(w.reply.status, cases[i].status, cases[i].name);
	is_str(stored_event(&w, text), cases[i].stored, "this is stored");
	ok(replies(&w, cases[i].reply), cases[i].reply);
	ok(w.arriving_ms != 0, "the rest of the request may arrive");
	if (cases[i].status == 405)
		is_str(w.reply.allow, cases[i].takes_get ? "GET, POST" : "POST",
		    "the methods are told");
	ok(is_get || w.reply.allow == NULL, "and only then");
	endpoint_free(&w);
}

/* The same without waiting. */
static void
test_begin(enum outcome verdict, const char *below, enum endpoint_step want,
    const char *name)
{
	const struct conf conf = {.body_max = 100};
	struct worker w = {.conf = &conf,
	    .req = {.method = "POST"},
	    .route = {.rest = SLICE("int_a"),
		.dialect = SLICE("heartbeat"),
		.below = slice_of(below)}};

	fake.asked = fake.stored = 0;
	fake.verdict = verdict;
	reply_begin(&w.reply);
	is_int(webhook_begin(&w), want, name);
	is_int(fake.asked + fake.stored, 0, "and nobody is waited for");
	if (want == ENDPOINT_PARK) {
		is_int((int)w.delivery.n, 1, "with its event");
		w.delivery.items[0].outcome = OUTCOME_IGNORED;
		webhook_finish(&w);
		ok(replies(&w, "\"heard\""), "then it is answered");
	}
	endpoint_free(&w);
}

static void
test_sender(void)
{
	const struct conf conf = {.body_max = 100, .database_timeout = 1000};
	struct worker w = {.conf = &conf,
	    .req = {.method = "POST"},
	    .route = {.rest = SLICE("int_a"),
		.dialect = SLICE("heartbeat"),
		.below = SLICE("job")}};

	fake.stored = 0;
	fake.verdict = OUTCOME_FORBIDDEN;
	reply_begin(&w.reply);
	webhook(&w, &w.route);
	is_int(w.reply.status, 403, "a stranger is refused");
	ok(replies(&w, "the pagertree-token header is missing"),
	    "and told why");
	is_int(fake.stored, 0, "before anything is stored");
	reply_begin(&w.reply);
	fake.verdict = OUTCOME_OK;
	w.req.content_length = "101";
	webhook(&w, &w.route);
	is_int(w.reply.status, 413, "a body that is too large is, too");
	endpoint_free(&w);
}

int
main(void)
{
	if (freopen("/dev/null", "r", stdin) == NULL)
		return 1;
	log_open("/dev/null", LOG_WARN_LEVEL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(i);
	test_begin(OUTCOME_OK, "job", ENDPOINT_PARK, "a ping is parked");
	test_begin(OUTCOME_FORBIDDEN, "job", ENDPOINT_ANSWER,
	    "but not a stranger's");
	test_begin(OUTCOME_OK, "job/x", ENDPOINT_ANSWER,
	    "nor what is no path of a heartbeat");
	test_sender();
	return done_testing();
}
