/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_ANSWER_H
#define DIALECT_ANSWER_H

#include "dialect/translate.h"
#include "http/reply.h"

/* What an answer may tell. */
struct answer {
	enum outcome outcome; /* of the request as a whole */
	const struct fault *fault; /* NULL, or why it was refused */
	const struct delivery *delivery; /* its first event is told of */
	struct slice integration;
	bool has_token; /* the sender sent one */
};

/*
 * Turn a reply that is complete in our own form into the dialect's: its
 * status, headers and body.  A 503 stays as it is, so that it is sent again.
 */
void answer_apply(struct translation *t, const struct answer *a,
    struct reply *rep);

/*
 * Answer a look-up: with what was found, the first event of the delivery, or
 * that there is none.
 */
void answer_lookup(struct translation *t, const struct answer *a, bool found,
    struct reply *rep);

#endif
