/* SPDX-License-Identifier: ISC */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include "base/buf.h"
#include "db/db.h"

/*
 * Rows of the database as JSON and as CSV.  Names and types are those of
 * their columns.
 */

/* A cell by the name of its column; NULL for null, or no such column. */
const char *rows_cell(const struct db_rows *rows, int row, const char *name);

/* The same as a number; 0 for NULL. */
long long rows_number(const struct db_rows *rows, int row, const char *name);

/* One row as a JSON object. */
void rows_object(struct buf *b, const struct db_rows *rows, int row);

/* All rows as a JSON array of objects; null for no result. */
void rows_array(struct buf *b, const struct db_rows *rows);

/*
 * All rows as CSV (RFC 4180), the names in the first line.  A text that a
 * spreadsheet would take for a formula gets an apostrophe in front.
 */
void rows_csv(struct buf *b, const struct db_rows *rows);

#endif
