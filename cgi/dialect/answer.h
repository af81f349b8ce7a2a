/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_ANSWER_H
#define DIALECT_ANSWER_H

#include "dialect/translate.h"
#include "http/reply.h"

/* What an answer may contain. */
struct answer {
	enum outcome outcome; /* of the request as a whole */
	const struct fault *fault; /* NULL, or why it was refused */
	const struct delivery *delivery; /* the answer has its first event */
	struct slice integration;
	bool has_token; /* the sender sent one */
};

/*
 * Convert a complete reply from our own form into the dialect's: status,
 * headers and body.  A 503 is left unchanged, so that the sender retries.
 */
void answer_apply(struct translation *t, const struct answer *a,
    struct reply *rep);

/*
 * Answer a look-up: with the first event of the delivery if one was found, else
 * that there is none.
 */
void answer_lookup(struct translation *t, const struct answer *a, bool found,
    struct reply *rep);

#endif
