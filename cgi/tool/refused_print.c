/* SPDX-License-Identifier: ISC */
#include "tool/refused_print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "spool/refused.h"
#include "tool/table.h"
#include "tool/terminal.h"

#define COLUMNS 16 /* without the body */
#define TIME_BYTES 40

/* The list has the first of them, one has all, and JSON always does. */
static const struct table_column columns[COLUMNS + 1] = {
    {"received_at", "time", TABLE_TIME},
    {"id", "id", TABLE_TEXT},
    {"integration_id", "integration", TABLE_TEXT},
    {"dialect", "dialect", TABLE_TEXT},
    {"status", "status", TABLE_NUMBER},
    {"reason", "reason", TABLE_TEXT},
    {"pointer", "pointer", TABLE_TEXT},
    {"detail", "detail", TABLE_TEXT},
    {"method", "method", TABLE_TEXT},
    {"path", "path", TABLE_TEXT},
    {"query", "query", TABLE_TEXT},
    {"content_type", "Content-Type", TABLE_TEXT},
    {"content_encoding", "Content-Encoding", TABLE_TEXT},
    {"remote_addr", "sender", TABLE_TEXT},
    {"sent_bytes", "bytes", TABLE_NUMBER},
    {"kept_bytes", "of which kept", TABLE_NUMBER},
    {"body", NULL, TABLE_TEXT},
};

#define LISTED 7

/* The cells of all rows: texts, and where each begins. */
struct cells {
	struct buf text, begins;
	const char **list; /* owned; NULL until list_cells() */
	size_t n;
};

#define NULL_CELL SIZE_MAX

static void
add(struct cells *c, struct slice text)
{
	size_t at = text.p == NULL ? NULL_CELL : c->text.len;

	c->text.max = c->begins.max = SIZE_MAX / 2;
	buf_append(&c->begins, &at, sizeof(at));
	if (text.p == NULL)
		return;
	buf_append(&c->text, text.p, text.len);
	buf_append(&c->text, "", 1);
}

/* Build list.  Returns 0, or -1 when out of memory. */
static int
list_cells(struct cells *c)
{
	size_t at;

	c->n = c->begins.len / sizeof(at);
	c->list = calloc(c->n + 1, sizeof(*c->list));
	if (c->list == NULL || c->text.failed || c->begins.failed)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		memcpy(&at, c->begins.data + i * sizeof(at), sizeof(at));
		c->list[i] = at == NULL_CELL ? NULL : c->text.data + at;
	}
	return 0;
}

static void
add_number(struct cells *c, int64_t n)
{
	const struct slice none = {0};
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	add(c, n < 0 ? none : slice_of(text));
}

/* Add a time as PostgreSQL writes it. */
static void
add_time(struct cells *c, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char day[24] = "", text[TIME_BYTES];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06d+00", day, (int)(us % 1000000));
	add(c, slice_of(text));
}

static void
add_row(const struct kept *k, void *arg)
{
	struct cells *c = arg;
	char id[UUID_TEXT_BYTES];

	kept_id(k, id);
	add_time(c, k->identity.received_at);
	add(c, slice_of(id));
	add(c, k->integration);
	add(c, kept_dialect(k));
	add_number(c, k->status);
	add(c, k->reason);
	add(c, k->pointer);
	add(c, k->detail);
	add(c, k->method);
	add(c, k->path);
	add(c, k->query);
	add(c, k->content_type);
	add(c, k->content_encoding);
	add(c, k->remote_addr);
	add_number(c, k->sent);
	add_number(c, (int64_t)k->size);
}

static void
free_cells(struct cells *c)
{
	buf_free(&c->text);
	buf_free(&c->begins);
	free(c->list);
}

/* Print the first columns, or all as JSON. */
static void
print_list(const struct cells *c, bool json)
{
	struct table_column shown[COLUMNS];
	struct table t = {shown, COLUMNS, c->list, c->n / COLUMNS};

	memcpy(shown, columns, sizeof(shown));
	for (size_t i = LISTED; i < COLUMNS; i++)
		shown[i].title = NULL;
	if (json)
		table_json(stdout, &t, true);
	else if (t.rows == 0)
		puts("none");
	else
		table_print(stdout, &t);
}

int
refused_print_list(const struct spool_dir *d, bool json)
{
	struct cells c = {0};
	int rc = refused_each(d, add_row, &c), saved = errno;

	if (list_cells(&c) == -1) {
		rc = -1;
		saved = ENOMEM;
	}
	if (rc == 0)
		print_list(&c, json);
	free_cells(&c);
	errno = saved;
	return rc;
}

/* Copy bytes that may hold a NUL, which ends what is printed. */
static char *
copy_body(struct slice body)
{
	char *copy = malloc(body.len + 1);

	for (size_t i = 0; copy != NULL && i < body.len; i++)
		copy[i] = body.p[i] == '\0' ? '\1' : body.p[i];
	if (copy != NULL)
		copy[body.len] = '\0';
	return copy;
}

void
refused_print(const struct kept *k, bool json)
{
	char *body = copy_body(k->body);
	struct cells c = {0};
	struct table t;
	bool good;

	add_row(k, &c);
	add(&c, slice_of(body));
	good = list_cells(&c) == 0;
	t = (struct table){columns, json ? COLUMNS + 1 : COLUMNS, c.list, 1};
	if (json && good) {
		table_json(stdout, &t, false);
	} else if (good) {
		table_print_records(stdout, &t);
		putchar('\n');
		terminal_lines(stdout, slice_of(body == NULL ? "" : body));
		putchar('\n');
	}
	free_cells(&c);
	free(body);
}
