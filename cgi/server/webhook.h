/* SPDX-License-Identifier: ISC */
#ifndef SERVER_WEBHOOK_H
#define SERVER_WEBHOOK_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * Handle a webhook: read the body, parse and store its events, and fill in
 * the whole reply.
 */
void webhook(struct worker *w, const struct route *route);

/* Refuse, with any outcome but OUTCOME_OK, what has no body to be read. */
void webhook_refuse(struct worker *w, const struct route *route,
    enum outcome o);

/* Return what is wrong with the token of a sender that is forbidden. */
const char *webhook_forbidden(const struct request *req);

/* Log and count the outcome of each event of w's delivery. */
void webhook_note(const struct worker *w);

#endif
