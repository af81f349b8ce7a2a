/* SPDX-License-Identifier: ISC */
#ifndef TOOL_LISTING_H
#define TOOL_LISTING_H

#include "tool/session.h"
#include "tool/table.h"

/*
 * Call a function in each cell, or in the one database, and print the rows of
 * all: one line each, or as a JSON array.  The first column is the cell, which
 * is left out if there are none; the others are named as those of the
 * function.
 */
enum status listing(struct session *session, enum db_call call,
    const char *const *params, const struct table_column *columns, size_t n,
    bool json);

/* What to print of one row: columns named as those of the function. */
struct listing_one {
	const struct table_column *columns;
	size_t n; /* at most TABLE_COLUMNS_MAX */
	bool json;
};

/*
 * Call a function that returns one row, and print it as lines or as a JSON
 * object.
 */
enum status listing_one(struct session *session, enum db_call call,
    const char *const *params, const struct listing_one *how);

/* Call a function that removes what has this name, and say so. */
enum status listing_removed(struct session *session, enum db_call call,
    const char *name);

#endif
