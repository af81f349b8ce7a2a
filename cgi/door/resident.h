/* SPDX-License-Identifier: ISC */
#ifndef DOOR_RESIDENT_H
#define DOOR_RESIDENT_H

#include "base/metrics.h"
#include "conf/conf.h"
#include "spool/spooler.h"

/*
 * Act as the responder behind the door of conf->spool: lock door.lock, unless
 * standard input is that file, locked already; listen; and serve until SIGTERM,
 * or until
 *
 *   - no request came for conf->door_idle and the spool is empty;
 *   - the program's file or the configuration was changed or replaced
 *     (conf_path as in conf_read());
 *   - door or door.lock was removed or replaced.
 *
 * Then remove the socket and release the lock, so that a successor can start,
 * and finish the requests that were accepted.  Only processes of this user
 * are served.
 *
 * Returns 0; or -1 after it has logged why it could not start, for instance
 * because another process has the lock.
 */
int resident_serve(const struct conf *conf, const char *conf_path,
    struct spooler *spooler, struct metrics *metrics);

#endif
