/* SPDX-License-Identifier: ISC */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"

#define REPLY_BODY_MAX_BYTES (4 * 1024 * 1024)
#define REPLY_HEAD_MAX_BYTES 2048

/*
 * An HTTP answer, complete before its first byte is sent.  Header values are
 * constants of ours, never anything a sender wrote.
 */
struct reply {
	int status;
	const char *type; /* Content-Type */
	const char *allow; /* NULL = no Allow header */
	bool retry; /* send Retry-After */
	struct buf head; /* further headers, whole lines */
	struct buf body;
};

/* Empty it for the next request. */
void reply_begin(struct reply *rep);

/*
 * A problem (RFC 9457) of the whole request.  detail says what to mend; a
 * pointer that is not "" names the member at fault.
 */
void reply_problem(struct reply *rep, enum outcome o,
    const struct fault *fault);

/*
 * Begin the JSON object of a problem, without its closing brace, so that the
 * caller may append members of its own.
 */
void reply_problem_begin(struct reply *rep, enum outcome o, const char *detail);

/* Append the member errors, which names the member at fault. */
void reply_fault(struct buf *b, const struct fault *fault);

/* What a problem says of itself where nothing better is known. */
const char *reply_detail(enum outcome o);

/* Append status and headers, as CGI has them (RFC 3875 6). */
void reply_head(const struct reply *rep, struct buf *head);

void reply_free(struct reply *rep);

#endif
