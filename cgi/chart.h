/* SPDX-License-Identifier: ISC */
#ifndef CHART_H
#define CHART_H

#include "buf.h"
#include "db.h"

/*
 * Append a chart of what happened in each hour: bars in SVG, what they stand
 * for in words, and the numbers in a table for who can not see them.  The
 * rows are those of DB_BOARD_HOURS.
 */
void chart(struct buf *b, const struct db_rows *hours);

#endif
