/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_RECORD_H
#define SPOOL_RECORD_H

#include "base/buf.h"
#include "base/outcome.h"
#include "event/event.h"

/* Limit of a record: the largest event and the lines around it. */
#define RECORD_BYTES_MAX (64 * 1024 * 1024 + 4096)

/*
 * An event as a record of the spool: readable lines of text, then the event's
 * JSON as it was received, then a trailer.
 *
 *	tocsin spool 2
 *	event-id: 0198f6a1-...
 *	database: 5b0e8a3c-...
 *	integration: int_ODCWagoG9
 *	token-sha256: (in hexadecimal)
 *	received-at: 1767225600123456
 *	remote-addr: 192.0.2.7
 *	request-id: 4711
 *	hops: 1
 *	length: 123
 *	sha256: (of all that stands above and of the body, in hexadecimal)
 *
 *	{...}
 *	END
 *
 * Omits the lines that have no value.  Never holds a token, only its hash:
 * when the event is stored, the database judges whether the token was valid
 * at the time of receipt.  database is the id of the installation that the
 * event is for.
 */
void record_write(struct buf *b, const struct event *ev, struct slice database);

/*
 * Read the record b.  It must be, to the last byte, what record_write() makes,
 * or a record of version 1, which has neither a database nor a hash.
 *
 * On OUTCOME_OK *from and *ev are filled in; they borrow from b, which
 * json_scan() may have changed and which must outlive them; the caller must
 * event_free() *ev.  OUTCOME_BAD_JSON or OUTCOME_INVALID: the record is
 * damaged, or its body is not an event; *why says what is wrong (a constant).
 * OUTCOME_UNAVAILABLE: out of memory.
 */
enum outcome record_read(struct buf *b, struct origin *from, struct event *ev,
    struct json_list *scratch, const char **why);

#endif
