/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SESSION_H
#define TOOL_SESSION_H

#include <stddef.h>

#include "conf/conf.h"
#include "db/db.h"
#include "spool/dir.h"

/* Exit statuses; tocsin.1 says them to people. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* refused, or anything not below */
	STATUS_USAGE = 2,
	STATUS_CONFIGURATION = 3,
	STATUS_CONNECTION = 4,
	STATUS_SCHEMA = 5, /* missing, older or newer than the program */
	STATUS_PRIVILEGE = 6, /* or another finding inside the database */
	STATUS_SPOOL = 7
};

#define SESSION_SET_MAX 32
#define SESSION_ERROR_BYTES 1024

/* Who runs the tool, with what, and his connection. */
struct session {
	const char *path; /* of the configuration; NULL = where it may be */
	const char *set[SESSION_SET_MAX]; /* name=value, over it */
	size_t n;
	char *database; /* the same of -d, over all others; owned */
	struct conf conf;
	struct db *db; /* NULL before the first call */
};

/* Say one line on stderr, after the name of the program, safe to show. */
void session_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Read the configuration.  STATUS_OK, or STATUS_CONFIGURATION with error.
 * Owns tool->conf from then on; see session_close().
 */
enum status session_configure(struct session *session,
    char error[SESSION_ERROR_BYTES]);

/*
 * Connect, and compare the schema's version, which goes to *version (0 =
 * there is none), with ours.  When they differ, or on any other failure,
 * error says what, where and how to mend it.
 */
enum status session_schema(struct session *session, int *version,
    char error[SESSION_ERROR_BYTES]);

/* Call a function of tocsin_api; error as above. */
enum status session_query(struct session *session, enum db_call call,
    const char *const *params, struct rows *rows,
    char error[SESSION_ERROR_BYTES]);

/* Configure and compare the schema; says what is wrong. */
enum status session_open(struct session *session);

/* Let the connection go; the next call makes another. */
void session_disconnect(struct session *session);

void session_close(struct session *session);

/*
 * Open the spool of the configuration, as its owner when we are root: what
 * root makes there would be out of the responder's reach.  NULL with error.
 */
struct spool_dir *session_spool_dir(struct session *session,
    char error[SESSION_ERROR_BYTES]);

#endif
