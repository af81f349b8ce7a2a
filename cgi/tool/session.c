/* SPDX-License-Identifier: ISC */
#include "tool/session.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/schema.h"
#include "tool/terminal.h"

#define CALL_MS 30000
#define LONG_CALL_MS (INT64_C(7) * 24 * 3600 * 1000)

static const char *speaker = "";

void
session_speak_for(const char *cell)
{
	speaker = cell;
}

void
session_say(const char *fmt, ...)
{
	char text[2 * SESSION_ERROR_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("tocsin: ", stderr);
	if (speaker[0] != '\0')
		fprintf(stderr, "cell %s: ", speaker);
	terminal_text(stderr, text);
	putc('\n', stderr);
}

enum status
session_configure(struct session *session, char error[SESSION_ERROR_BYTES])
{
	const char *set[SESSION_SET_MAX + 1];
	char why[CONF_ERROR_BYTES];
	size_t n = session->n;

	memcpy(set, session->set, n * sizeof(set[0]));
	if (session->database != NULL)
		set[n++] = session->database;
	if (conf_read(&session->conf, session->path, set, n, why) == -1) {
		snprintf(error, SESSION_ERROR_BYTES, "%s (see tocsin.conf(5))",
		    why);
		return STATUS_CONFIGURATION;
	}
	/* table_json() parses times in this style. */
	setenv("PGDATESTYLE", "ISO", 1);
	return STATUS_OK;
}

/* Describe a failed call to the operator, with a remedy. */
static enum status
explain(const struct rows *rows, char error[SESSION_ERROR_BYTES])
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
		"connect as a role with the privilege: see -d in tocsin(1)"},
	};

	/* As the server says it unless its messages are translated. */
	if (strstr(rows->error, "Peer authentication failed") != NULL) {
		snprintf(error, SESSION_ERROR_BYTES,
		    "could not reach the database: %s: run this as the user "
		    "who may log in as that role, like the web server's, or "
		    "give -d",
		    rows->error);
		return STATUS_CONNECTION;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(rows->sqlstate, table[i].sqlstate) != 0)
			continue;
		snprintf(error, SESSION_ERROR_BYTES, "%s%s: %s",
		    i == 0 ? "could not reach the database: " : "", rows->error,
		    table[i].mend);
		return table[i].status;
	}
	snprintf(error, SESSION_ERROR_BYTES, "%s", rows->error);
	return STATUS_FAILED;
}

/*
 * Whether the work of a call takes as long as it takes.  Whoever has enough of
 * it ends the tool, and the server then gives the call up.
 */
static bool
is_long(enum db_call call)
{
	return call == DB_DEMO_DATA || call == DB_DEMO_REMOVE ||
	    call == DB_MAINTAIN;
}

enum status
session_query(struct session *session, enum db_call call,
    const char *const *params, struct rows *rows,
    char error[SESSION_ERROR_BYTES])
{
	int64_t ms;

	memset(rows, 0, sizeof(*rows));
	if (session->db == NULL)
		session->db = db_open(&session->conf, DB_TOOL);
	if (session->db == NULL) {
		snprintf(error, SESSION_ERROR_BYTES, "out of memory");
		return STATUS_FAILED;
	}
	ms = is_long(call) ? LONG_CALL_MS : CALL_MS;
	if (db_query(session->db, call, params, rows, clock_ms() + ms) ==
	    OUTCOME_OK)
		return STATUS_OK;
	return explain(rows, error);
}

bool
session_lacks_cell(const struct session *session,
    char error[SESSION_ERROR_BYTES])
{
	if (session->conf.cells[0] == '\0' || session->cell[0] != '\0' ||
	    session->database != NULL)
		return false;
	snprintf(error, SESSION_ERROR_BYTES,
	    "the configuration names cells: choose one, with -c %s/NAME.conf",
	    session->conf.cells);
	return true;
}

enum status
session_schema(struct session *session, int *version,
    char error[SESSION_ERROR_BYTES])
{
	struct rows rows;
	enum status status;
	const char *cell;

	*version = 0;
	if (session_lacks_cell(session, error))
		return STATUS_CONFIGURATION;
	status = session_query(session, DB_SCHEMA_VERSION, NULL, &rows, error);
	if (status == STATUS_OK) {
		cell = rows.n == 1 ? rows_at(&rows, 0, 0) : NULL;
		if (cell != NULL)
			*version = (int)strtol(cell, NULL, 10);
	}
	rows_free(&rows);
	if (status == STATUS_SCHEMA)
		snprintf(error, SESSION_ERROR_BYTES,
		    "the database has no tocsin schema: run tocsin init");
	if (status != STATUS_OK || schema_fits(*version))
		return status;
	snprintf(error, SESSION_ERROR_BYTES,
	    "the schema has version %d, this program needs version %d: %s",
	    *version, SCHEMA,
	    *version < SCHEMA ? "run tocsin init" : "install a newer tocsin");
	return STATUS_SCHEMA;
}

enum status
session_open(struct session *session)
{
	char error[SESSION_ERROR_BYTES];
	enum status status;
	int version;

	status = session_configure(session, error);
	if (status == STATUS_OK)
		status = session_schema(session, &version, error);
	if (status != STATUS_OK)
		session_say("%s", error);
	return status;
}

enum status
session_call(struct session *session, enum db_call call,
    const char *const *params, struct rows *rows)
{
	char error[SESSION_ERROR_BYTES];
	enum status status = STATUS_OK;

	rows->result = NULL;
	if (session->db == NULL)
		status = session_open(session);
	if (status != STATUS_OK)
		return status;
	status = session_query(session, call, params, rows, error);
	if (status != STATUS_OK)
		session_say("%s", error);
	return status;
}

void
session_disconnect(struct session *session)
{
	if (session->db != NULL)
		db_close(session->db);
	session->db = NULL;
}

void
session_close(struct session *session)
{
	session_disconnect(session);
	conf_free(&session->conf);
	free(session->database);
	session->database = NULL;
}

/* As root, become the owner: the responder cannot use files owned by root. */
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

struct spool_dir *
session_spool_dir(struct session *session, char error[SESSION_ERROR_BYTES])
{
	if (become_owner(session->conf.spool) == 0)
		return spool_dir_open(&session->conf, error);
	snprintf(error, SESSION_ERROR_BYTES,
	    "could not act as the owner of \"%s\": %s", session->conf.spool,
	    strerror(errno));
	return NULL;
}
