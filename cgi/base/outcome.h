/* SPDX-License-Identifier: ISC */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The outcome of a request, or of one event in it: the only result type used
 * between modules.  The first group is decided in SQL, and its labels are those
 * of tocsin_internal.outcome; the second is decided without the database, or
 * when it gave no verdict.
 */
enum outcome {
	OUTCOME_OK = 0, /* go on: no verdict yet */

	OUTCOME_CREATED,
	OUTCOME_DUPLICATE,
	OUTCOME_ACKNOWLEDGED,
	OUTCOME_RESOLVED,
	OUTCOME_IGNORED, /* legal but changes nothing; has a reason */
	OUTCOME_UNKNOWN_INTEGRATION,
	OUTCOME_DISABLED,
	OUTCOME_FORBIDDEN, /* token missing or wrong */

	OUTCOME_QUEUED, /* durable in the spool */
	OUTCOME_BAD_JSON, /* not a valid JSON document */
	OUTCOME_INVALID, /* valid JSON, but a member breaks a rule */
	OUTCOME_NOT_FOUND, /* no such path */
	OUTCOME_BAD_METHOD,
	OUTCOME_NOT_JSON, /* by its Content-Type */
	OUTCOME_ENCODED, /* by its Content-Encoding */
	OUTCOME_TOO_LARGE,
	OUTCOME_INCOMPLETE, /* the body did not arrive complete: send again */
	OUTCOME_SHARE_USED, /* no more of the integration fit into the spool */
	OUTCOME_UNAVAILABLE, /* neither stored nor refused: send again */
	OUTCOME_COUNT
};

/* Return the HTTP status of an outcome; 503 if it is not a verdict. */
int outcome_status(enum outcome o);

/*
 * Return the label used in SQL, replies, log and metrics; "" if it is not a
 * verdict.
 */
const char *outcome_label(enum outcome o);

/* Parse the label of an SQL outcome; OUTCOME_COUNT if it is not one. */
enum outcome outcome_parse(const char *label, size_t len);

/* Return whether the event is safe: committed, or durable in the spool. */
bool outcome_is_accepted(enum outcome o);

/* The member of an event that breaks a rule, and the rule. */
struct fault {
	const char *pointer; /* RFC 6901, like /Title; "" = the document */
	const char *detail; /* a constant, or valid as long as its delivery */
	const char *at; /* the first byte at fault; NULL = unknown */
};

/* The database's or the spool's answer for one event. */
struct receipt {
	enum outcome outcome;
	char reason[32]; /* "" = none */
	char alert_id[37]; /* "" = none */
	char status[16]; /* of the alert; "" = none */
};

#endif
