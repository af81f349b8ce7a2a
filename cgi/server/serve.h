/* SPDX-License-Identifier: ISC */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/identity.h"
#include "base/metrics.h"
#include "conf/conf.h"
#include "spool/spooler.h"

/*
 * A listening socket.  The functions are set for the door's socket, whose
 * peers are trusted to pass an identity; else NULL.
 */
struct listener {
	int fd;
	/* Whether to read from a new connection; else it is closed. */
	bool (*trusts)(struct listener *l, int fd);
	/* Whether to answer this request; else the connection is closed. */
	bool (*admits)(struct listener *l, const struct identity *id);
	/* Once a second: whether to stop.  idle_ms: since the last request. */
	bool (*is_over)(struct listener *l, int64_t idle_ms);
	/* Called once, before the last queued connections are served. */
	void (*leave)(struct listener *l);
	int crowd_ms; /* see intake_set_gatherer() */
};

/*
 * Serve FastCGI requests on the listener's socket with conf->workers threads,
 * or as many as there are descriptors for, until SIGTERM, SIGUSR1 or SIGINT.
 * Then idle workers end at once, busy ones finish, and connections in the
 * socket's queue are still served.  SIGHUP reopens the log.
 *
 * Shut down the connection of a request that takes longer than
 * conf->request_timeout, so that a stalled peer cannot hold a worker.  When
 * descriptors or memory run out, wait and retry.
 *
 * Borrows metrics, and spooler, which may be NULL.  Call it while the process
 * has one thread.  Returns 0, or -1 when it could not start, which it logs.
 */
int serve(const struct conf *conf, struct spooler *spooler,
    struct metrics *metrics, struct listener *listener);

#endif
