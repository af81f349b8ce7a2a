/* SPDX-License-Identifier: ISC */
#ifndef RELAY_WEBHOOK_H
#define RELAY_WEBHOOK_H

#include "base/buf.h"
#include "relay/job.h"
#include "relay/mask.h"
#include "relay/secrets.h"

/* A request, with the values of its secrets.  It owns all members. */
struct webhook {
	struct buf url; /* NUL-terminated */
	struct buf headers; /* lines "name: value", each with a NUL */
	struct buf body;
	struct mask mask; /* what must not be shown of the answer */
};

/*
 * Build the request of a job: fill in its secrets and, if it has a webhook_id,
 * sign the bytes of its body with the time now, in seconds since 1970.  Returns
 * 0, or -1 with why set; the caller frees w in either case.
 *
 * Headers of the destination must contain no control character and must not
 * have the name of a header that the relay sets itself.
 */
int webhook_make(struct webhook *w, const struct job *job,
    struct secrets *secrets, long long now, char why[JOB_WHY_BYTES]);

/* Return whether a destination may set a header of this name. */
bool webhook_may_send(struct slice name);

/*
 * Return after how many seconds the JSON of an answer asks to retry, rounded
 * up: the member retry_after, at the top or in parameters; -1 = it does not
 * ask.  Decodes text in place.
 */
int webhook_retry_after(char *text, size_t len);

void webhook_free(struct webhook *w);

#endif
