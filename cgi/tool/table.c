/* SPDX-License-Identifier: ISC */
#include "tool/table.h"

#include <string.h>

#include "tool/terminal.h"

#define GAP 2 /* columns between two cells */

static bool
is_true(const char *cell)
{
	return cell[0] == 't';
}

/* Write a cell in readable form; return its width.  out may be NULL. */
static size_t
put_cell(FILE *out, enum table_kind kind, const char *cell)
{
	char time[64];
	const char *dot;

	if (cell == NULL)
		return terminal_text(out, "-");
	if (kind == TABLE_BOOL)
		return terminal_text(out, is_true(cell) ? "yes" : "no");
	dot = kind == TABLE_TIME ? strchr(cell, '.') : NULL;
	if (dot == NULL)
		return terminal_text(out, cell);
	/* Leave out fractions of seconds. */
	snprintf(time, sizeof(time), "%.*s%s", (int)(dot - cell), cell,
	    dot + 1 + strspn(dot + 1, "0123456789"));
	return terminal_text(out, time);
}

static void
pad(FILE *out, size_t n)
{
	fprintf(out, "%*s", (int)n, "");
}

/* Write a cell, aligned; the last cell of a row is not padded. */
static void
put_aligned(FILE *out, const struct table_column *col, const char *cell,
    size_t width, bool is_last)
{
	size_t fill = width - put_cell(NULL, col->kind, cell);

	if (col->kind == TABLE_NUMBER)
		pad(out, fill);
	put_cell(out, col->kind, cell);
	if (!is_last)
		pad(out, GAP + (col->kind == TABLE_NUMBER ? 0 : fill));
}

static size_t
column_width(const struct table *t, size_t column)
{
	const struct table_column *col = &t->columns[column];
	size_t width = terminal_text(NULL, col->title), w;

	for (size_t r = 0; r < t->rows; r++) {
		w = put_cell(NULL, col->kind, t->cells[r * t->n + column]);
		if (w > width)
			width = w;
	}
	return width;
}

/* Write a row; row -1 is the heading. */
static void
put_row(FILE *out, const struct table *t, size_t last, const size_t *widths,
    long row)
{
	struct table_column heading;

	for (size_t i = 0; i <= last; i++) {
		const struct table_column *col = &t->columns[i];

		if (col->title == NULL)
			continue;
		heading = *col;
		if (heading.kind != TABLE_NUMBER)
			heading.kind = TABLE_TEXT;
		if (row == -1)
			put_aligned(out, &heading, col->title, widths[i],
			    i == last);
		else
			put_aligned(out, col, t->cells[(size_t)row * t->n + i],
			    widths[i], i == last);
	}
	putc('\n', out);
}

void
table_print(FILE *out, const struct table *t)
{
	size_t widths[TABLE_COLUMNS_MAX], last = 0;

	for (size_t i = 0; i < t->n && i < TABLE_COLUMNS_MAX; i++) {
		if (t->columns[i].title == NULL)
			continue;
		widths[i] = column_width(t, i);
		last = i;
	}
	for (long row = -1; row < (long)t->rows; row++)
		put_row(out, t, last, widths, row);
}

void
table_print_records(FILE *out, const struct table *t)
{
	size_t width = 0, w;

	for (size_t i = 0; i < t->n; i++) {
		w = t->columns[i].title == NULL
		    ? 0
		    : terminal_text(NULL, t->columns[i].title);
		if (w > width)
			width = w;
	}
	for (size_t i = 0; i < t->rows * t->n; i++) {
		const struct table_column *col = &t->columns[i % t->n];

		if (i > 0 && i % t->n == 0)
			putc('\n', out);
		if (col->title == NULL || t->cells[i] == NULL)
			continue;
		pad(out, GAP + width - terminal_text(out, col->title));
		put_cell(out, col->kind, t->cells[i]);
		putc('\n', out);
	}
}

/*
 * Convert PostgreSQL's 2026-01-31 08:00:00.5+00 to RFC 3339, which requires a
 * T, and minutes in the offset.
 */
static void
put_time(FILE *out, const char *cell)
{
	char time[64];
	size_t len = strlen(cell);
	bool is_iso = len > 19 && len < 48 && cell[4] == '-' && cell[10] == ' ';

	snprintf(time, sizeof(time), "%s%s", cell,
	    is_iso && strchr("+-", cell[len - 3]) != NULL ? ":00" : "");
	if (is_iso)
		time[10] = 'T';
	terminal_json(out, is_iso ? time : cell);
}

static void
put_json(FILE *out, enum table_kind kind, const char *cell)
{
	if (cell == NULL)
		fputs("null", out);
	else if (kind == TABLE_NUMBER || kind == TABLE_JSON)
		fputs(cell, out);
	else if (kind == TABLE_BOOL)
		fputs(is_true(cell) ? "true" : "false", out);
	else if (kind == TABLE_TIME)
		put_time(out, cell);
	else
		terminal_json(out, cell);
}

void
table_json(FILE *out, const struct table *t, bool is_array)
{
	size_t rows = is_array ? t->rows : 1;

	if (is_array)
		putc('[', out);
	for (size_t r = 0; r < rows; r++) {
		fputs(r == 0 ? "{" : ",\n {", out);
		for (size_t i = 0; i < t->n; i++) {
			fprintf(out, "%s\"%s\":", i == 0 ? "" : ",",
			    t->columns[i].name);
			put_json(out, t->columns[i].kind,
			    t->cells[r * t->n + i]);
		}
		putc('}', out);
	}
	fputs(is_array ? "]\n" : "\n", out);
}
