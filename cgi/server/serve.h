/* SPDX-License-Identifier: ISC */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "base/metrics.h"
#include "conf/conf.h"
#include "spool/spooler.h"

/*
 * Answer FastCGI requests that come in on the listening socket fd, with
 * conf->workers threads, until SIGTERM, SIGUSR1 or SIGINT.  Then idle
 * workers leave at once, busy ones finish, and what waits in the socket's
 * queue is still served.  SIGHUP reopens the log.
 *
 * A connection that takes longer than conf->request_timeout for all of its
 * request is shut down, so that a peer that stalls costs a worker no longer.  A
 * process without free descriptors or memory waits and goes on.
 *
 * Borrows stats, and spooler, which is NULL when there is none.  Must be called
 * by the only thread.  Returns 0, or -1 when it could not start, which has been
 * logged.
 */
int serve(const struct conf *conf, struct spooler *spooler,
    struct metrics *metrics, int fd);

#endif
