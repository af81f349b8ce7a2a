/* SPDX-License-Identifier: ISC */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"

/* Enough for the longest reply, see server/results.c. */
#define REPLY_BODY_MAX_BYTES (8 * 1024 * 1024)
#define REPLY_HEAD_MAX_BYTES 2048

/*
 * An HTTP reply, complete before its first byte is sent.  Header values never
 * contain input from a sender.
 */
struct reply {
	int status;
	const char *type; /* Content-Type */
	const char *allow; /* NULL = no Allow header */
	bool retry; /* send Retry-After */
	struct buf head; /* further headers, complete lines */
	struct buf body;
};

/* Empty it for the next request. */
void reply_begin(struct reply *rep);

/*
 * Make the reply a problem document (RFC 9457).  fault, which may be NULL,
 * gives its detail; for OUTCOME_INVALID, and wherever a member of the body is
 * at fault, it also becomes the member errors.
 */
void reply_problem(struct reply *rep, enum outcome o,
    const struct fault *fault);

/*
 * Begin a problem document without its closing brace, so that the caller can
 * append members.
 */
void reply_problem_begin(struct reply *rep, enum outcome o, const char *detail);

/* Append the member errors, with the fault's pointer and detail. */
void reply_fault(struct buf *b, const struct fault *fault);

/* Return whether this is a status that a reply may have. */
bool reply_knows(int status);

/* Return the title of a problem. */
const char *reply_title(enum outcome o);

/* Return the default detail of a problem. */
const char *reply_detail(enum outcome o);

/* Append status and headers in CGI's format (RFC 3875 6). */
void reply_head(const struct reply *rep, struct buf *head);

void reply_free(struct reply *rep);

#endif
