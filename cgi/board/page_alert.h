/* SPDX-License-Identifier: ISC */
#ifndef BOARD_PAGE_ALERT_H
#define BOARD_PAGE_ALERT_H

#include "board/page.h"
#include "db/db.h"

/* What the page of one alert shows, as the database gave it. */
struct alert_rows {
	struct rows alert; /* one row */
	struct rows events;
	struct rows token; /* without a result: no buttons */
};

void page_alert(struct page *p, const struct alert_rows *r);

#endif
