/* SPDX-License-Identifier: ISC */
#include "base/outcome.h"

#include <string.h>

/* tests/lint/drift.sh compares those of SQL with tocsin_internal.outcome. */
static const struct {
	const char *label; /* "" = no outcome yet */
	int status;
	bool sql; /* decided in SQL, a label of tocsin_internal.outcome */
	bool accepted;
} table[OUTCOME_COUNT] = {
    [OUTCOME_OK] = {"", 503, false, false},
    [OUTCOME_CREATED] = {"created", 200, true, true},
    [OUTCOME_DUPLICATE] = {"duplicate", 200, true, true},
    [OUTCOME_ACKNOWLEDGED] = {"acknowledged", 200, true, true},
    [OUTCOME_RESOLVED] = {"resolved", 200, true, true},
    [OUTCOME_IGNORED] = {"ignored", 200, true, true},
    [OUTCOME_UNKNOWN_INTEGRATION] = {"unknown_integration", 404, true, false},
    [OUTCOME_DISABLED] = {"disabled", 405, true, false},
    [OUTCOME_FORBIDDEN] = {"forbidden", 403, true, false},
    [OUTCOME_QUEUED] = {"queued", 202, false, true},
    [OUTCOME_BAD_JSON] = {"bad_json", 400, false, false},
    [OUTCOME_INVALID] = {"invalid", 422, false, false},
    [OUTCOME_NOT_FOUND] = {"not_found", 404, false, false},
    [OUTCOME_BAD_METHOD] = {"bad_method", 405, false, false},
    [OUTCOME_NOT_JSON] = {"not_json", 415, false, false},
    [OUTCOME_ENCODED] = {"encoded", 415, false, false},
    [OUTCOME_TOO_LARGE] = {"too_large", 413, false, false},
    [OUTCOME_INCOMPLETE] = {"incomplete", 503, false, false},
    [OUTCOME_SHARE_USED] = {"share_used", 503, false, false},
    [OUTCOME_UNAVAILABLE] = {"unavailable", 503, false, false},
};

static bool
known(enum outcome o)
{
	return (unsigned)o < OUTCOME_COUNT;
}

int
outcome_status(enum outcome o)
{
	return known(o) ? table[o].status : 503;
}

const char *
outcome_label(enum outcome o)
{
	return known(o) ? table[o].label : "";
}

enum outcome
outcome_parse(const char *label, size_t len)
{
	unsigned o;

	for (o = 0; o < OUTCOME_COUNT; o++)
		if (table[o].sql && strlen(table[o].label) == len &&
		    memcmp(table[o].label, label, len) == 0)
			return (enum outcome)o;
	return OUTCOME_COUNT;
}

bool
outcome_is_accepted(enum outcome o)
{
	return known(o) && table[o].accepted;
}
