/* SPDX-License-Identifier: ISC */
#ifndef RELAY_WEBHOOK_H
#define RELAY_WEBHOOK_H

#include "base/buf.h"
#include "relay/job.h"
#include "relay/mask.h"
#include "relay/secrets.h"

/* A request, with its secrets in it.  All is owned. */
struct webhook {
	struct buf url; /* NUL-terminated */
	struct buf headers; /* lines "name: value", each with a NUL */
	struct buf body;
	struct mask mask; /* what may not be shown of the answer */
};

/*
 * Make the request of a job: fill in its secrets, and sign its very bytes with
 * the time now, in seconds since 1970, if it has a webhook_id.  Returns 0, or
 * -1 with why set; the caller frees w in either case.
 *
 * A header of the destination may have neither a control character nor a name
 * that is the relay's own.
 */
int webhook_make(struct webhook *w, const struct job *job,
    struct secrets *secrets, long long now, char why[JOB_WHY_BYTES]);

/* Return whether a header of a destination may have this name. */
bool webhook_may_send(struct slice name);

/*
 * Return in how many seconds an answer asks to come again in its JSON, rounded
 * up: retry_after, at the top or in parameters.  -1 = it does not.  Writes to
 * the text.
 */
int webhook_retry_after(char *text, size_t len);

void webhook_free(struct webhook *w);

#endif
