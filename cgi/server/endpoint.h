/* SPDX-License-Identifier: ISC */
#ifndef SERVER_ENDPOINT_H
#define SERVER_ENDPOINT_H

#include <stdatomic.h>

#include "base/metrics.h"
#include "conf/conf.h"
#include "dialect/dialects.h"
#include "dialect/translate.h"
#include "event/delivery.h"
#include "http/http.h"
#include "http/reply.h"
#include "intake/intake.h"
#include "spool/spooler.h"

/* The state of one worker, kept between requests. */
struct worker {
	const struct conf *conf;
	struct intake *intake; /* shared by all workers */
	struct spooler *spooler; /* shared; NULL = none */
	struct metrics *metrics; /* shared */
	struct dialects *dialects; /* shared */
	struct http *http; /* NULL = CGI */
	/* For the watchdog: since when the server has to send; 0 = it has. */
	atomic_llong arriving_ms;
	atomic_bool was_large; /* a request; for the watchdog to clear */
	struct request req;
	struct delivery delivery;
	struct reply reply;
	struct buf path;
	struct translation *translation; /* NULL until one is needed */
	struct dialect *dialect; /* taken for this request, or NULL */
	struct buf kept; /* of a request that was refused: server/keep.h */
	char kept_id[UUID_TEXT_BYTES];
	bool is_foreign; /* the URL names a dialect, known or not */
};

/*
 * Answer one request whose parameters have arrived: find its endpoint, let it
 * fill in the reply, send the reply, count it.
 */
void endpoint_answer(struct worker *w);

/*
 * Keep the request if it was refused and is to be kept.  Call it when the
 * reply is complete: the disk may take its time.
 */
void endpoint_keep(struct worker *w);

/* Free what endpoint_answer() keeps, but not http. */
void endpoint_free(struct worker *w);

#endif
