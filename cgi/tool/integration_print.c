/* SPDX-License-Identifier: ISC */
#include "tool/integration_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tool/listing.h"
#include "tool/shell.h"
#include "tool/table.h"

#define LINE_MAX_BYTES 8192

/*
 * The cell, the columns of tocsin_api.integration_info, and five more.  Of one
 * database, what begins behind the cell is shown.
 */
static const struct table_column all_cells[] = {
    {"cell", "cell", TABLE_TEXT},
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
    {"dialect", "dialect", TABLE_TEXT},
    {"wrapper_key", "wrapper key", TABLE_TEXT},
    {"path", "path", TABLE_TEXT},
    {"token", "token", TABLE_TEXT},
    {"curl", "try it", TABLE_TEXT},
    {"paste", "put the path into", TABLE_TEXT},
    {"token_place", "put the token into", TABLE_TEXT},
};

/* One line per integration. */
static const struct table_column brief[] = {
    {"cell", "CELL", TABLE_TEXT},
    {"integration_id", "ID", TABLE_TEXT},
    {"name", "NAME", TABLE_TEXT},
    {"enabled", "ENABLED", TABLE_BOOL},
    {"has_token", "TOKEN", TABLE_BOOL},
    {"open_count", "OPEN", TABLE_NUMBER},
    {"acknowledged_count", "ACKNOWLEDGED", TABLE_NUMBER},
    {"last_event_at", "LAST EVENT", TABLE_TIME},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const struct table_column *const all = all_cells + 1;

enum {
	ROW_COLUMNS = 13,
	PATH = ROW_COLUMNS,
	TOKEN,
	CURL,
	PASTE,
	PLACE,
	ALL_COLUMNS
};

enum status
integration_print_list(struct session *session, bool json)
{
	return listing(session, DB_INTEGRATION_LIST, NULL,
	    json ? all_cells : brief, json ? 1 + ROW_COLUMNS : LENGTH(brief),
	    json);
}

/* Append the sample of the dialect, in which TOKEN stands for the token. */
static void
add_sample(struct buf *b, const struct integration_print *d)
{
	static const char word[] = "TOKEN";
	struct slice s = d->dialect->sample;
	const char *at = memmem(s.p, s.len, word, strlen(word));
	size_t before = at == NULL ? s.len : (size_t)(at - s.p);

	buf_append(b, s.p, before);
	if (at == NULL)
		return;
	buf_puts(b, d->token == NULL ? word : d->token);
	buf_append(b, at + strlen(word), s.len - before - strlen(word));
}

/* Append what to send, as options of curl. */
static void
add_body(struct buf *b, const struct integration_print *d)
{
	struct buf sample = {.max = LINE_MAX_BYTES};

	if (d->dialect == NULL) {
		buf_puts(b,
		    " -d '{\"event_type\":\"create\",\"Id\":\"test-1\","
		    "\"Title\":\"Test alert\"}' ");
		return;
	}
	add_sample(&sample, d);
	buf_append(&sample, "", 1);
	buf_puts(b, " -d ");
	shell_quote(b, sample.failed ? "" : sample.data);
	buf_puts(b, " ");
	b->failed |= sample.failed;
	buf_wipe(&sample);
}

/* Append where a sender may put its token. */
static void
add_place(struct buf *b, const struct dialect *d)
{
	buf_puts(b, "header pagertree-token: TOKEN");
	for (size_t i = 0; i < d->n_carriers; i++) {
		const struct carrier *c = &d->carriers[i];
		int len = (int)c->name.len;

		if (c->kind == CARRIER_SCHEME)
			buf_printf(b, "; header Authorization: %.*s TOKEN", len,
			    c->name.p);
		else if (c->kind == CARRIER_BASIC)
			buf_puts(b, "; user x, password TOKEN");
		else if (c->kind == CARRIER_HEADER)
			buf_printf(b, "; header %.*s: TOKEN", len, c->name.p);
		else if (c->kind == CARRIER_BODY)
			buf_printf(b, "; member %.*s of the body", len,
			    c->name.p);
		else
			buf_printf(b, "; ?%.*s=TOKEN behind the path", len,
			    c->name.p);
	}
	buf_append(b, "", 1);
}

static void
add_curl(struct buf *b, const struct integration_print *d, const char *path)
{
	struct buf url = {.max = LINE_MAX_BYTES};

	buf_puts(b, "curl -fsS -m 10 --retry 5");
	if (d->dialect == NULL || d->dialect->sample.p[0] == '{')
		buf_puts(b, " -H 'Content-Type: application/json'");
	if (d->token != NULL) {
		buf_puts(b, " -H ");
		buf_puts(&url, "pagertree-token: ");
		buf_puts(&url, d->token);
		buf_append(&url, "", 1);
		shell_quote(b, url.failed ? "" : url.data);
		buf_reset(&url);
	}
	add_body(b, d);
	shell_url(&url, d->url, path);
	if (d->dialect != NULL && d->dialect->sample_path.len > 0) {
		buf_puts(&url, "/");
		buf_append(&url, d->dialect->sample_path.p,
		    d->dialect->sample_path.len);
	}
	buf_append(&url, "", 1);
	shell_quote(b, url.failed ? "" : url.data);
	buf_append(b, "", 1);
	b->failed |= url.failed;
	buf_free(&url);
}

int
integration_print_show(const struct integration_print *d,
    const struct rows *rows, bool json)
{
	const char *cells[ALL_COLUMNS];
	struct table t = {all, PATH + 1, cells, 1};
	struct buf path = {.max = LINE_MAX_BYTES};
	struct buf curl = {.max = LINE_MAX_BYTES};
	struct buf paste = {.max = LINE_MAX_BYTES}, place = paste;
	int rc = -1;

	if (rows->n != 1)
		return rc;
	for (size_t i = 0; i < ROW_COLUMNS; i++)
		cells[i] = rows_cell(rows, 0, all[i].name);
	buf_puts(&path, d->conf->base_path);
	buf_puts(&path, "/integration/");
	buf_puts(&path, cells[0] == NULL ? "" : cells[0]);
	if (d->dialect != NULL) {
		buf_printf(&path, "/%.*s", (int)d->dialect->name.len,
		    d->dialect->name.p);
		buf_append(&paste, d->dialect->paste.p, d->dialect->paste.len);
		add_place(&place, d->dialect);
	}
	buf_append(&path, "", 1);
	buf_append(&paste, "", 1);
	if (d->is_new)
		t.n = d->dialect == NULL ? PASTE : ALL_COLUMNS;
	if (!path.failed && d->is_new)
		add_curl(&curl, d, path.data);
	if (!path.failed && !curl.failed && !paste.failed && !place.failed) {
		cells[PATH] = path.data;
		cells[TOKEN] = d->token;
		cells[CURL] = curl.data;
		cells[PASTE] = paste.data;
		cells[PLACE] = place.data;
		if (json)
			table_json(stdout, &t, false);
		else
			table_print_records(stdout, &t);
		rc = 0;
	}
	buf_free(&path);
	buf_wipe(&curl);
	buf_free(&paste);
	buf_free(&place);
	return rc;
}
