/* SPDX-License-Identifier: ISC */
#include "tool/listing.h"

#include <stdlib.h>
#include <string.h>

#include "tool/cells.h"

/* What all cells have returned, or the one database. */
struct listing {
	enum db_call call;
	const char *const *params;
	struct {
		char cell[SESSION_CELL_BYTES]; /* "" = it is none */
		struct rows rows;
	} parts[CELLS_MAX];
	size_t n;
};

static enum status
ask(struct session *session, void *arg)
{
	struct listing *l = arg;
	struct rows *rows = &l->parts[l->n].rows;
	enum status status = session_call(session, l->call, l->params, rows);

	if (status != STATUS_OK) {
		rows_free(rows);
		return status;
	}
	memcpy(l->parts[l->n++].cell, session->cell, SESSION_CELL_BYTES);
	return status;
}

/* Set the cells of t, skipping the column of the cell if skip is 1. */
static void
set_cells(const char **at, const struct table *t, const struct listing *l,
    size_t skip)
{
	for (size_t i = 0; i < l->n; i++)
		for (int row = 0; row < l->parts[i].rows.n; row++)
			for (size_t c = 0; c < t->n; c++)
				*at++ = c + skip == 0
				    ? l->parts[i].cell
				    : rows_cell(&l->parts[i].rows, row,
					  t->columns[c].name);
}

static enum status
print(const struct listing *l, const struct table_column *columns, size_t n,
    bool json)
{
	size_t skip = l->parts[0].cell[0] != '\0' ? 0 : 1;
	struct table t = {columns + skip, n - skip, NULL, 0};
	const char **cells;

	for (size_t i = 0; i < l->n; i++)
		t.rows += (size_t)l->parts[i].rows.n;
	cells = calloc(t.rows * t.n + 1, sizeof(*cells));
	if (cells == NULL) {
		session_say("out of memory");
		return STATUS_FAILED;
	}
	set_cells(cells, &t, l, skip);
	t.cells = cells;
	if (json)
		table_json(stdout, &t, true);
	else
		table_print(stdout, &t);
	free(cells);
	return STATUS_OK;
}

enum status
listing(struct session *session, enum db_call call, const char *const *params,
    const struct table_column *columns, size_t n, bool json)
{
	struct listing l = {.call = call, .params = params};
	enum status status = cells_each(session, ask, &l), printed;

	if (l.n > 0) {
		printed = print(&l, columns, n, json);
		if (status == STATUS_OK)
			status = printed;
	}
	for (size_t i = 0; i < l.n; i++)
		rows_free(&l.parts[i].rows);
	return status;
}

enum status
listing_one(struct session *session, enum db_call call,
    const char *const *params, const struct listing_one *how)
{
	const char *cells[TABLE_COLUMNS_MAX];
	struct table t = {how->columns, how->n, cells, 1};
	struct rows rows;
	enum status status = session_call(session, call, params, &rows);

	if (status == STATUS_OK && rows.n != 1) {
		session_say("the database returned %d rows, not one", rows.n);
		status = STATUS_FAILED;
	}
	for (size_t i = 0; status == STATUS_OK && i < t.n; i++)
		cells[i] = rows_cell(&rows, 0, t.columns[i].name);
	if (status == STATUS_OK && how->json)
		table_json(stdout, &t, false);
	else if (status == STATUS_OK)
		table_print_records(stdout, &t);
	rows_free(&rows);
	return status;
}

enum status
listing_removed(struct session *session, enum db_call call, const char *name)
{
	struct rows rows;
	enum status status = session_call(session, call, &name, &rows);

	if (status == STATUS_OK)
		puts("removed");
	rows_free(&rows);
	return status;
}
