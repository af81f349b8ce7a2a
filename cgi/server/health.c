/* SPDX-License-Identifier: ISC */
#include "server/health.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/timing.h"
#include "db/schema.h"
#include "json/json.h"
#include "spool/status.h"

void
health_live(struct reply *rep)
{
	rep->status = 200;
	rep->type = "application/json";
	buf_puts(&rep->body, "{\"live\":true}\n");
}

static void
ready_spool(struct buf *b, struct spooler *spooler, bool *ready)
{
	const struct spool_dir *d;
	struct spool_status sv;
	bool ok;

	if (spooler == NULL)
		return;
	d = spooler_dir(spooler);
	ok = spool_dir_probe(d) == 0 && spool_status_read(&sv, d) == 0;
	buf_printf(b, ",\"spool\":{\"ok\":%s", ok ? "true" : "false");
	if (ok)
		buf_printf(b,
		    ",\"waiting\":%zu,\"oldest_seconds\":%" PRId64
		    ",\"held\":%zu,\"held_seconds\":%" PRId64
		    ",\"bad\":%zu,\"free_bytes\":%" PRIu64 ",\"admits\":%s",
		    sv.waiting, sv.oldest_s, sv.held, sv.held_s, sv.bad,
		    sv.free_bytes,
		    sv.admits && admission_is_usable(spooler_admission(spooler))
			? "true"
			: "false");
	if (ok && sv.held_name[0] != '\0') {
		buf_puts(b, ",");
		json_string(b, "held_file", sv.held_name);
		buf_puts(b, ",");
		json_string(b, "held_reason", sv.held_why);
	}
	buf_puts(b, "}");
	*ready = *ready && ok;
}

/*
 * The database's last reply, which requests share for HEALTH_AGAIN_MS, so that
 * monitoring does not delay events.
 */
static struct {
	pthread_mutex_t lock; /* held while asking: the others wait */
	bool known;
	int64_t at; /* clock_ms() */
	bool ok;
	int version; /* of the schema; -1 = no reply */
	char reason[ROWS_ERROR_BYTES]; /* why not ok; "" = the version */
} database = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Ask the database to store an empty batch.  Called with the lock held. */
static void
ask_database(struct intake *in)
{
	struct rows rows;
	const char *text;

	database.known = true;
	database.version = -1;
	if (intake_ask(in, DB_READY, NULL, &rows, clock_ms() + HEALTH_MS) ==
		OUTCOME_OK &&
	    rows.n > 0) {
		text = rows_at(&rows, 0, 0);
		database.version =
		    text == NULL ? 0 : (int)strtol(text, NULL, 10);
	}
	database.ok = schema_fits(database.version);
	snprintf(database.reason, sizeof(database.reason), "%s",
	    database.version != -1      ? ""
		: rows.error[0] != '\0' ? rows.error
					: "no connection is free");
	rows_free(&rows);
	database.at = clock_ms();
}

static void
ready_database(struct buf *b, struct intake *in, bool *ready)
{
	pthread_mutex_lock(&database.lock);
	if (!database.known || clock_ms() - database.at >= HEALTH_AGAIN_MS)
		ask_database(in);
	*ready = database.ok;
	buf_printf(b,
	    "\"database\":{\"ok\":%s,\"schema\":", *ready ? "true" : "false");
	if (database.version == -1)
		buf_puts(b, "null");
	else
		buf_printf(b, "%d", database.version);
	buf_printf(b, ",\"needs_schema\":%d,", SCHEMA);
	json_string(b, "reason", database.reason);
	buf_puts(b, "}");
	pthread_mutex_unlock(&database.lock);
}

void
health_ready(struct reply *rep, struct intake *in, struct spooler *spooler)
{
	struct buf *b = &rep->body;
	bool ready;

	buf_puts(b, "{");
	ready_database(b, in, &ready);
	ready_spool(b, spooler, &ready);
	buf_printf(b, ",\"ready\":%s}\n", ready ? "true" : "false");
	rep->status = ready ? 200 : 503;
	rep->type = "application/json";
	rep->retry = !ready;
}

