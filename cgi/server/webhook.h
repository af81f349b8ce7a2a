/* SPDX-License-Identifier: ISC */
#ifndef SERVER_WEBHOOK_H
#define SERVER_WEBHOOK_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * The way of a webhook, from its body to the receipts of its events.  Fills
 * in the whole reply.
 */
void webhook(struct worker *w, const struct route *route);

/* Log and count what became of the events of w's delivery. */
void webhook_note(const struct worker *w);

#endif
