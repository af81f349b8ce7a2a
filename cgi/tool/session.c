/* SPDX-License-Identifier: ISC */
#include "tool/session.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tool/terminal.h"

#define CALL_MS 30000

void
operator_say(const char *fmt, ...)
{
	char text[2 * OPERATOR_ERROR_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("tocsin: ", stderr);
	terminal_text(stderr, text);
	putc('\n', stderr);
}

enum status
operator_configure(struct tool *tool, char error[OPERATOR_ERROR_BYTES])
{
	const char *set[OPERATOR_SET_MAX + 1];
	char why[CONF_ERROR_BYTES];
	size_t n = tool->n;

	memcpy(set, tool->set, n * sizeof(set[0]));
	if (tool->database != NULL)
		set[n++] = tool->database;
	if (conf_read(&tool->conf, tool->path, set, n, why) == -1) {
		snprintf(error, OPERATOR_ERROR_BYTES, "%s (see tocsin.conf(5))",
		    why);
		return STATUS_CONFIGURATION;
	}
	/* Times are read again to be written as JSON. */
	setenv("PGDATESTYLE", "ISO", 1);
	return STATUS_OK;
}

/* What a failed call means to the operator, and how to mend it. */
static enum status
explain(const struct db_rows *rows, char error[OPERATOR_ERROR_BYTES])
{
	static const struct {
		const char *sqlstate;
		enum status status;
		const char *mend;
	} table[] = {
	    {"", STATUS_CONNECTION,
		"check the key database in tocsin.conf(5), or give -d"},
	    {"3F000", STATUS_SCHEMA, "run tocsin init"},
	    {"42883", STATUS_SCHEMA, "run tocsin init"},
	    {"42P01", STATUS_SCHEMA, "run tocsin init"},
	    {"42501", STATUS_PRIVILEGE,
		"connect as a role that may: see -d in tocsin(1)"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(rows->sqlstate, table[i].sqlstate) != 0)
			continue;
		snprintf(error, OPERATOR_ERROR_BYTES, "%s%s: %s",
		    i == 0 ? "could not reach the database: " : "", rows->error,
		    table[i].mend);
		return table[i].status;
	}
	snprintf(error, OPERATOR_ERROR_BYTES, "%s", rows->error);
	return STATUS_FAILED;
}

enum status
operator_query(struct tool *tool, enum db_call call, const char *const *params,
    struct db_rows *rows, char error[OPERATOR_ERROR_BYTES])
{
	memset(rows, 0, sizeof(*rows));
	if (tool->db == NULL)
		tool->db = db_open(&tool->conf, DB_TOOL);
	if (tool->db == NULL) {
		snprintf(error, OPERATOR_ERROR_BYTES, "out of memory");
		return STATUS_FAILED;
	}
	if (db_query(tool->db, call, params, rows, clock_ms() + CALL_MS) ==
	    OUTCOME_OK)
		return STATUS_OK;
	return explain(rows, error);
}

enum status
operator_schema(struct tool *tool, int *version,
    char error[OPERATOR_ERROR_BYTES])
{
	struct db_rows rows;
	enum status status;
	const char *cell;

	*version = 0;
	status = operator_query(tool, DB_SCHEMA_VERSION, NULL, &rows, error);
	if (status == STATUS_OK) {
		cell = rows.n == 1 ? db_cell(&rows, 0, 0) : NULL;
		if (cell != NULL)
			*version = (int)strtol(cell, NULL, 10);
	}
	db_rows_free(&rows);
	if (status == STATUS_SCHEMA)
		snprintf(error, OPERATOR_ERROR_BYTES,
		    "the database has no schema of tocsin: run tocsin init");
	if (status != STATUS_OK || *version == SCHEMA)
		return status;
	snprintf(error, OPERATOR_ERROR_BYTES,
	    "the schema has version %d, this program needs version %d: %s",
	    *version, SCHEMA,
	    *version < SCHEMA ? "run tocsin init" : "install a newer tocsin");
	return STATUS_SCHEMA;
}

enum status
operator_open(struct tool *tool)
{
	char error[OPERATOR_ERROR_BYTES];
	enum status status;
	int version;

	status = operator_configure(tool, error);
	if (status == STATUS_OK)
		status = operator_schema(tool, &version, error);
	if (status != STATUS_OK)
		operator_say("%s", error);
	return status;
}

void
operator_disconnect(struct tool *tool)
{
	if (tool->db != NULL)
		db_close(tool->db);
	tool->db = NULL;
}

void
operator_close(struct tool *tool)
{
	operator_disconnect(tool);
	conf_free(&tool->conf);
	free(tool->database);
	tool->database = NULL;
}

/* Files made as root would be out of the responder's reach. */
static int
become_owner(const char *path)
{
	struct stat st;

	if (geteuid() != 0 || stat(path, &st) == -1 || st.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) == -1 || setgid(st.st_gid) == -1)
		return -1;
	return setuid(st.st_uid);
}

struct spooldir *
operator_spooldir(struct tool *tool, char error[OPERATOR_ERROR_BYTES])
{
	if (become_owner(tool->conf.spool) == 0)
		return spooldir_open(&tool->conf, error);
	snprintf(error, OPERATOR_ERROR_BYTES,
	    "could not act as the owner of \"%s\": %s", tool->conf.spool,
	    strerror(errno));
	return NULL;
}
