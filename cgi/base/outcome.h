/* SPDX-License-Identifier: ISC */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Everything that can become of one request or of one event in it: the only
 * result type that crosses the borders of the rooms.  The first group is
 * decided in SQL and carries a label of tocsin_internal.outcome; the second
 * never reaches the database or comes back from it without a verdict.
 */
enum outcome {
	OUTCOME_OK = 0, /* go on: no verdict yet */

	OUTCOME_CREATED,
	OUTCOME_DUPLICATE,
	OUTCOME_ACKNOWLEDGED,
	OUTCOME_RESOLVED,
	OUTCOME_IGNORED, /* legal, and changes nothing; has a reason */
	OUTCOME_UNKNOWN_INTEGRATION,
	OUTCOME_DISABLED,
	OUTCOME_FORBIDDEN, /* token missing or wrong */

	OUTCOME_QUEUED, /* durable in the spool */
	OUTCOME_BAD_JSON, /* not a document we can read */
	OUTCOME_INVALID, /* a document, but a member breaks a rule */
	OUTCOME_NOT_FOUND, /* no such path */
	OUTCOME_BAD_METHOD,
	OUTCOME_NOT_JSON, /* by its Content-Type */
	OUTCOME_TOO_LARGE,
	OUTCOME_BAD_TOKEN_HEADER, /* pagertree-token sent twice */
	OUTCOME_INCOMPLETE, /* the body did not arrive whole: send again */
	OUTCOME_UNAVAILABLE, /* neither stored nor judged: send again */
	OUTCOME_COUNT
};

/* HTTP status of an outcome; 503 for one that is no verdict. */
int outcome_status(enum outcome o);

/* Label in SQL and in replies; "" where the outcome has none. */
const char *outcome_label(enum outcome o);

/* The SQL outcome of the len bytes at label; OUTCOME_COUNT for no such. */
enum outcome outcome_parse(const char *label, size_t len);

/* The sender's event is safe: committed, or durable in the spool. */
bool outcome_is_accepted(enum outcome o);

/* Which member of an event breaks a rule, and which rule.  Constants. */
struct fault {
	const char *pointer; /* RFC 6901, as /Title; "" = the whole */
	const char *detail;
};

/* What became of one event, as the database or the spool tells it. */
struct receipt {
	enum outcome outcome;
	char reason[32]; /* "" = none */
	char alert_id[37]; /* "" = none */
	char status[16]; /* of the alert; "" = none */
};

#endif
