/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_KEPT_H
#define SPOOL_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/identity.h"
#include "base/uuid.h"

#define KEPT_BODY_BYTES (2L * 1024 * 1024) /* of a body that is kept whole */
#define KEPT_START_BYTES (64L * 1024) /* that are kept of a longer one */
#define KEPT_HEAD_BYTES (64L * 1024) /* of the lines before it, at most */
#define KEPT_BYTES_MAX (KEPT_HEAD_BYTES + KEPT_BODY_BYTES + 16)

/*
 * A refused request, kept for people to look at, as a file: lines of text,
 * an empty one, the body, a trailer.
 *
 *	tocsin refused 1
 *	identity: (identity_format(): gives the ids of its events)
 *	integration: int_ODCWagoG9
 *	token-sha256: (in hexadecimal; the token itself is never kept)
 *	dialect: alertmanager
 *	method: POST
 *	path: (below the dialect)
 *	query: (less the token)
 *	content-type: application/json
 *	content-encoding: gzip
 *	header: x-name: value (each that the dialect looks at)
 *	remote-addr: 192.0.2.7
 *	request-id: 4711
 *	status: 422
 *	reason: invalid
 *	pointer: /event_type
 *	detail: event_type is missing
 *	items: 3 1 (of a batch: how many events, and which were refused)
 *	sent: 123 (bytes of the body, if known)
 *	kept: 123 (of them)
 *
 *	{...}
 *	END
 *
 * A line without a value is omitted.  All slices are borrowed; control
 * characters of the lines become ?.
 */
struct kept {
	struct identity identity;
	struct slice integration;
	bool has_token;
	unsigned char token_hash[DIGEST_BYTES];
	struct slice dialect; /* absent: PagerTree's own format */
	struct slice method;
	struct slice path;
	struct slice query;
	struct slice content_type;
	struct slice content_encoding;
	struct slice headers; /* lines "header: name: value" */
	struct slice remote_addr;
	struct slice request_id;
	int status;
	struct slice reason; /* outcome_label() */
	struct slice pointer; /* absent: the document */
	struct slice detail;
	struct slice items; /* absent: all of it was refused */
	int64_t sent; /* -1 = unknown */
	size_t size; /* bytes of the body that are in the file */
	struct slice body;
};

/* Append *k to b as a file; size is that of the body. */
void kept_write(struct buf *b, const struct kept *k);

/* Return the body in a file that kept_write() has just written. */
char *kept_body(struct buf *b, const struct kept *k);

/*
 * Read a file into *k, which borrows from it.  Returns false when it is
 * damaged.  With head, text may end anywhere in the body, which is then not
 * looked at: body is absent.
 */
bool kept_read(struct slice text, bool head, struct kept *k);

/* Write the id of its first event, which names it. */
void kept_id(const struct kept *k, char id[UUID_TEXT_BYTES]);

/* Return the name of its dialect, pagertree where it has none. */
struct slice kept_dialect(const struct kept *k);

/* Whether its body was kept whole. */
bool kept_is_whole(const struct kept *k);

/*
 * Whether the n-th event of a batch of that many was refused: so was each
 * unless some were stored.  -1: the batch had another number of events.
 */
int kept_was_refused(const struct kept *k, size_t n, size_t events);

#endif
