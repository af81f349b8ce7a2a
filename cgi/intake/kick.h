/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_KICK_H
#define INTAKE_KICK_H

#include <stdbool.h>

#include "conf/conf.h"
#include "spool/dir.h"

/*
 * Starts tocsin-relay for a moment when there may be something to tell: for
 * hosts where no relay stays (key relay_start).  Its processes, of which all
 * responders of a spool start one each KICK_EVERY_MS at most, wait for one
 * another: the file KICK_MARK in the spool, whose time is that of the last
 * start, is locked by the one that runs.
 */
#define KICK_MARK "kick"

#define KICK_PROGRAM "tocsin-relay" /* in the directory of our own */

struct kick;

/*
 * Borrows conf and spool.  Returns NULL, which the functions below take, too,
 * if no relay is to be started, or none can be.
 */
struct kick *kick_open(const struct conf *conf, const struct spool_dir *spool);

/* Note that an alert was changed, of which somebody may be to be told. */
void kick_note(struct kick *k);

/*
 * Return whether that was noted since the last such call, and kick() may start
 * one now: then ask the database whether it would find something to tell.
 */
bool kick_is_due(struct kick *k);

/*
 * Start one, unless that was done KICK_EVERY_MS ago or less: that one will find
 * what has been committed until now.  It outlives this process, gets no
 * descriptor and no signal of it, and of the environment what process_keeps().
 * Logs a failure.  These three are callable from any thread, and do not wait.
 */
void kick(struct kick *k);

void kick_close(struct kick *k);

#endif
