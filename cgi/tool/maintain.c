/* SPDX-License-Identifier: ISC */
#include "tool/maintain.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/duration.h"
#include "tool/cells.h"
#include "tool/table.h"

#define KEEP_MAX_S (100 * 366 * DURATION_DAY_S)
#define STEP_ROWS "1000"
#define PAUSE_MS 50 /* between steps: leave the disk to others */
#define BLOCKED_PAUSE_MS 1000
#define BLOCKED_MAX 60 /* consecutive blocked steps */

const char tool_maintain_usage[] =
    "usage: tocsin maintain [--keep-events TIME] [--keep-alerts TIME]\n"
    "                       [--keep-deliveries TIME] [--json]\n"
    "\n"
    "Create the partitions of the coming months, delete old data, and store\n"
    "the counts of past days for dashboards, in small steps, while events\n"
    "arrive.  Run it from cron once a day.\n"
    "\n"
    "      --keep-events TIME  delete older events from the log; TIME is\n"
    "                          like 90d, 26w or 2y, at least 31d (default:\n"
    "                          keep all)\n"
    "      --keep-alerts TIME  delete alerts resolved longer ago; at least\n"
    "                          1d (default: keep all)\n"
    "      --keep-deliveries TIME  delete what was told, and how it was "
    "tried,\n"
    "                          longer ago; at least 1d (default: keep all)\n"
    "      --json              print JSON\n";

struct options {
	char events[DURATION_BYTES]; /* intervals; "" = keep all */
	char alerts[DURATION_BYTES];
	char deliveries[DURATION_BYTES];
	bool json;
};

/* The totals of all steps. */
struct tally {
	int64_t made, dropped, events, alerts, deliveries;
};

static int
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"keep-events", required_argument, NULL, 'e'},
	    {"keep-alerts", required_argument, NULL, 'a'},
	    {"keep-deliveries", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int c, at = 0;

	while ((c = getopt_long(argc, argv, "", names, &at)) != -1) {
		if (c == '?')
			return -1;
		if (c == 'j') {
			o->json = true;
		} else if (duration_read(optarg, KEEP_MAX_S,
			       c == 'e'       ? o->events
				   : c == 'a' ? o->alerts
					      : o->deliveries) == -1) {
			session_say("--%s must be a time like 90d, 26w or 2y",
			    names[at].name);
			return -1;
		}
	}
	if (optind == argc)
		return 0;
	session_say("maintain takes no arguments: tocsin help maintain");
	return -1;
}

static void
pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* Add one row of tocsin_api.maintenance to the totals. */
static void
count(struct tally *t, const char *action, const char *target, int64_t n)
{
	if (strcmp(action, "made") == 0) {
		t->made += n;
	} else if (strcmp(action, "dropped") == 0) {
		t->dropped++;
		t->events += n;
	} else if (strcmp(action, "deleted") == 0) {
		if (strcmp(target, "alert") == 0)
			t->alerts += n;
		else if (strcmp(target, "delivery") == 0)
			t->deliveries += n;
		else
			t->events += n;
	}
}

/* Run one step; *blocked: a lock was in the way; *more: not finished. */
static enum status
step(struct session *session, const struct options *o, struct tally *t,
    bool *blocked, bool *more)
{
	const char *params[] = {o->events[0] == '\0' ? NULL : o->events,
	    o->alerts[0] == '\0' ? NULL : o->alerts, STEP_ROWS,
	    o->deliveries[0] == '\0' ? NULL : o->deliveries};
	const char *action = NULL, *target, *rows_text;
	char error[SESSION_ERROR_BYTES];
	enum status status;
	struct rows rows;

	status = session_query(session, DB_MAINTAIN, params, &rows, error);
	if (status == STATUS_OK && rows.n == 1)
		action = rows_at(&rows, 0, 0);
	*more = action != NULL && strcmp(action, "finished") != 0;
	*blocked = action != NULL && strcmp(action, "blocked") == 0;
	if (status != STATUS_OK) {
		session_say("%s", error);
	} else if (action != NULL) {
		target = rows_at(&rows, 0, 1);
		rows_text = rows_at(&rows, 0, 2);
		count(t, action, target == NULL ? "" : target,
		    rows_text == NULL ? 0 : strtoll(rows_text, NULL, 10));
	}
	rows_free(&rows);
	return status;
}

