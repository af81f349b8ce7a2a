/* SPDX-License-Identifier: ISC */
#include "tool/outgoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

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
	if (rows.n > 0 && is_ok)
		say(arg, true, text);
	rows_free(&rows);
}
