/* SPDX-License-Identifier: ISC */
#ifndef SERVER_REFUSAL_H
#define SERVER_REFUSAL_H

#include "base/outcome.h"
#include "server/endpoint.h"

/*
 * Count a refused webhook, or the item of a batch at this index (-1: not of a
 * batch), if o has a status of 4xx, and log it at info, at most once a second
 * for each integration and status.  integration may be absent.
 *
 * The line contains neither a value of the body nor a token.
 */
void refusal_note(const struct worker *w, struct slice integration,
    enum outcome o, const struct fault *fault, long item);

/* Note that an integration exists: its refusals are counted separately. */
void refusal_know(const struct worker *w, struct slice integration);

/* Return whether to keep a request refused with o, see refusals_keep(). */
bool refusal_keeps(const struct worker *w, struct slice integration,
    enum outcome o);

#endif