static void
gauge(struct buf *b, const char *name, const char *help)
{
	buf_printf(b, "# HELP tocsin_%s %s\n# TYPE tocsin_%s gauge\n", name,
	    help, name);
}

static void
metrics_spool(struct buf *b, struct spooler *spooler)
{
	struct spool_status sv;

	if (spooler == NULL ||
	    spool_status_read(&sv, spooler_dir(spooler)) == -1)
		return;
	gauge(b, "spool_events", "Events waiting in the spool.");
	buf_printf(b, "tocsin_spool_events %zu\n", sv.waiting);
	gauge(b, "spool_bytes", "Bytes of the events waiting.");
	buf_printf(b, "tocsin_spool_bytes %" PRIu64 "\n", sv.bytes);
	gauge(b, "spool_oldest_seconds", "Age of the oldest event waiting.");
	buf_printf(b, "tocsin_spool_oldest_seconds %" PRId64 "\n", sv.oldest_s);
	gauge(b, "spool_held_events", "Events waiting that are set aside.");
	buf_printf(b, "tocsin_spool_held_events %zu\n", sv.held);
	gauge(b, "spool_held_seconds",
	    "Time since the first one set aside could not be stored.");
	buf_printf(b, "tocsin_spool_held_seconds %" PRId64 "\n", sv.held_s);
	gauge(b, "spool_bad_events", "Events that could not be stored.");
	buf_printf(b, "tocsin_spool_bad_events %zu\n", sv.bad);
	gauge(b, "spool_free_bytes", "Free space on the spool's disk.");
	buf_printf(b, "tocsin_spool_free_bytes %" PRIu64 "\n", sv.free_bytes);
}

/* Append a label's value, if any; escape backslash, quote and newline. */
static void
label(struct buf *b, const char *value)
{
	for (; value != NULL && *value != '\0'; value++) {
		if (*value == '\n')
			buf_puts(b, "\\n");
		else if (*value == '\\' || *value == '"')
			buf_printf(b, "\\%c", *value);
		else
			buf_append(b, value, 1);
	}
}

/* Each row has an integration's id and name, a status and a count. */
static void
metrics_alerts(struct buf *b, const struct rows *rows)
{
	gauge(b, "alerts", "Live alerts, by integration and status.");
	for (int i = 0; i < rows->n; i++) {
		buf_puts(b, "tocsin_alerts{integration_id=\"");
		label(b, rows_at(rows, i, 0));
		buf_puts(b, "\",integration=\"");
		label(b, rows_at(rows, i, 1));
		buf_puts(b, "\",status=\"");
		label(b, rows_at(rows, i, 2));
		buf_printf(b, "\"} %s\n", rows_at(rows, i, 3));
	}
}

/* Each row has a metric, an integration's id and name, or none, and a value. */
static void
metrics_tick(struct buf *b, struct intake *in)
{
	const char *name, *last = "";
	struct rows rows;

	if (intake_ask(in, DB_TICK_COUNTS, NULL, &rows,
		clock_ms() + HEALTH_MS) != OUTCOME_OK)
		rows.n = 0;
	for (int i = 0; i < rows.n; i++) {
		name = rows_at(&rows, i, 0) + strlen("tocsin_");
		if (strcmp(name, last) != 0)
			gauge(b, name,
			    strcmp(name, "heartbeat_late") == 0
				? "Late heartbeats, by integration."
				: "Time since heartbeats were checked.");
		last = name;
		buf_printf(b, "tocsin_%s", name);
		if (rows_at(&rows, i, 1)[0] != '\0') {
			buf_puts(b, "{integration_id=\"");
			label(b, rows_at(&rows, i, 1));
			buf_puts(b, "\",integration=\"");
			label(b, rows_at(&rows, i, 2));
			buf_puts(b, "\"}");
		}
		buf_printf(b, " %s\n", rows_at(&rows, i, 3));
	}
	rows_free(&rows);
}

