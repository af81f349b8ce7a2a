/* SPDX-License-Identifier: ISC */
#ifndef SERVER_LANDING_H
#define SERVER_LANDING_H

#include <stdbool.h>

#include "dialect/dialect.h"
#include "http/reply.h"
#include "http/request.h"

/* Return whether a browser asks for a webhook's URL, which takes only POST. */
bool landing_is_for(const struct request *req);

/*
 * Replace the body of the reply, which refuses the method, by a landing page
 * that shows what to POST.  Status and headers stay.
 */
void landing_write(struct reply *rep);

/* The same for a dialect's URL: what the sender posts, and a sample. */
void landing_write_dialect(struct reply *rep, const struct dialect *d);

#endif
