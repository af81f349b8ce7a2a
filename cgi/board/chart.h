/* SPDX-License-Identifier: ISC */
#ifndef BOARD_CHART_H
#define BOARD_CHART_H

#include "base/buf.h"
#include "db/db.h"

/*
 * Append a chart of what happened in each hour: bars in SVG, what they stand
 * for in words, and the numbers in a table for who can not see them.  The
 * rows are those of DB_BOARD_HOURS.
 */
void chart(struct buf *b, const struct rows *hours);

#endif
