/* SPDX-License-Identifier: ISC */
#ifndef DOOR_RESIDENT_H
#define DOOR_RESIDENT_H

#include "base/metrics.h"
#include "conf/conf.h"
#include "spool/spooler.h"

/*
 * Be the responder behind the door of conf->spool: lock door.lock, which
 * standard input may be already, listen, and serve until SIGTERM, or until
 *
 *   - there was no request for conf->door_idle and the spool is empty;
 *   - the program's file or the configuration was changed or replaced
 *     (conf_path as in conf_read());
 *   - door or door.lock is no longer the file that it was.
 *
 * Then remove the socket and free the lock, so that a successor can begin,
 * and finish the requests that were accepted.  Only processes of this user
 * are served.
 *
 * Returns 0; or -1 when it could not begin, for instance since another has
 * the lock, which it logs.
 */
int resident_serve(const struct conf *conf, const char *conf_path,
    struct spooler *spooler, struct metrics *metrics);

#endif
