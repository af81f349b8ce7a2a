/* SPDX-License-Identifier: ISC */
#ifndef SERVER_ENDPOINT_H
#define SERVER_ENDPOINT_H

#include <stdatomic.h>

#include "base/metrics.h"
#include "conf/conf.h"
#include "event/delivery.h"
#include "http/http.h"
#include "http/reply.h"
#include "intake/intake.h"
#include "spool/spooler.h"

/* What one worker needs, kept from request to request. */
struct worker {
	const struct conf *conf;
	struct intake *intake; /* shared by all workers */
	struct spooler *spooler; /* the same; NULL = none */
	struct metrics *metrics; /* the same */
	struct http *http; /* NULL = CGI */
	atomic_bool arriving; /* the request, still; for a watchdog */
	struct request req;
	struct delivery delivery;
	struct reply reply;
	struct buf path;
};

/*
 * Answer one request, whose parameters have arrived: find its endpoint, let
 * that fill in the reply, send it, count it.
 */
void endpoint_answer(struct worker *w);

/* Give back what endpoint_answer() keeps; not http. */
void endpoint_free(struct worker *w);

#endif
