/* SPDX-License-Identifier: ISC */
#ifndef BOARD_REQUEST_H
#define BOARD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/uuid.h"
#include "board/page.h"
#include "conf/conf.h"
#include "event/delivery.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route.h"
#include "intake/intake.h"
#include "spool/dir.h"

#define BOARD_UP_BYTES 32

enum board_format { BOARD_HTML, BOARD_JSON, BOARD_CSV };

/* One request for the board; board_request_read() sets the second part. */
struct board_request {
	const struct conf *conf;
	struct intake *intake;
	struct request *req;
	const struct route *route;
	struct reply *rep;
	struct delivery *delivery; /* for a button's event */
	const struct spool_dir *spool; /* NULL = none */

	enum board_format format;
	/* The page of an integration; absent: none of one. */
	struct slice integration;
	/* Of an alert, or of a refused request of it; "" = the page itself. */
	char id[UUID_TEXT_BYTES];
	struct slice verb; /* of a button; absent = a page */
	char up[BOARD_UP_BYTES]; /* relative URL of the parent of /board */
	struct page page;
};

/* One database query. */
struct board_call {
	enum db_call call;
	const char *params[2];
	struct rows *rows; /* free them even if the query fails */
	bool optional; /* failure is not an error */
};

/*
 * Set format, integration, id, verb, up and page from route and query string.
 * Returns OUTCOME_OK; OUTCOME_NOT_FOUND for an unknown path; OUTCOME_INVALID
 * for an unknown format.
 */
enum outcome board_request_read(struct board_request *v);

/*
 * Check that the board is on in the database, then run n calls, all within a
 * second.  Returns true; or false with the reason in the reply.
 */
bool board_ask(struct board_request *v, const struct board_call *calls,
    size_t n);

/*
 * Reply with a problem: a page in HTML, else a problem document (RFC 9457).
 * title and detail are constants without <, > and &.
 */
void board_refuse(struct board_request *v, enum outcome o, const char *title,
    const char *detail);

#endif
