/* SPDX-License-Identifier: ISC */
#ifndef DOOR_START_H
#define DOOR_START_H

#include "conf/conf.h"

/*
 * Start program as the responder behind the door of conf->spool, unless one
 * is starting or running; do not wait for it.  It gets a session of its own,
 * the lock as its only descriptor, the kept variables of the environment, and
 * its log in the spool if the key log is stderr.
 *
 * After DOOR_STARTS_MAX starts within a minute, start none for a minute and
 * log that once, since something ends it each time.  Failures are silent: none
 * is started.
 */
#define DOOR_STARTS_MAX 5
#define DOOR_STARTS_MS 60000

void door_start(const struct conf *conf, const char *program);

#endif
