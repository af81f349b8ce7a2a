/* SPDX-License-Identifier: ISC */
#ifndef SERVER_KEEP_H
#define SERVER_KEEP_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * Prepare to keep a refused webhook for operators: write its file to w->kept.
 * res and fault say why it was refused, unless its events have faults of their
 * own.  Keep nothing if the sender is not at fault, if the local copy of the
 * integrations would not admit it, or beyond the limits of refusals_keep().
 * Reads the body unless it was read: the reply would wait for it anyway.  The
 * file contains no token.
 */
void keep_note(struct worker *w, const struct route *route, enum outcome res,
    const struct fault *fault);

/* Write w->kept to the spool, if there is any, and empty it. */
void keep_write(struct worker *w);

#endif
