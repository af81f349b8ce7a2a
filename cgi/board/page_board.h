/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_BOARD_H
#define BOARD_PAGE_BOARD_H

#include "board/page.h"
#include "db/db.h"

/* The database's results for the board. */
struct board_rows {
	struct rows counts; /* one row */
	struct rows alerts;
	struct rows integrations;
	struct rows heartbeats; /* no result: as hours */
	struct rows hours; /* no result: the query took too long */
};

void page_board(struct page *p, const struct board_rows *r);

#endif
