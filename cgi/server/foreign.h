/* SPDX-License-Identifier: ISC */
#ifndef SERVER_FOREIGN_H
#define SERVER_FOREIGN_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * Handle a foreign webhook, one whose URL names a dialect: translate it into
 * events, store them as webhook() does, and answer as the sender expects.
 */
void foreign(struct worker *w, const struct route *route);

/*
 * The same in steps, see webhook_begin().  foreign_begin() returns false, with
 * nothing of the body read, if the request is refused or may block.
 */
bool foreign_begin(struct worker *w);

void foreign_finish(struct worker *w);

/* Release what a request holds, after its reply was sent. */
void foreign_reset(struct worker *w);

void foreign_free(struct worker *w);

#endif
