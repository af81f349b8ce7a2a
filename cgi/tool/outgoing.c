/* SPDX-License-Identifier: ISC */
#include "tool/outgoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/secrets.h"

#define MISSED_S 120 /* without a relay, while something waits */

/* What tocsin_api.outgoing_counts() tells. */
struct outgoing {
	double waiting, oldest_s, dead, seen_at;
	const char *broken; /* the first destination that is */
};

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

/* Return why no mail can be sent, and what mends it; NULL if one can. */
static const char *
mail_fault(const struct conf *conf, char text[SESSION_ERROR_BYTES])
{
	struct buf password = {.max = SESSION_ERROR_BYTES};
	char why[SECRETS_WHY_BYTES];
	struct secrets secrets;
	int rc = 0;

	if (conf->mail_from[0] == '\0')
		return "there are mails to send, but nobody they come from: "
		       "set mail_from to an address of a domain of this host";
	if (conf->smtp_url[0] == '\0') {
		if (access(conf->sendmail, X_OK) == 0)
			return NULL;
		snprintf(text, SESSION_ERROR_BYTES,
		    "there are mails to send, but \"%.400s\" cannot be "
		    "executed: install a mail server or msmtp-mta, or set "
		    "sendmail or smtp_url",
		    conf->sendmail);
		return text;
	}
	secrets_init(&secrets, conf->relay_secrets);
	if (conf->smtp_user[0] != '\0')
		rc = secrets_fill(&secrets, SLICE("{{secret.smtp_password}}"),
		    &password, why);
	secrets_free(&secrets);
	buf_wipe(&password);
	if (rc == 0)
		return NULL;
	snprintf(text, SESSION_ERROR_BYTES, "smtp_user cannot log in: %s", why);
	return text;
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

/* Tell of destinations that the configuration keeps from being told. */
static bool
check_destinations(struct session *session,
    void (*say)(void *arg, bool is_ok, const char *text), void *arg)
{
	char text[SESSION_ERROR_BYTES], why[ADDRESS_WHY_BYTES];
	const char *name, *kind, *address, *fault;
	bool is_ok = true, has_mail = false;
	struct rows rows;

	if (!may_list(session))
		return true;
	if (session_query(session, DB_DESTINATION_LIST, NULL, &rows, text) !=
	    STATUS_OK)
		rows.n = 0;
	for (int row = 0; row < rows.n; row++) {
		name = rows_cell(&rows, row, "name");
		kind = rows_cell(&rows, row, "kind");
		address = rows_cell(&rows, row, "address");
		if (rows_cell(&rows, row, "enabled")[0] != 't')
			continue;
		has_mail = has_mail || strcmp(kind, "mail") == 0;
		if (strcmp(kind, "webhook") != 0 ||
		    outgoing_judge(&session->conf, address, why) == STATUS_OK)
			continue;
		snprintf(text, sizeof(text), "destination %s: %s", name, why);
		say(arg, is_ok = false, text);
	}
	rows_free(&rows);
	fault = has_mail ? mail_fault(&session->conf, text) : NULL;
	if (fault != NULL)
		say(arg, is_ok = false, fault);
	return is_ok;
}

void
outgoing_check(struct session *session,
    void (*say)(void *arg, bool is_ok, const char *text), void *arg)
{
	char text[SESSION_ERROR_BYTES];
	struct outgoing o = {0};
	struct rows rows;
	bool is_ok = true;

	if (session_query(session, DB_OUTGOING_COUNTS, NULL, &rows, text) !=
	    STATUS_OK)
		rows.n = 0;
	count_outgoing(&o, &rows);
	if (o.oldest_s > MISSED_S &&
	    (double)clock_wall_us() / 1e6 - o.seen_at > MISSED_S) {
		snprintf(text, sizeof(text),
		    "something has waited for %.0f s to be told, and no relay "
		    "was seen for %d s: see tocsin-relay(8)",
		    o.oldest_s, MISSED_S);
		say(arg, is_ok = false, text);
	}
	if (o.dead > 0) {
		snprintf(text, sizeof(text),
		    "%.0f deliveries are dead: see tocsin delivery list --dead",
		    o.dead);
		say(arg, is_ok = false, text);
	}
	if (o.broken != NULL) {
		snprintf(text, sizeof(text),
		    "destination %s is broken: see tocsin destination show %s",
		    o.broken, o.broken);
		say(arg, is_ok = false, text);
	}
	snprintf(text, sizeof(text), "%.0f deliveries are waiting", o.waiting);
	is_ok = check_destinations(session, say, arg) && is_ok;
	if (rows.n > 0 && is_ok)
		say(arg, true, text);
	rows_free(&rows);
}
