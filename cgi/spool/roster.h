/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_ROSTER_H
#define SPOOL_ROSTER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "event/event.h"

#define ROSTER_BYTES_MAX (64 * 1024 * 1024)
#define ROSTER_COLUMNS 6

/*
 * The integrations of one database as text, to be kept in a file: a line
 * that names the form; the database's installation id; for each integration,
 * in the byte order of their ids, its id, 1 or 0 for enabled, the hash of its
 * token, the hash of the one before and until when that is good (microseconds
 * since 1970), where - is none, and its wrapper key if it has one, which may
 * contain blanks; then the checksum of all that.
 */
void roster_begin(struct buf *b, const char *database);

/*
 * Append a row of tocsin_api.admission as text; before is the id of the row
 * before, NULL for the first.  Returns NULL, or what is wrong with the row (a
 * constant): then discard b, since a guess could let a stranger in.
 */
const char *roster_add(struct buf *b, const char *const cells[ROSTER_COLUMNS],
    const char *before);

/* Append the checksum, after the last row. */
void roster_end(struct buf *b);

/*
 * Return whether b is a whole roster, to the last byte; if so, database is the
 * installation id of its database.
 */
bool roster_is_sound(const struct buf *b, char database[UUID_TEXT_BYTES]);

/* Return whether a sound roster has an integration, enabled or not. */
bool roster_has(const struct buf *b, struct slice integration_id);

/*
 * Whether a sound roster vouches for a sender, at this moment; then *wrapper is
 * the wrapper key, absent if there is none.  wrapper may be NULL.
 */
bool roster_admits(const struct buf *b, const struct origin *from,
    struct slice *wrapper);

#endif
