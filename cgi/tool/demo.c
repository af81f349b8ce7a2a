/* SPDX-License-Identifier: ISC */
#include "tool/demo.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tool/table.h"

const char tool_demo_usage[] =
    "usage: tocsin demo-data [--days N] [--seed N] [--json]\n"
    "       tocsin demo-data --remove [--json]\n"
    "\n"
    "Create integrations, with names that begin with Demo:, and a plausible\n"
    "history up to now, for boards and dashboards to show; or remove them\n"
    "and their data.\n"
    "\n"
    "      --days N  length of the history, 1 to 60 (default: 30)\n"
    "      --seed N  a different number gives a different history\n"
    "                (default: 1)\n"
    "      --remove  remove the demo data, and nothing else\n"
    "      --json    print JSON\n";

struct options {
	const char *days; /* NULL: the database's default */
	const char *seed;
	bool remove, json;
};

static bool
is_number(const char *s)
{
	return s[0] != '\0' && strlen(s) <= 9 &&
	    strspn(s, "0123456789") == strlen(s);
}

/* Returns 0, or -1 after printing an error. */
static int
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"days", required_argument, NULL, 'd'},
	    {"seed", required_argument, NULL, 's'},
	    {"remove", no_argument, NULL, 'r'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == '?')
			return -1;
		if (c == 'r')
			o->remove = true;
		else if (c == 'j')
			o->json = true;
		else if (!is_number(optarg))
			goto misused;
		else if (c == 'd')
			o->days = optarg;
		else
			o->seed = optarg;
	}
	if (optind == argc &&
	    !(o->remove && (o->days != NULL || o->seed != NULL)))
		return 0;
misused:
	fputs(tool_demo_usage, stderr);
	return -1;
}

static void
show(const struct rows *rows, const struct options *o)
{
	static const struct table_column columns[] = {
	    {"integration_count", "integrations", TABLE_NUMBER},
	    {"alert_count", "alerts", TABLE_NUMBER},
	    {"event_count", "events", TABLE_NUMBER},
	};
	const char *cells[3];

	if (rows->n != 1)
		return;
	for (int i = 0; i < 3; i++)
		cells[i] = rows_at(rows, 0, i);
	if (o->json)
		table_json(stdout, &(struct table){columns, 3, cells, 1},
		    false);
	else
		printf("%s %s integrations, %s alerts, %s events\n",
		    o->remove ? "removed" : "created", cells[0], cells[1],
		    cells[2]);
}

int
tool_demo(struct session *session, int argc, char **argv)
{
	char error[SESSION_ERROR_BYTES];
	struct options o = {0};
	const char *params[2];
	enum status status;
	struct rows rows;

	if (read_options(&o, argc, argv) == -1)
		return STATUS_USAGE;
	params[0] = o.days;
	params[1] = o.seed;
	status = session_open(session);
	if (status != STATUS_OK)
		return (int)status;
	if (isatty(STDERR_FILENO))
		session_say("this may take some seconds; if interrupted, it "
			    "changes nothing");
	status = session_query(session,
	    o.remove ? DB_DEMO_REMOVE : DB_DEMO_DATA, params, &rows, error);
	if (status == STATUS_OK)
		show(&rows, &o);
	else
		session_say("%s", error);
	rows_free(&rows);
	return (int)status;
}
