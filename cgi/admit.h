/* SPDX-License-Identifier: ISC */
#ifndef ADMIT_H
#define ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "event.h"
#include "outcome.h"
#include "spooldir.h"

#define ADMIT_FILE_NAME "integrations"

/*
 * Who may spool: a durable copy of the integrations and of the hashes of
 * their tokens, in the spool's directory, kept while the database is there
 * and asked while it is away.  Never a token.  Callable from any thread.
 */
struct admit;

/* NULL without memory.  Borrows d. */
struct admit *admit_open(const struct spooldir *d);

/*
 * OUTCOME_OK: events of this origin may be spooled.  OUTCOME_FORBIDDEN: the
 * token is missing or wrong.  OUTCOME_UNAVAILABLE: there is no copy, or it
 * is damaged, or does not know the integration as enabled; the database has
 * to be asked.
 */
enum outcome admit_check(struct admit *a, const struct origin *from);

/* Whether the copy was last compared with the database too long ago. */
bool admit_is_stale(const struct admit *a);

/*
 * Compare the copy with the database and replace it when it differs.
 * Returns 0; or -1, and the copy is what it was.
 */
int admit_refresh(struct admit *a, struct db *db, int64_t deadline);

void admit_close(struct admit *a);

#endif
