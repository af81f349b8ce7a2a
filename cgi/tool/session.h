/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SESSION_H
#define TOOL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "db/db.h"
#include "spool/dir.h"

/* Exit statuses, documented in tocsin.1. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* refused, or any other failure */
	STATUS_USAGE = 2,
	STATUS_CONFIGURATION = 3,
	STATUS_CONNECTION = 4,
	STATUS_SCHEMA = 5, /* missing, older or newer than the program */
	STATUS_PRIVILEGE = 6, /* or another finding inside the database */
	STATUS_SPOOL = 7
};

#define SESSION_SET_MAX 32
#define SESSION_ERROR_BYTES 1024
#define SESSION_CELL_BYTES 5 /* as the prefix of an integration's id */

/* The tool's options, configuration and connection. */
struct session {
	const char *path; /* of the configuration; NULL = search for it */
	const char *set[SESSION_SET_MAX]; /* name=value, overrides it */
	size_t n;
	char *database; /* database=... from -d, overrides all; owned */
	char
	    cell[SESSION_CELL_BYTES]; /* name of the cell; "" = there is none */
	struct conf conf;
	struct db *db; /* NULL before the first call */
};

/* Print one line to stderr, after the program's name, safe for terminals. */
void session_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Begin the lines with the name of a cell, which must stay valid; "" = not. */
void session_speak_for(const char *cell);

/*
 * Read the configuration into session->conf, which session_close() frees.
 * Returns STATUS_OK, or STATUS_CONFIGURATION with error set.
 */
enum status session_configure(struct session *session,
    char error[SESSION_ERROR_BYTES]);

/*
 * Return whether the configuration names cells, and it is left open which of
 * them is meant; error is set then.
 */
bool session_lacks_cell(const struct session *session,
    char error[SESSION_ERROR_BYTES]);

/*
 * Connect, store the schema's version (0 = none) in *version, and compare it
 * with the program's.  If they differ, or on any other failure, error gives
 * the cause and a remedy.
 */
enum status session_schema(struct session *session, int *version,
    char error[SESSION_ERROR_BYTES]);

/* Call a function of tocsin_api; error is set as above. */
enum status session_query(struct session *session, enum db_call call,
    const char *const *params, struct rows *rows,
    char error[SESSION_ERROR_BYTES]);

/* Configure and check the schema; print an error on failure. */
enum status session_open(struct session *session);

/* Open the session if it is not open, and call; print an error on failure. */
enum status session_call(struct session *session, enum db_call call,
    const char *const *params, struct rows *rows);

/* Close the connection; the next call opens another. */
void session_disconnect(struct session *session);

void session_close(struct session *session);

/*
 * Open the configured spool.  As root, become its owner for good: the
 * responder cannot use files owned by root.  Returns NULL with error set.
 */
struct spool_dir *session_spool_dir(struct session *session,
    char error[SESSION_ERROR_BYTES]);

#endif
