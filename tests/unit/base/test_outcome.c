/* SPDX-License-Identifier: ISC */
#include "base/outcome.h"
#include "tap.h"

static const struct {
	enum outcome outcome;
	int status;
	const char *label;
	bool sql, accepted;
	const char *name;
} cases[] = {
    {OUTCOME_OK, 503, "", false, false, "no verdict"},
    {OUTCOME_CREATED, 200, "created", true, true, "created"},
    {OUTCOME_DUPLICATE, 200, "duplicate", true, true, "duplicate"},
    {OUTCOME_ACKNOWLEDGED, 200, "acknowledged", true, true, "acknowledged"},
    {OUTCOME_RESOLVED, 200, "resolved", true, true, "resolved"},
    {OUTCOME_IGNORED, 200, "ignored", true, true, "ignored"},
    {OUTCOME_UNKNOWN_INTEGRATION, 404, "unknown_integration", true, false,
	"unknown integration"},
    {OUTCOME_DISABLED, 405, "disabled", true, false, "disabled"},
    {OUTCOME_FORBIDDEN, 403, "forbidden", true, false, "forbidden"},
    {OUTCOME_QUEUED, 202, "queued", false, true, "queued"},
    {OUTCOME_BAD_JSON, 400, "bad_json", false, false, "bad JSON"},
    {OUTCOME_INVALID, 422, "invalid", false, false, "invalid"},
    {OUTCOME_NOT_FOUND, 404, "not_found", false, false, "not found"},
    {OUTCOME_BAD_METHOD, 405, "bad_method", false, false, "bad method"},
    {OUTCOME_NOT_JSON, 415, "not_json", false, false, "not JSON"},
    {OUTCOME_ENCODED, 415, "encoded", false, false, "encoded"},
    {OUTCOME_TOO_LARGE, 413, "too_large", false, false, "too large"},
    {OUTCOME_INCOMPLETE, 503, "incomplete", false, false, "incomplete"},
    {OUTCOME_SHARE_USED, 503, "share_used", false, false, "share used"},
    {OUTCOME_UNAVAILABLE, 503, "unavailable", false, false, "unavailable"},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void
check_case(size_t i)
{
	const char *label = cases[i].label;
	enum outcome o = cases[i].outcome;
	char name[96];

	snprintf(name, sizeof(name), "%s: status %d", cases[i].name,
	    cases[i].status);
	is_int(outcome_status(o), cases[i].status, name);
	snprintf(name, sizeof(name), "%s: label \"%s\"", cases[i].name, label);
	is_str(outcome_label(o), label, name);
	snprintf(name, sizeof(name), "%s: %s", cases[i].name,
	    cases[i].accepted ? "the event is safe" : "the event is not safe");
	ok(outcome_is_accepted(o) == cases[i].accepted, name);
	snprintf(name, sizeof(name), "%s: %s", cases[i].name,
	    cases[i].sql ? "read from SQL" : "not read from SQL");
	is_int(outcome_parse(label, strlen(label)),
	    cases[i].sql ? o : OUTCOME_COUNT, name);
}

int
main(void)
{
	size_t i;

	is_int(CASES, OUTCOME_COUNT, "every outcome is a case of this test");
	for (i = 0; i < CASES; i++)
		check_case(i);
	is_int(outcome_parse("create", 6), OUTCOME_COUNT,
	    "a prefix of a label is no label");
	is_int(outcome_parse("created_", 7), OUTCOME_CREATED,
	    "a label need not end in a NUL");
	is_int(outcome_parse("Created", 7), OUTCOME_COUNT,
	    "labels are lower case");
	is_int(outcome_status(OUTCOME_COUNT), 503,
	    "what is no outcome is told as 503");
	is_str(outcome_label(OUTCOME_COUNT), "", "and has no label");
	ok(!outcome_is_accepted(OUTCOME_COUNT), "and is not safe");
	return done_testing();
}
