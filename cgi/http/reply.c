/* SPDX-License-Identifier: ISC */
#include "http/reply.h"

#include "base/timing.h"
#include "json/json.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {303, "See Other"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
};

/* Title and default detail of each problem. */
static const struct {
	const char *title;
	const char *detail;
} problems[OUTCOME_COUNT] = {
    [OUTCOME_UNKNOWN_INTEGRATION] = {"Unknown integration",
	"no integration has this id"},
    [OUTCOME_DISABLED] = {"Integration disabled",
	"this integration accepts no events until it is enabled"},
    [OUTCOME_FORBIDDEN] = {"Forbidden",
	"the pagertree-token header is missing or wrong"},
    [OUTCOME_BAD_JSON] = {"Not JSON", "the body is not a JSON document"},
    [OUTCOME_INVALID] = {"Invalid event", "a member breaks a rule"},
    [OUTCOME_NOT_FOUND] = {"Not found",
	"no such path; send events to /integration/int_..."},
    [OUTCOME_BAD_METHOD] = {"Method not allowed",
	"this path does not accept this method; see the Allow header"},
    [OUTCOME_NOT_JSON] = {"Unsupported media type",
	"send Content-Type: application/json"},
    [OUTCOME_ENCODED] = {"Unsupported media type",
	"this Content-Encoding is not accepted; send identity"},
    [OUTCOME_TOO_LARGE] = {"Too large", "the body is over the limit"},
    [OUTCOME_INCOMPLETE] = {"Incomplete body",
	"the body arrived incomplete; send it again"},
    [OUTCOME_SHARE_USED] = {"Unavailable",
	"events of this integration have used up its share of the spool;"
	" send it again"},
    [OUTCOME_UNAVAILABLE] = {"Unavailable",
	"the event could not be stored; send it again"},
};

void
reply_begin(struct reply *rep)
{
	buf_reset(&rep->body);
	rep->body.max = REPLY_BODY_MAX_BYTES;
	buf_reset(&rep->head);
	rep->head.max = REPLY_HEAD_MAX_BYTES;
	rep->status = 0;
	rep->type = NULL;
	rep->allow = NULL;
	rep->retry = false;
}

bool
reply_knows(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return true;
	return false;
}

const char *
reply_title(enum outcome o)
{
	return problems[o].title;
}

const char *
reply_detail(enum outcome o)
{
	return problems[o].detail;
}

void
reply_fault(struct buf *b, const struct fault *fault)
{
	buf_printf(b, "\"errors\":[{\"pointer\":\"%s\",", fault->pointer);
	json_string(b, "detail", fault->detail);
	buf_puts(b, "}]");
}

void
reply_problem_begin(struct reply *rep, enum outcome o, const char *detail)
{
	struct buf *b = &rep->body;

	rep->status = outcome_status(o);
	rep->type = "application/problem+json";
	buf_puts(b, "{\"type\":\"about:blank\",");
	json_string(b, "title", problems[o].title);
	buf_printf(b, ",\"status\":%d,", rep->status);
	json_string(b, "detail", detail);
}

void
reply_problem(struct reply *rep, enum outcome o, const struct fault *fault)
{
	struct buf *b = &rep->body;
	const char *detail = problems[o].detail;

	buf_reset(b);
	buf_reset(&rep->head);
	/*
	 * An integration that is disabled allows no method (RFC 9110 10.2.1).
	 * lighttpd does not pass the header on: to it, a header without a
	 * value is one that was removed.
	 */
	if (o == OUTCOME_DISABLED)
		rep->allow = "";
	if (o == OUTCOME_ENCODED)
		buf_puts(&rep->head, "Accept-Encoding: identity\r\n");
	if (fault != NULL && fault->detail != NULL)
		detail = fault->detail;
	reply_problem_begin(rep, o, detail);
	rep->retry = rep->status == 503;
	if (fault != NULL && fault->detail != NULL &&
	    (o == OUTCOME_INVALID || fault->pointer[0] != '\0')) {
		buf_puts(b, ",");
		reply_fault(b, fault);
	}
	buf_puts(b, "}\n");
}

static const char *
reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Service Unavailable";
}

void
reply_head(const struct reply *rep, struct buf *head)
{
	buf_printf(head, "Status: %d %s\r\n", rep->status, reason(rep->status));
	buf_printf(head, "Content-Type: %s\r\n", rep->type);
	buf_printf(head, "Content-Length: %zu\r\n", rep->body.len);
	if (rep->allow != NULL)
		buf_printf(head, "Allow: %s\r\n", rep->allow);
	if (rep->retry)
		buf_printf(head, "Retry-After: %d\r\n", RETRY_AFTER_S);
	buf_append(head, rep->head.data, rep->head.len);
	buf_puts(head,
	    "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n\r\n");
}

void
reply_free(struct reply *rep)
{
	buf_free(&rep->head);
	buf_free(&rep->body);
}
