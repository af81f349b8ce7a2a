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

/*
 * The same in three steps: webhook_begin(), which does not block; storing the
 * delivery, if w->res is OUTCOME_OK; webhook_finish().  See endpoint_begin().
 */
enum endpoint_step webhook_begin(struct worker *w);

void webhook_finish(struct worker *w);

#define WEBHOOK_DETAIL_BYTES 96

/*
 * Set the origin of a request's events.  id is the integration's; token comes
 * from the header or the dialect's carrier, and is absent if none was sent.
 */
void webhook_origin(struct origin *from, const struct request *req,
    struct slice id, struct slice token);

/*
 * Judge the sender, w->delivery.from; return OUTCOME_OK unjudged if the body is
 * declared too large for any sender.  Subtracts the milliseconds it took from
 * *left.
 */
enum outcome webhook_admit(struct worker *w, int *left);

/* Check the Content-Encoding: OUTCOME_OK or OUTCOME_ENCODED. */
enum outcome webhook_check(const struct worker *w);

/* Read the body, as http_read_body(). */
enum outcome webhook_read(struct worker *w);

/*
 * Describe, log, count and keep what was refused of a request with result res.
 * forbidden is the detail for a sender that is refused.  *fault may borrow
 * detail.
 */
void webhook_note_refusals(struct worker *w, const struct route *route,
    enum outcome res, struct fault *fault, const char *forbidden,
    char detail[WEBHOOK_DETAIL_BYTES]);

/* Refuse, with any outcome but OUTCOME_OK, a request without reading its body.
 */
void webhook_refuse(struct worker *w, const struct route *route,
    enum outcome o);

/* Return what is wrong with the token of a forbidden sender. */
const char *webhook_forbidden(const struct request *req);

/* Log and count the outcome of each event of w's delivery. */
void webhook_note(const struct worker *w);

#endif
