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
 * OUTCOME_OK: events of this origin may be spooled, for the database whose
 * installation id is in database then.  OUTCOME_UNAVAILABLE: nothing here
 * vouches for the sender, which does not mean that the database would not:
 * a copy may be old, so it never refuses for good.
 */
enum outcome admission_check(struct admission *a, const struct origin *from,
    char database[UUID_TEXT_BYTES]);

/* Whether the copy has an integration, enabled or not. */
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
 * Returns 0; or -1, and the copy is what it was: the database is away,
 * answers what is not expected, or is another than the copy's; the last two
 * are logged.
 */
int admission_refresh(struct admission *a, struct db *db, int64_t deadline);

/* Return whether there is a sound copy, of the database last talked to. */
bool admission_is_usable(struct admission *a);

/*
 * Whether the spool is that of this database, whose installation id is in
 * database then.  OUTCOME_OK: it is, or it is nobody's, having no sound copy.
 * OUTCOME_FORBIDDEN: it is another's.  OUTCOME_UNAVAILABLE: the database is
 * away.  OUTCOME_INVALID: it does not say which one it is.
 */
enum outcome admission_compare(struct admission *a, struct db *db,
    char database[UUID_TEXT_BYTES], int64_t deadline);

void admission_close(struct admission *a);

#endif
