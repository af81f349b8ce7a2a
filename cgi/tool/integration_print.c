/* SPDX-License-Identifier: ISC */
#include "tool/integration_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tool/table.h"

#define LINE_MAX_BYTES 8192

/* The columns of tocsin_api.integration_info, and three more. */
static const struct table_column all[] = {
    {"integration_id", "id", TABLE_TEXT},
    {"name", "name", TABLE_TEXT},
    {"enabled", "enabled", TABLE_BOOL},
    {"has_token", "has token", TABLE_BOOL},
    {"previous_token_expires_at", "previous token until", TABLE_TIME},
    {"capture_additional_data", "captures extras", TABLE_BOOL},
    {"default_urgency", "default urgency", TABLE_TEXT},
    {"created_at", "created", TABLE_TIME},
    {"open_count", "open alerts", TABLE_NUMBER},
    {"acknowledged_count", "acknowledged alerts", TABLE_NUMBER},
    {"last_event_at", "last event", TABLE_TIME},
    {"path", "path", TABLE_TEXT},
    {"token", "token", TABLE_TEXT},
    {"curl", "try it", TABLE_TEXT},
};

/* One line per integration. */
static const struct table_column brief[] = {
    {"integration_id", "ID", TABLE_TEXT},
    {"name", "NAME", TABLE_TEXT},
    {"enabled", "ENABLED", TABLE_BOOL},
    {"has_token", "TOKEN", TABLE_BOOL},
    {"open_count", "OPEN", TABLE_NUMBER},
    {"acknowledged_count", "ACKNOWLEDGED", TABLE_NUMBER},
    {"last_event_at", "LAST EVENT", TABLE_TIME},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

enum { ROW_COLUMNS = 11, PATH = ROW_COLUMNS, TOKEN, CURL };

/* Return the cell of that column; NULL when it is null or missing. */
static const char *
cell_named(const struct rows *rows, int row, const char *name)
{
	for (int c = 0; c < rows->columns; c++)
		if (strcmp(rows_column(rows, c), name) == 0)
			return rows_at(rows, row, c);
	return NULL;
}

int
integration_print_list(const struct rows *rows, bool json)
{
	struct table t = {json ? all : brief,
	    json ? ROW_COLUMNS : LENGTH(brief), NULL, (size_t)rows->n};
	const char **cells = calloc(t.rows * t.n + 1, sizeof(*cells));

	if (cells == NULL)
		return -1;
	for (size_t i = 0; i < t.rows * t.n; i++)
		cells[i] =
		    cell_named(rows, (int)(i / t.n), t.columns[i % t.n].name);
	t.cells = cells;
	if (json)
		table_json(stdout, &t, true);
	else
		table_print(stdout, &t);
	free(cells);
	return 0;
}

/* Append s, quoted as one word for the shell. */
static void
add_quoted(struct buf *b, const char *s)
{
	buf_puts(b, "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_puts(b, "'\\''");
		else
			buf_append(b, s, 1);
	}
	buf_puts(b, "'");
}

static void
add_curl(struct buf *b, const struct integration_print *d, const char *path)
{
	struct buf url = {.max = LINE_MAX_BYTES};
	size_t len;

	buf_puts(b,
	    "curl -fsS -m 10 --retry 5"
	    " -H 'Content-Type: application/json'");
	if (d->token != NULL) {
		buf_puts(b, " -H ");
		buf_puts(&url, "pagertree-token: ");
		buf_puts(&url, d->token);
		buf_append(&url, "", 1);
		add_quoted(b, url.failed ? "" : url.data);
		buf_reset(&url);
	}
	buf_puts(b,
	    " -d '{\"event_type\":\"create\",\"Id\":\"test-1\","
	    "\"Title\":\"Test alert\"}' ");
	/* path begins with /, so url must not end in one. */
	len = strlen(d->url);
	while (len > 0 && d->url[len - 1] == '/')
		len--;
	buf_append(&url, d->url, len);
	buf_puts(&url, path);
	buf_append(&url, "", 1);
	add_quoted(b, url.failed ? "" : url.data);
	buf_append(b, "", 1);
	b->failed |= url.failed;
	buf_free(&url);
}

int
integration_print_show(const struct integration_print *d,
    const struct rows *rows, bool json)
{
	const char *cells[LENGTH(all)];
	struct table t = {all, d->is_new ? LENGTH(all) : PATH + 1, cells, 1};
	struct buf path = {.max = LINE_MAX_BYTES};
	struct buf curl = {.max = LINE_MAX_BYTES};
	int rc = -1;

	if (rows->n != 1)
		return rc;
	for (size_t i = 0; i < ROW_COLUMNS; i++)
		cells[i] = cell_named(rows, 0, all[i].name);
	buf_puts(&path, d->conf->base_path);
	buf_puts(&path, "/integration/");
	buf_puts(&path, cells[0] == NULL ? "" : cells[0]);
	buf_append(&path, "", 1);
	if (!path.failed && d->is_new)
		add_curl(&curl, d, path.data);
	if (!path.failed && !curl.failed) {
		cells[PATH] = path.data;
		cells[TOKEN] = d->token;
		cells[CURL] = curl.data;
		if (json)
			table_json(stdout, &t, false);
		else
			table_print_records(stdout, &t);
		rc = 0;
	}
	if (curl.data != NULL)
		explicit_bzero(curl.data, curl.len);
	buf_free(&path);
	buf_free(&curl);
	return rc;
}
