/* SPDX-License-Identifier: ISC */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include <stdint.h>

#include "base/buf.h"

#define ROWS_ERROR_BYTES 512

/* The rows that a function returned, as text; or the error. */
struct rows {
	int n;
	int columns;
	/* After a failure; sqlstate is "" if the server did not reply. */
	char sqlstate[6];
	char error[ROWS_ERROR_BYTES]; /* message and hint */
	void *result; /* owned */
};

const char *rows_column(const struct rows *rows, int column);

/* Return a cell by row and column; NULL for null. */
const char *rows_at(const struct rows *rows, int row, int column);

void rows_free(struct rows *rows);

/* Return a cell by column name; NULL for null or no such column. */
const char *rows_cell(const struct rows *rows, int row, const char *name);

/* Return rows_cell() as a number; 0 for NULL. */
long long rows_number(const struct rows *rows, int row, const char *name);

/*
 * Return how many microseconds the clock that DB_CLOCK returned is ahead of
 * this host's, halfway between asked_at and answered_at (wall clock): accurate
 * to half the time between them.
 */
int64_t rows_clock_ahead(const struct rows *rows, int64_t asked_at,
    int64_t answered_at);

/* Append a row as a JSON object, with the columns' names and types. */
void rows_object(struct buf *b, const struct rows *rows, int row);

/* Append all rows as a JSON array of objects; null if no result. */
void rows_array(struct buf *b, const struct rows *rows);

/*
 * Append all rows as CSV (RFC 4180), with a header line.  Prefix text that a
 * spreadsheet would take for a formula with an apostrophe.
 */
void rows_csv(struct buf *b, const struct rows *rows);

/* Append a value as rows_csv() does. */
void rows_csv_text(struct buf *b, const char *value);

#endif