static enum status
work(struct session *session, const struct options *o, struct tally *t)
{
	enum status status;
	bool blocked, more;
	int n = 0;

	for (;;) {
		status = step(session, o, t, &blocked, &more);
		if (status != STATUS_OK || !more)
			return status;
		n = blocked ? n + 1 : 0;
		if (n == BLOCKED_MAX) {
			session_say("could not finish, since tables are locked "
				    "or maintain already runs: run it again "
				    "later");
			return STATUS_FAILED;
		}
		pause_ms(blocked ? BLOCKED_PAUSE_MS : PAUSE_MS);
	}
}

/* Do what is due: where nothing else runs, this does it once in a while. */
static enum status
tick(struct session *session)
{
	static const char *const params[] = {STEP_ROWS, NULL};
	struct rows rows;
	enum status status = session_call(session, DB_TICK, params, &rows);

	rows_free(&rows);
	return status;
}

/* What was done in each cell, or in the one database. */
struct work {
	struct options o;
	struct {
		char cell[SESSION_CELL_BYTES];
		struct tally tally;
	} done[CELLS_MAX];
	size_t n;
};

#define COLUMNS 6

static void
show(const struct work *w)
{
	static const struct table_column columns[COLUMNS] = {
	    {"cell", "cell", TABLE_TEXT},
	    {"partitions_made", "partitions made", TABLE_NUMBER},
	    {"partitions_dropped", "partitions dropped", TABLE_NUMBER},
	    {"events_deleted", "events deleted, about", TABLE_NUMBER},
	    {"alerts_deleted", "alerts deleted", TABLE_NUMBER},
	    {"deliveries_deleted", "deliveries deleted", TABLE_NUMBER},
	};
	char text[CELLS_MAX][COLUMNS][24];
	const char *cells[CELLS_MAX * COLUMNS];
	size_t skip = w->done[0].cell[0] == '\0' ? 1 : 0, at = 0;
	struct table t = {columns + skip, COLUMNS - skip, cells, w->n};

	for (size_t i = 0; i < w->n; i++) {
		const struct tally *d = &w->done[i].tally;
		const int64_t n[] = {0, d->made, d->dropped, d->events,
		    d->alerts, d->deliveries};

		for (size_t c = skip; c < COLUMNS; c++) {
			snprintf(text[i][c], sizeof(text[i][c]), "%" PRId64,
			    n[c]);
			cells[at++] = c == 0 ? w->done[i].cell : text[i][c];
		}
	}
	if (w->o.json)
		table_json(stdout, &t, skip == 0);
	else if (skip == 0)
		table_print(stdout, &t);
	else
		table_print_records(stdout, &t);
}

static enum status
maintain_one(struct session *session, void *arg)
{
	struct work *w = arg;
	struct tally t = {0};
	enum status status = session_open(session);

	if (status == STATUS_OK)
		status = tick(session);
	if (status == STATUS_OK)
		status = work(session, &w->o, &t);
	/* What was done before a failure counts; of nothing, say nothing. */
	if (status == STATUS_OK ||
	    t.made + t.dropped + t.events + t.alerts + t.deliveries > 0) {
		memcpy(w->done[w->n].cell, session->cell, SESSION_CELL_BYTES);
		w->done[w->n++].tally = t;
	}
	return status;
}

int
tool_maintain(struct session *session, int argc, char **argv)
{
	struct work w = {.n = 0};
	enum status status;

	if (read_options(&w.o, argc, argv) == -1)
		return STATUS_USAGE;
	status = cells_each(session, maintain_one, &w);
	if (w.n > 0)
		show(&w);
	return (int)status;
}