/* The metrics of DB_OUTGOING_COUNTS; label is NULL if one has none. */
static const struct outgoing_metric {
	const char *name, *label, *help;
} outgoing[] = {
    {"deliveries", "state", "Deliveries, by state."},
    {"destination_broken", "destination", "Whether a destination is broken."},
    {"oldest_due_delivery_seconds", NULL,
	"Age of the oldest delivery that is due."},
    {"outbox_oldest_seconds", NULL,
	"Age of the oldest transition without planned deliveries."},
    {"relay_seen_timestamp_seconds", NULL, "When a relay last called."},
};

/* Append the samples of one metric; nothing if it has none. */
static void
samples(struct buf *b, const struct outgoing_metric *m, const struct rows *rows)
{
	bool begun = false;

	for (int i = 0; i < rows->n; i++) {
		if (strcmp(rows_at(rows, i, 0) + strlen("tocsin_"), m->name) !=
		    0)
			continue;
		if (!begun)
			gauge(b, m->name, m->help);
		begun = true;
		buf_printf(b, "tocsin_%s", m->name);
		if (m->label != NULL) {
			buf_printf(b, "{%s=\"", m->label);
			label(b, rows_at(rows, i, 1));
			buf_puts(b, "\"}");
		}
		buf_printf(b, " %s\n", rows_at(rows, i, 2));
	}
}

static void
metrics_outgoing(struct buf *b, struct intake *in)
{
	struct rows rows;

	if (intake_ask(in, DB_OUTGOING_COUNTS, NULL, &rows,
		clock_ms() + HEALTH_MS) != OUTCOME_OK)
		rows.n = 0;
	for (size_t i = 0; i < sizeof(outgoing) / sizeof(outgoing[0]); i++)
		samples(b, &outgoing[i], &rows);
	rows_free(&rows);
}

static void
metrics_clock(struct buf *b, struct intake *in)
{
	int64_t asked_at = clock_wall_us(), ahead_us;
	struct rows rows;

	if (intake_ask(in, DB_CLOCK, NULL, &rows, clock_ms() + HEALTH_MS) ==
	    OUTCOME_OK) {
		ahead_us = rows_clock_ahead(&rows, asked_at, clock_wall_us());
		gauge(b, "clock_offset_seconds",
		    "Database's clock minus this host's.");
		buf_printf(b, "tocsin_clock_offset_seconds %.6f\n",
		    (double)ahead_us / 1e6);
	}
	rows_free(&rows);
}

void
health_metrics(struct reply *rep, struct intake *in, struct spooler *spooler,
    const struct metrics *metrics)
{
	struct buf *b = &rep->body;
	struct rows rows;
	enum outcome res;
	bool up;

	res =
	    intake_ask(in, DB_LIVE_COUNTS, NULL, &rows, clock_ms() + HEALTH_MS);
	up = res == OUTCOME_OK || rows.sqlstate[0] != '\0';
	gauge(b, "build_info", "Always 1; the labels name the version.");
	buf_printf(b, "tocsin_build_info{version=\"%s\",schema=\"%d\"} 1\n",
	    VERSION, SCHEMA);
	gauge(b, "database_up", "Whether the database answers.");
	buf_printf(b, "tocsin_database_up %d\n", up);
	if (res == OUTCOME_OK)
		metrics_alerts(b, &rows);
	rows_free(&rows);
	if (up) {
		metrics_tick(b, in);
		metrics_outgoing(b, in);
		metrics_clock(b, in);
	}
	metrics_spool(b, spooler);
	metrics_print(metrics, b);
	rep->status = 200;
	rep->type = "text/plain; version=0.0.4; charset=utf-8";
}
