/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_KICK_H
#define INTAKE_KICK_H

#include <stdbool.h>

#include "conf/conf.h"
#include "spool/dir.h"

/*
 * Starts a short-lived tocsin-relay when there may be notifications to send, on
 * hosts where no relay stays (key relay_start).  All responders of a spool
 * together start one at most every KICK_EVERY_MS, and these wait for one
 * another: the file KICK_MARK in the spool, whose mtime is the last start, is
 * locked by the relay that runs.
 */
#define KICK_MARK "kick"

#define KICK_PROGRAM "tocsin-relay" /* in the directory of our own */

struct kick;

/*
 * Borrows conf and spool.  Returns NULL, which the functions below accept, if
 * relays are not to be started or cannot be.
 */
struct kick *kick_open(const struct conf *conf, const struct spool_dir *spool);

/* Note that an alert was changed, so that notifications may be due. */
void kick_note(struct kick *k);

/*
 * Return whether that was noted since the last such call and kick() may start a
 * relay now.  Then ask the database whether a relay would find work.
 */
bool kick_is_due(struct kick *k);

/*
 * Start a relay, unless one was started within KICK_EVERY_MS, which will find
 * all that has been committed until now.  The relay outlives this process, has
 * none of its descriptors, gets none of its signals, and of its environment
 * only what process_keeps().  Logs a failure.  These three functions may be
 * called from any thread and do not block.
 */
void kick(struct kick *k);

void kick_close(struct kick *k);

#endif
