/* SPDX-License-Identifier: ISC */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include "base/buf.h"

#define ROWS_ERROR_BYTES 512

/* Rows that a function returned, as text, or why there are none. */
struct rows {
	int n;
	int columns;
	/* After a failure; sqlstate is "" when no answer came. */
	char sqlstate[6];
	char error[ROWS_ERROR_BYTES]; /* what, and how to mend it */
	void *result; /* owned */
};

const char *rows_column(const struct rows *rows, int column);

/* A cell by its place; NULL for null. */
const char *rows_at(const struct rows *rows, int row, int column);

void rows_free(struct rows *rows);

/* A cell by the name of its column; NULL for null, or no such column. */
const char *rows_cell(const struct rows *rows, int row, const char *name);

/* The same as a number; 0 for NULL. */
long long rows_number(const struct rows *rows, int row, const char *name);

/* One row as a JSON object; names and types are those of the columns. */
void rows_object(struct buf *b, const struct rows *rows, int row);

/* All rows as a JSON array of objects; null for no result. */
void rows_array(struct buf *b, const struct rows *rows);

/*
 * All rows as CSV (RFC 4180), the names in the first line.  A text that a
 * spreadsheet would take for a formula gets an apostrophe in front.
 */
void rows_csv(struct buf *b, const struct rows *rows);

#endif
