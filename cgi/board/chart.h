/* SPDX-License-Identifier: ISC */
#ifndef BOARD_CHART_H
#define BOARD_CHART_H

#include "base/buf.h"
#include "db/db.h"

/*
 * Append a chart of the alerts created, acknowledged and resolved per hour:
 * SVG bars, a legend, and a table for people who cannot see the chart.  The
 * rows are those of DB_BOARD_HOURS.
 */
void chart(struct buf *b, const struct rows *hours);

#endif
