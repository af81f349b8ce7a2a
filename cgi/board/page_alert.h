/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_ALERT_H
#define BOARD_PAGE_ALERT_H

#include "board/page.h"
#include "db/db.h"

/* The database's results for the page of one alert. */
struct alert_rows {
	struct rows alert; /* one row */
	struct rows events;
	struct rows token; /* no result: show no buttons */
};

void page_alert(struct page *p, const struct alert_rows *r);

#endif
