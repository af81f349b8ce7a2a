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
#include "http/route.h"
#include "intake/intake.h"
#include "intake/kick.h"
#include "spool/spooler.h"

/* A worker's current request, and what the worker keeps between requests. */
struct worker {
	const struct conf *conf;
	struct intake *intake; /* shared by all workers */
	struct spooler *spooler; /* shared; NULL = none */
	struct metrics *metrics; /* shared */
	struct dialects *dialects; /* shared */
	struct kick *kick; /* shared; NULL = start no relay */
	struct http *http; /* NULL = CGI */
	/* For the watchdog: since when it waits for the body; 0 = it does not.
	 */
	atomic_llong arriving_ms;
	atomic_bool was_large; /* a request; the watchdog clears it */
	struct request req;
	struct delivery delivery;
	struct reply reply;
	struct buf path;
	struct route route; /* of this request; borrows from req and path */
	enum outcome routed; /* what route_find() returned */
	/* What became of it so far, see webhook_begin(). */
	enum outcome res;
	struct fault fault;
	struct translation *translation; /* NULL until one is needed */
	struct dialect *dialect; /* taken for this request, or NULL */
	struct buf ping; /* the event of one: server/heartbeat.h */
	struct buf kept; /* a refused request's file: server/keep.h */
	char kept_id[UUID_TEXT_BYTES];
	bool is_foreign; /* the URL names a dialect, known or not */
};

/* Read the head of a request whose parameters have arrived, and route it. */
void endpoint_read(struct worker *w);

/* Let the request's endpoint fill in the reply; send it, count the request. */
void endpoint_answer(struct worker *w);

/* What to do next with a request. */
enum endpoint_step {
	ENDPOINT_ANSWER, /* call endpoint_answer(): no body was read */
	ENDPOINT_STORE, /* store its delivery, if any; call endpoint_finish() */
	ENDPOINT_PARK, /* the same, but store it by intake_park() */
	ENDPOINT_FINISH /* call endpoint_finish(), which does not block */
};

/*
 * Do as much of endpoint_answer() as can be done without blocking, for a
 * request that has arrived whole.  The caller does the rest.
 */
enum endpoint_step endpoint_begin(struct worker *w);

/* Write and send the results of a delivery that endpoint_begin() has read. */
void endpoint_finish(struct worker *w);

/*
 * Write the request to the spool if endpoint_keeps().  Call it after the reply
 * was sent: it may block.
 */
void endpoint_keep(struct worker *w);

/* Return whether endpoint_keep() has something to do. */
bool endpoint_keeps(const struct worker *w);

/* Free what the worker keeps between requests, but not http. */
void endpoint_free(struct worker *w);

#endif
