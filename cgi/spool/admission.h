/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_ADMISSION_H
#define SPOOL_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "base/uuid.h"
#include "db/db.h"
#include "event/event.h"
#include "spool/dir.h"

#define ADMISSION_FILE_NAME "integrations"

/*
 * Decides who may spool, by a durable copy of the integrations and of the
 * hashes of their tokens, refreshed while the database is up and consulted
 * while it is down; and by which senders the database has accepted since the
 * copy was made.  Never holds a token.  Thread-safe.
 *
 * The copy names its database, and the spool belongs to that one: its events
 * must not be drained into another.
 */
struct admission;

/*
 * Borrow d.  With d = NULL there is no copy, only the memory of who was
 * accepted.  Return NULL when out of memory.
 */
struct admission *admission_open(const struct spool_dir *d);

/*
 * Whether the copy, or what the database has said since, lets a sender in;
 * then from->wrapper is set.  If not, the database may still: ask it before
 * reading what was sent.
 */
bool admission_vouches(struct admission *a, struct origin *from);

/*
 * Decide whether events of this origin may be spooled.  OUTCOME_OK: they may;
 * database is the installation id of the database they are for.
 * OUTCOME_UNAVAILABLE: neither the copy nor a recent reply vouches for the
 * sender.  The copy may be old, so this never refuses for good.
 */
enum outcome admission_check(struct admission *a, const struct origin *from,
    char database[UUID_TEXT_BYTES]);

/* Return whether the copy has an integration, enabled or not. */
bool admission_has(struct admission *a, struct slice integration_id);

/*
 * Note whether the database has accepted a sender.  One that the copy does
 * not vouch for is remembered until the copy is refreshed; where database
 * and copy differ, a refresh is due at once.
 */
void admission_hear(struct admission *a, const struct origin *from,
    bool accepted);

/* Call wake(arg), from any thread, when a refresh is due at once. */
void admission_watch(struct admission *a, void (*wake)(void *arg), void *arg);

/* Return whether to refresh the copy: it is old, unusable or was wrong. */
bool admission_is_due(struct admission *a);

/*
 * Compare the copy with the database and replace it when it differs.
 * Returns 0; or -1 and leaves the copy as it is: the database is away; or,
 * which is logged, it refuses, its reply is malformed, or it is not the copy's
 * database.
 */
int admission_refresh(struct admission *a, struct db *db, int64_t deadline);

/* Return whether there is a sound copy, of the database last talked to. */
bool admission_is_usable(struct admission *a);

/*
 * Compare the spool's database with the one behind db, whose installation id
 * is put into database.  OUTCOME_OK: they are the same, or the spool has no
 * sound copy and so belongs to none.  OUTCOME_FORBIDDEN: the spool is another
 * database's.  OUTCOME_UNAVAILABLE: the database is away.  OUTCOME_INVALID: it
 * returned no id.
 */
enum outcome admission_compare(struct admission *a, struct db *db,
    char database[UUID_TEXT_BYTES], int64_t deadline);

void admission_close(struct admission *a);

#endif
