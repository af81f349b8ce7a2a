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

#define BOARD_UP_BYTES 32

enum board_format { BOARD_HTML, BOARD_JSON, BOARD_CSV };

/* One request for the board: what the caller gives, and what it is for. */
struct board_request {
	const struct conf *conf;
	struct intake *intake;
	struct request *req;
	const struct route *route;
	struct reply *rep;
	struct delivery *delivery; /* for what a button does */

	enum board_format format;
	char id[UUID_TEXT_BYTES]; /* of an alert; "" = the board itself */
	struct slice verb; /* of a button; absent = a page */
	char up[BOARD_UP_BYTES]; /* relative URL of what /board lies in */
	struct page page;
};

/* One thing to ask the database. */
struct board_call {
	enum db_call call;
	const char *params[2];
	struct rows *rows; /* free them, whatever comes of it */
	bool optional; /* the page can do without */
};

/*
 * Read from route and query what is wanted.  OUTCOME_OK; OUTCOME_NOT_FOUND
 * when there is nothing of that name; OUTCOME_INVALID for an unknown format.
 */
enum outcome board_request_read(struct board_request *v);

/*
 * Ask the database whether the board is on, then n calls, all within a
 * second.  Returns true; or false, and the reply says what is the matter.
 */
bool board_ask(struct board_request *v, const struct board_call *calls,
    size_t n);

/*
 * Answer with a problem: in HTML a page of its own, else by RFC 9457.  title
 * and detail are constants of ours, without <, > and &.
 */
void board_refuse(struct board_request *v, enum outcome o, const char *title,
    const char *detail);

#endif
