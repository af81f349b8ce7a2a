/* SPDX-License-Identifier: ISC */
#ifndef SERVER_KEEP_H
#define SERVER_KEEP_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * Prepare to keep a webhook that was refused, so that people can look at it:
 * w->kept becomes its file.  res and fault say why; where there are events,
 * their own faults do.  What is not its sender's fault is not kept, nor is
 * what comes from a sender that the local copy of the integrations would not
 * admit, or too much of it.  Reads the body, if nobody has, as the reply would
 * wait for.  No token is in the file.
 */
void keep_note(struct worker *w, const struct route *route, enum outcome res,
    const struct fault *fault);

/* Write w->kept to the spool, if there is any, and empty it. */
void keep_write(struct worker *w);

#endif
