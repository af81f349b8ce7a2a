/* SPDX-License-Identifier: ISC */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 32

/* The type of a column's cells, which determines their form. */
enum table_kind {
	TABLE_TEXT,
	TABLE_NUMBER, /* a JSON number, as PostgreSQL writes integers */
	TABLE_BOOL, /* t or true; anything else is false */
	TABLE_TIME, /* PostgreSQL's timestamptz in its ISO style */
	TABLE_JSON /* JSON in ASCII, written as it is */
};

struct table_column {
	const char *name; /* in JSON */
	const char *title; /* in text; NULL: only in JSON */
	enum table_kind kind;
};

/* All borrowed.  cells holds the rows in sequence; NULL is null. */
struct table {
	const struct table_column *columns;
	size_t n; /* columns, at most TABLE_COLUMNS_MAX */
	const char *const *cells;
	size_t rows;
};

/* Write a heading and the rows in aligned columns. */
void table_print(FILE *out, const struct table *t);

/* Write each row as lines of title and value; skip nulls. */
void table_print_records(FILE *out, const struct table *t);

/*
 * Write the rows as a JSON array of objects, or the first row as an object.
 * The output is always valid JSON and safe for terminals.
 */
void table_json(FILE *out, const struct table *t, bool is_array);

#endif
