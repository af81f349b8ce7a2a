/* SPDX-License-Identifier: ISC */
#include "tool/outgoing.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "intake/kick.h"
#include "relay/child.h"
#include "relay/secrets.h"

#define MISSED_S 120 /* warn after this time without a relay */
#define PATIENCE_MS 5000

/* The result of tocsin_api.outgoing_counts(). */
struct outgoing {
	double waiting, oldest_s, dead, seen_at;
	const char *broken; /* the first destination that is */
};

/* Where outgoing_check() reports, and whether all is well so far. */
struct report {
	void (*say)(void *arg, bool is_ok, const char *text);
	void *arg;
	bool is_ok;
};

__attribute__((format(printf, 2, 3))) static void
warn_of(struct report *r, const char *fmt, ...)
{
	char text[SESSION_ERROR_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->is_ok = false;
	r->say(r->arg, false, text);
}

static void
count_outgoing(struct outgoing *o, const struct rows *rows)
{
	for (int row = 0; row < rows->n; row++) {
		const char *metric = rows_cell(rows, row, "metric");
		const char *label = rows_cell(rows, row, "label");
		const char *text = rows_cell(rows, row, "value");
		double value = text == NULL ? 0 : strtod(text, NULL);

		if (strcmp(metric, "tocsin_relay_seen_timestamp_seconds") == 0)
			o->seen_at = value;
		else if (strcmp(metric, "tocsin_outbox_oldest_seconds") == 0 ||
		    strcmp(metric, "tocsin_oldest_due_delivery_seconds") == 0)
			o->oldest_s = value > o->oldest_s ? value : o->oldest_s;
		else if (strcmp(metric, "tocsin_destination_broken") == 0)
			o->broken =
			    value > 0 && o->broken == NULL ? label : o->broken;
		else if (strcmp(metric, "tocsin_deliveries") != 0)
			continue;
		else if (strcmp(label, "dead") == 0)
			o->dead = value;
		else
			o->waiting += value;
	}
}

enum status
outgoing_judge(const struct conf *conf, const char *url,
    char why[ADDRESS_WHY_BYTES])
{
	struct address_allow allow;

	if (address_allow_read(&allow, conf, why) == -1)
		return STATUS_CONFIGURATION;
	setenv("RES_OPTIONS", "timeout:2 attempts:1", 1);
	return address_is_url_allowed(&allow, url, why) ? STATUS_OK
							: STATUS_FAILED;
}

/* Report why no mail can be sent, and the remedy. */
static void
check_mail(struct report *r, const struct conf *conf, struct secrets *secrets)
{
	struct buf password = {.max = SESSION_ERROR_BYTES};
	char why[SECRETS_WHY_BYTES];

	if (conf->mail_from[0] == '\0')
		warn_of(r,
		    "there are mails to send, but no sender address: set "
		    "mail_from to an address of a domain of this host");
	else if (conf->smtp_url[0] == '\0' &&
	    access(conf->sendmail, X_OK) == -1)
		warn_of(r,
		    "there are mails to send, but \"%.400s\" cannot be "
		    "executed: install a mail server or msmtp-mta, or set "
		    "sendmail or smtp_url",
		    conf->sendmail);
	else if (conf->smtp_url[0] != '\0' && conf->smtp_user[0] != '\0' &&
	    secrets_fill(secrets, SLICE("{{secret.smtp_password}}"), &password,
		why) == -1)
		warn_of(r, "smtp_user cannot log in: %s", why);
	buf_wipe(&password);
}

/* Return whether the role may list destinations: the responder's may not. */
static bool
may_list(struct session *session)
{
	char text[SESSION_ERROR_BYTES];
	struct rows rows;
	bool may;

	may = session_query(session, DB_DESTINATION_MAY_LIST, NULL, &rows,
		  text) == STATUS_OK &&
	    rows.n == 1 && rows_at(&rows, 0, 0)[0] == 't';
	rows_free(&rows);
	return may;
}

/*
 * Report the first of the secrets, a PostgreSQL array or NULL, that the file
 * lacks.
 */
static void
check_secrets(struct report *r, const char *name, const char *list,
    struct secrets *secrets)
{
	char text[SECRETS_NAME_MAX + sizeof("{{secret.}}")];
	struct buf value = {.max = CONF_ERROR_BYTES + SESSION_ERROR_BYTES};
	char why[SECRETS_WHY_BYTES];
	size_t len;

	if (list == NULL)
		return;
	/* check_keys() reports a file that cannot be read. */
	if (secrets->path[0] != '\0' && secrets_read(secrets, why) == -1)
		return;
	for (list += strspn(list, "{,}"); *list != '\0';
	     list += len, list += strspn(list, "{,}")) {
		len = strcspn(list, "{,}");
		snprintf(text, sizeof(text), "{{secret.%.*s}}", (int)len, list);
		buf_reset(&value);
		if (secrets_fill(secrets, slice_of(text), &value, why) == 0)
			continue;
		warn_of(r, "destination %s: %s", name, why);
		break;
	}
	buf_wipe(&value);
}

/* Report why this host cannot send to one destination. */
static void
check_destination(struct report *r, const struct conf *conf,
    const struct rows *rows, int row, struct secrets *secrets)
{
	const char *name = rows_cell(rows, row, "name");
	const char *kind = rows_cell(rows, row, "kind");
	const char *address = rows_cell(rows, row, "address");
	char why[ADDRESS_WHY_BYTES + JOB_WHY_BYTES], path[PATH_MAX];

	if (strcmp(kind, "webhook") == 0 &&
	    outgoing_judge(conf, address, why) != STATUS_OK)
		warn_of(r, "destination %s: %s", name, why);
	if (strcmp(kind, "command") == 0 &&
	    child_find(conf->relay_commands, address, path, why) == -1)
		warn_of(r, "destination %s: %s", name, why);
	check_secrets(r, name, rows_cell(rows, row, "secret_names"), secrets);
}

/* Report the destinations to which the configuration allows no messages. */
static void
check_destinations(struct session *session, struct report *r)
{
	const struct conf *conf = &session->conf;
	char text[SESSION_ERROR_BYTES];
	struct secrets secrets;
	bool has_mail = false;
	struct rows rows;

	if (!may_list(session))
		return;
	secrets_init(&secrets, conf->relay_secrets);
	if (session_query(session, DB_DESTINATION_LIST, NULL, &rows, text) !=
	    STATUS_OK)
		rows.n = 0;
	for (int row = 0; row < rows.n; row++) {
		if (rows_cell(&rows, row, "enabled")[0] != 't')
			continue;
		if (strcmp(rows_cell(&rows, row, "kind"), "mail") == 0)
			has_mail = true;
		check_destination(r, conf, &rows, row, &secrets);
	}
	rows_free(&rows);
	if (has_mail)
		check_mail(r, conf, &secrets);
	secrets_free(&secrets);
}

/* Report keys that name what cannot be used, even if nothing needs it. */
static void
check_keys(struct report *r, const struct conf *conf)
{
	char why[JOB_WHY_BYTES], path[PATH_MAX];
	struct secrets secrets;
	struct program own;

	secrets_init(&secrets, conf->relay_secrets);
	if (conf->relay_secrets[0] != '\0' && secrets_read(&secrets, why) == -1)
		warn_of(r, "%s", why);
	secrets_free(&secrets);
	if (conf->relay_commands[0] != '\0' &&
	    child_check_directory(conf->relay_commands, why) == -1)
		warn_of(r, "%s", why);
	if (!conf->relay_start)
		return;
	if (conf->spool[0] == '\0')
		warn_of(r,
		    "relay_start has no effect without a spool: set spool");
	if (program_find(&own) == 0 &&
	    program_beside(&own, KICK_PROGRAM, path) == -1)
		warn_of(r,
		    "relay_start has no effect: there is no " KICK_PROGRAM
		    " beside the responder: it is built only where libcurl's "
		    "headers are");
}

/* Log in as the relay does, and report why it cannot send. */
static void
check_role(struct report *r, const struct conf *conf)
{
	struct conf own = *conf;
	struct rows rows = {0};
	struct db *db;

	if (conf->relay_database[0] != '\0')
		own.database = conf->relay_database;
	db = db_open(&own, DB_TOOL);
	if (db == NULL)
		return;
	if (db_query(db, DB_RELAY_MAY_SEND, NULL, &rows,
		clock_ms() + PATIENCE_MS) != OUTCOME_OK)
		warn_of(r,
		    KICK_PROGRAM
		    " cannot use the database: %s: see " KICK_PROGRAM "(8)",
		    rows.error);
	else if (rows.n == 1 && rows_cell(&rows, 0, "may")[0] != 't')
		warn_of(r,
		    KICK_PROGRAM " would log in as %s, which may not send: set "
				 "relay_database to log in as tocsin_relay; "
				 "see " KICK_PROGRAM "(8)",
		    rows_cell(&rows, 0, "role"));
	rows_free(&rows);
	db_close(db);
}

/* Report what the counters show. */
static void
check_counts(struct report *r, const struct outgoing *o)
{
	if (o->oldest_s > MISSED_S &&
	    (double)clock_wall_us() / 1e6 - o->seen_at > MISSED_S)
		warn_of(r,
		    "notifications have been due for %.0f s, and no relay has "
		    "been seen for %d s: see " KICK_PROGRAM "(8)",
		    o->oldest_s, MISSED_S);
	if (o->dead > 0)
		warn_of(r,
		    "%.0f deliveries are dead: see tocsin delivery list --dead",
		    o->dead);
	if (o->broken != NULL)
		warn_of(r,
		    "destination %s is broken: see tocsin destination show %s",
		    o->broken, o->broken);
}

void
outgoing_check(struct session *session,
    void (*say)(void *arg, bool is_ok, const char *text), void *arg)
{
	struct report r = {say, arg, true};
	char text[SESSION_ERROR_BYTES];
	struct outgoing o = {0};
	struct rows rows;

	if (session_query(session, DB_OUTGOING_COUNTS, NULL, &rows, text) !=
	    STATUS_OK)
		rows.n = 0;
	count_outgoing(&o, &rows);
	check_counts(&r, &o);
	check_keys(&r, &session->conf);
	/* Skip this if another host has the relay, or with -d, not a key. */
	if (rows.n > 0 && session->database == NULL &&
	    (o.seen_at == 0 || session->conf.relay_database[0] != '\0' ||
		session->conf.relay_start))
		check_role(&r, &session->conf);
	check_destinations(session, &r);
	snprintf(text, sizeof(text), "%.0f deliveries are waiting", o.waiting);
	if (rows.n > 0 && r.is_ok)
		say(arg, true, text);
	rows_free(&rows);
}
