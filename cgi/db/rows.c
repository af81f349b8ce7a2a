/* SPDX-License-Identifier: ISC */
#include "db/rows.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "json/json.h"

/* OIDs of PostgreSQL's built-in types, which are fixed (pg_type.dat). */
enum { BOOL = 16, BIGINT = 20, INTEGER = 23, DOUBLE = 701, JSONB = 3802 };

const char *
rows_column(const struct rows *rows, int column)
{
	return PQfname(rows->result, column);
}

const char *
rows_at(const struct rows *rows, int row, int column)
{
	if (PQgetisnull(rows->result, row, column))
		return NULL;
	return PQgetvalue(rows->result, row, column);
}

void
rows_free(struct rows *rows)
{
	PQclear(rows->result);
	rows->result = NULL;
}

const char *
rows_cell(const struct rows *rows, int row, const char *name)
{
	for (int i = 0; i < rows->columns; i++)
		if (strcmp(rows_column(rows, i), name) == 0)
			return rows_at(rows, row, i);
	return NULL;
}

long long
rows_number(const struct rows *rows, int row, const char *name)
{
	const char *text = rows_cell(rows, row, name);

	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

int64_t
rows_clock_ahead(const struct rows *rows, int64_t asked_at, int64_t answered_at)
{
	return rows_number(rows, 0, "clock_us") - asked_at -
	    (answered_at - asked_at) / 2;
}

static void
value_json(struct buf *b, Oid type, const char *value)
{
	if (value == NULL)
		buf_puts(b, "null");
	else if (type == BOOL)
		buf_puts(b, value[0] == 't' ? "true" : "false");
	else if (type == BIGINT || type == INTEGER || type == DOUBLE ||
	    type == JSONB)
		buf_puts(b, value);
	else
		json_quote(b, slice_of(value));
}

void
rows_object(struct buf *b, const struct rows *rows, int row)
{
	for (int i = 0; i < rows->columns; i++) {
		buf_puts(b, i == 0 ? "{" : ",");
		json_quote(b, slice_of(rows_column(rows, i)));
		buf_puts(b, ":");
		value_json(b, PQftype(rows->result, i), rows_at(rows, row, i));
	}
	buf_puts(b, "}");
}

void
rows_array(struct buf *b, const struct rows *rows)
{
	if (rows->result == NULL) {
		buf_puts(b, "null");
		return;
	}
	buf_puts(b, "[");
	for (int row = 0; row < rows->n; row++) {
		if (row > 0)
			buf_puts(b, ",");
		rows_object(b, rows, row);
	}
	buf_puts(b, "]");
}

static void
quote_csv(struct buf *b, const char *s, bool defuse)
{
	buf_puts(b, defuse ? "\"'" : "\"");
	for (; *s != '\0'; s++)
		buf_append(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
	buf_puts(b, "\"");
}

void
rows_csv_text(struct buf *b, const char *value)
{
	bool defuse = value[0] != '\0' && strchr("=+-@\t\r", value[0]);

	if (defuse || value[0] == '\0' || strpbrk(value, ",\"\r\n\t ") != NULL)
		quote_csv(b, value, defuse);
	else
		buf_puts(b, value);
}

static void
value_csv(struct buf *b, Oid type, const char *value)
{
	if (value == NULL)
		return;
	if (type == BOOL) {
		buf_puts(b, value[0] == 't' ? "true" : "false");
	} else if (type == BIGINT || type == INTEGER || type == DOUBLE) {
		buf_puts(b, value);
	} else {
		rows_csv_text(b, value);
	}
}

void
rows_csv(struct buf *b, const struct rows *rows)
{
	for (int i = 0; i < rows->columns; i++) {
		buf_puts(b, i == 0 ? "" : ",");
		buf_puts(b, rows_column(rows, i));
	}
	buf_puts(b, "\r\n");
	for (int row = 0; row < rows->n; row++) {
		for (int i = 0; i < rows->columns; i++) {
			buf_puts(b, i == 0 ? "" : ",");
			value_csv(b, PQftype(rows->result, i),
			    rows_at(rows, row, i));
		}
		buf_puts(b, "\r\n");
	}
}
