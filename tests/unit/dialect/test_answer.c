/* SPDX-License-Identifier: ISC */
#include "dialect/answer.h"

#include "dialect_fixture.h"

#define LINES                                                                  \
	"challenge = basic\n[event]\nevent_type = create\nId = ${body/i}\n"    \
	"[answer]\nstatus = 202\nheader X-A = b: c\n"                          \
	"body = {\"id\":\"${event/Id}\",\"to\":\"${request/integration}\","    \
	"\"was\":\"${event/outcome}\",\"alert\":\"${event/alert_id}\"}\n"      \
	"[error]\nstatus 422 = 400\nstatus 401 = 403\n"                        \
	"body = {\"why\":\"${error/detail}\",\"n\":${error/status}}\n"

static struct dialect *dialect;
static struct translation *t;
static struct reply rep;

/* Answer one event of this Id and outcome. */
static void
answer(enum outcome o, int status, const char *id, bool has_token)
{
	struct item item = {.outcome = o};
	struct delivery d = {.items = &item, .n = 1};
	struct fault fault = {.pointer = "/Id", .detail = "it is \"bad\""};
	struct answer a = {.outcome = o,
	    .fault = &fault,
	    .delivery = &d,
	    .integration = SLICE("int_x"),
	    .has_token = has_token};

	item.ev.external_id = slice_of(id);
	item.ev.type = SLICE("create");
	t->dialect = dialect;
	translate_route(t, "POST", SLICE(""));
	reply_begin(&rep);
	rep.status = status;
	rep.type = "application/problem+json";
	buf_puts(&rep.body, "{}\n");
	answer_apply(t, &a, &rep);
}

static void
is_body(const char *want, const char *name)
{
	is_bytes(rep.body.data, rep.body.len, want, name);
}

int
main(void)
{
	t = calloc(1, sizeof(*t));
	dialect = dialect_of(LINES);
	answer(OUTCOME_CREATED, 200, "a\"\xc3\xa9", true);
	is_int(rep.status, 202, "stored");
	is_body("{\"id\":\"a\\\"\xc3\xa9\",\"to\":\"int_x\",\"was\":"
		"\"created\","
		"\"alert\":\"\"}\n",
	    "the answer has values, and nothing where there is none");
	is_bytes(rep.head.data, rep.head.len, "X-A: b: c\r\n", "its headers");
	answer(OUTCOME_QUEUED, 202, "", true);
	is_int(rep.status, 202, "spooled is the same");
	is_body("{\"id\":\"\",\"to\":\"int_x\",\"was\":\"queued\",\"alert\":"
		"\"\"}\n",
	    "but for the outcome");
	answer(OUTCOME_INVALID, 422, "", true);
	is_int(rep.status, 400, "a refusal gets another status");
	is_body("{\"why\":\"it is \\\"bad\\\"\",\"n\":400}\n", "and says why");
	answer(OUTCOME_FORBIDDEN, 403, "", true);
	is_int(rep.status, 403, "a wrong token");
	ok(rep.head.len == 0, "is not asked for again");
	answer(OUTCOME_FORBIDDEN, 403, "", false);
	is_int(rep.status, 403, "no token: 401, which this file maps");
	is_bytes(rep.head.data, rep.head.len,
	    "WWW-Authenticate: Basic realm=\"tocsin\"\r\n", "and a question");
	answer(OUTCOME_UNAVAILABLE, 503, "", true);
	is_int(rep.status, 503, "503 stays");
	is_body("{}\n", "with its body");
	dialect_free(dialect);
	dialect = dialect_of("[event]\nevent_type = create\n");
	answer(OUTCOME_QUEUED, 202, "", true);
	is_int(rep.status, 200, "without [answer], 200 for spooled, too");
	is_body("{}\n", "and our own body");
	answer(OUTCOME_INVALID, 422, "", true);
	is_int(rep.status, 422, "without [error], our own status");
	reply_free(&rep);
	translation_free(t);
	free(t);
	dialect_free(dialect);
	return done_testing();
}
