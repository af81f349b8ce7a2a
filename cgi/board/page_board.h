/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_BOARD_H
#define BOARD_PAGE_BOARD_H

#include "board/page.h"
#include "db/db.h"

/* What the board shows, as the database gave it. */
struct board_rows {
	struct rows counts; /* one row */
	struct rows alerts;
	struct rows integrations;
	struct rows hours; /* without a result: not to be had in time */
};

void page_board(struct page *p, const struct board_rows *r);

#endif
