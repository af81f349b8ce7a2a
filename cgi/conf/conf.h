/* SPDX-License-Identifier: ISC */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#define CONF_ERROR_BYTES 512

/*
 * The configuration.  Read once at start, const afterwards.  A table in
 * conf.c defines the keys, their ranges and their defaults; tocsin.conf.5
 * describes them.
 */
struct conf {
	char *path; /* the file that was read; NULL = none */
	struct stat file; /* its state at that time */
	const char *const *set; /* as passed to conf_read(): borrowed */
	size_t set_n;
	char *database; /* libpq conninfo or URI; "" = libpq's defaults */
	int connections; /* to the database, per process */
	int workers; /* requests served concurrently */
	bool prepared; /* prepare statements; no behind pgbouncer */
	int database_timeout; /* milliseconds for one call */
	int request_timeout; /* milliseconds for a whole request */
	bool end_with_parent; /* stop with the web server that started us */
	long body_max; /* bytes */
	char *dialects; /* directory of the user's dialects; "" = none */
	char *base_path; /* URL prefix to strip; "" = none */
	char *log; /* stderr, syslog, or a path */
	char *log_level; /* warn, info or debug */
	char *spool; /* directory; "" = none */
	bool spool_volatile; /* allow a spool that a reboot empties */
	long spool_max_files;
	long spool_max_bytes;
	int keep_refused; /* number of refused requests to keep */
	bool door; /* tocsin.cgi may pass requests to a resident responder */
	int door_idle; /* seconds without a request until that ends */
	bool board; /* serve the board */
	bool board_actions; /* and its buttons */
	bool heartbeat_get; /* take pings by GET, too */
	char *cells; /* directory with a configuration for each; "" = none */
	char *relay_database; /* as libpq knows it, for tocsin-relay; "" =
				 database */
	char *relay_allow; /* networks: relay/address.h */
	bool relay_plain_http; /* http:// to public addresses */
	char *relay_proxy; /* URL of an HTTP proxy; "" = none */
	char *relay_ca; /* file of certificates; "" = the host's alone */
	char *relay_secrets; /* file; "" = none */
	char *relay_commands; /* directory; "" = none */
	char *relay_ping_url; /* URL; "" = none */
	bool relay_start; /* the responder starts it when needed */
	char *mail_from; /* address; "" = no mail */
	char *sendmail; /* program */
	char *smtp_url; /* server to use instead; "" = none */
	char *smtp_user; /* "" = do not log in */
};

/*
 * Read the configuration: defaults, then the file, then TOCSIN_NAME in the
 * environment, then the n flags in set ("name=value" each).
 *
 * path names the file.  If it is NULL, try TOCSIN_CONF; then
 * .config/tocsin.conf and etc/tocsin.conf in the effective user's home, as
 * the user database has it (suEXEC may unset HOME); then the compiled
 * default.  Only a file named by path or TOCSIN_CONF must exist.  A file
 * that contains a password and that others can read is refused.
 *
 * Returns 0, and the caller must conf_free() *c; or -1 with a line in error
 * that gives file, line, key and fault, but no value, since it may be
 * secret.  Logs a warning for a TOCSIN_ variable that is not a key.
 */
int conf_read(struct conf *c, const char *path, const char *const *set,
    size_t n, char error[CONF_ERROR_BYTES]);

/*
 * Return whether conf_read() with that path would read another file than it
 * read for c, or one that was replaced or changed since.
 */
bool conf_is_stale(const struct conf *c, const char *path);

/* Print every key and value as a configuration file, passwords masked. */
void conf_dump(const struct conf *c, FILE *out);

/* Print every key, commented out, with its default and its purpose. */
void conf_example(FILE *out);

void conf_free(struct conf *c);

#endif
