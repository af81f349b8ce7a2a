/* SPDX-License-Identifier: ISC */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONF_ERROR_BYTES 512

/*
 * What the operator decided.  Read once at start, const afterwards.  The
 * keys, their ranges and their defaults stand in one table in conf.c;
 * tocsin.conf.5 says what each is for.
 */
struct conf {
	char *path; /* the file that was read; NULL = none */
	char *database; /* libpq conninfo or URI; "" = libpq's defaults */
	int connections; /* to the database, in one process */
	int workers; /* threads, so requests at the same time */
	bool prepared; /* statements are prepared; not through pgbouncer */
	int database_timeout; /* milliseconds for one call */
	int request_timeout; /* milliseconds for a whole request */
	bool end_with_parent; /* the web server starts us, and may be killed */
	long body_max; /* bytes */
	char *base_path; /* URL prefix that is not ours; "" = none */
	char *log; /* stderr, syslog, or a path */
	char *log_level; /* warn, info or debug */
	char *spool; /* directory; "" = none */
	bool spool_volatile; /* a spool that a reboot empties is wanted */
	long spool_max_files;
	long spool_max_bytes;
	bool board; /* show it */
	bool board_actions; /* with buttons */
};

/*
 * Read the configuration: defaults, then the file, then TOCSIN_NAME in the
 * environment, then the n flags in set ("name=value" each).
 *
 * path names the file; NULL looks at TOCSIN_CONF, then in the home of the
 * effective user as the user database has it (HOME may be missing under
 * suEXEC) for .config/tocsin.conf and etc/tocsin.conf, then at the compiled
 * default; only a file that was named must exist.  A file with a password in
 * it that others may read is refused.
 *
 * Returns 0 and *c is the caller's to conf_free(); or -1 with a line in
 * error that says file, line, key and what is wrong, but no value, since it
 * may be secret.  Logs a warning for a TOCSIN_ variable that is no key.
 */
int conf_read(struct conf *c, const char *path, const char *const *set,
    size_t n, char error[CONF_ERROR_BYTES]);

/* Print every key with its value, passwords masked, as a file to be read. */
void conf_dump(const struct conf *c, FILE *out);

/* Print every key, commented out, at its default, with what it is for. */
void conf_example(FILE *out);

void conf_free(struct conf *c);

#endif
