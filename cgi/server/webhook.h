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
 * Set where the events of a request come from; id names the integration.  The
 * token is that of the header, or of the dialect's carrier; absent: none was
 * sent.
 */
void webhook_origin(struct origin *from, const struct request *req,
    struct slice id, struct slice token);

/*
 * Judge the sender, w->delivery.from, unless the body is too large for
 * anybody.  The time for it is taken from *left, milliseconds.
 */
enum outcome webhook_admit(struct worker *w, int *left);

/* Check the Content-Encoding: OUTCOME_OK or OUTCOME_ENCODED. */
enum outcome webhook_check(const struct worker *w);

enum outcome webhook_read(struct worker *w);

/*
 * Describe, log, count and keep what is refused of a request, which res is for:
 * forbidden says why a sender is.  detail is memory for *fault.
 */
void webhook_note_refusals(struct worker *w, const struct route *route,
    enum outcome res, struct fault *fault, const char *forbidden,
    char detail[WEBHOOK_DETAIL_BYTES]);

/* Refuse, with any outcome but OUTCOME_OK, what has no body to be read. */
void webhook_refuse(struct worker *w, const struct route *route,
    enum outcome o);

/* Return what is wrong with the token of a sender that is forbidden. */
const char *webhook_forbidden(const struct request *req);

/* Log and count the outcome of each event of w's delivery. */
void webhook_note(const struct worker *w);

#endif
