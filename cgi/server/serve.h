/* SPDX-License-Identifier: ISC */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "base/metrics.h"
#include "conf/conf.h"
#include "spool/spooler.h"

/*
 * Serve FastCGI requests on the listening socket fd with conf->workers
 * threads until SIGTERM, SIGUSR1 or SIGINT.  Then idle workers end at once,
 * busy ones finish, and connections in the socket's queue are still served.
 * SIGHUP reopens the log.
 *
 * A request that takes longer than conf->request_timeout has its connection
 * shut down, so that a stalled peer cannot hold a worker for longer.  When
 * descriptors or memory run out, wait and retry.
 *
 * Borrows metrics, and spooler, which may be NULL.  Call it while the process
 * has one thread.  Returns 0, or -1 when it could not start, which it logs.
 */
int serve(const struct conf *conf, struct spooler *spooler,
    struct metrics *metrics, int fd);

#endif
