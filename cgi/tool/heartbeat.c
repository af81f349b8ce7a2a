/* SPDX-License-Identifier: ISC */
#include "tool/heartbeat.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/duration.h"
#include "tool/listing.h"
#include "tool/literal.h"
#include "tool/shell.h"
#include "tool/verb.h"

#define TIME_MAX_S (400 * DURATION_DAY_S)
#define LINE_MAX_BYTES 8192

const char tool_heartbeat_usage[] =
    "usage: tocsin heartbeat add NAME --every TIME --grace TIME\n"
    "                            [--integration ID] [--any | --id X] [--wait]\n"
    "                            [--urgency U] [--tag TAG]... [--url BASE]\n"
    "                            [--json]\n"
    "       tocsin heartbeat list [--json]\n"
    "       tocsin heartbeat show NAME [--integration ID] [--url BASE] "
    "[--json]\n"
    "       tocsin heartbeat pause NAME [--integration ID] [--json]\n"
    "       tocsin heartbeat resume NAME [--integration ID] [--json]\n"
    "       tocsin heartbeat remove NAME [--integration ID] [--json]\n"
    "       tocsin heartbeat ping NAME [--integration ID] [--json]\n"
    "\n"
    "A heartbeat is something that must be heard regularly, like a job that\n"
    "pings after each run.  If it is late, an alert is opened with the Id\n"
    "heartbeat/NAME, which the next ping resolves.  It is watched from the\n"
    "moment it is added, so that a job that never runs is noticed, too.\n"
    "\n"
    "Responders and tocsin maintain find the late ones; tocsin check warns if\n"
    "neither runs.\n"
    "\n"
    "      --every TIME      how often it is to be heard, like 90s, 15m, 24h "
    "or\n"
    "                        7d: 10s to 400d\n"
    "      --grace TIME      how much later it may be heard\n"
    "      --integration ID  the integration whose events are its pings\n"
    "                        (default: heartbeats, created when needed)\n"
    "      --any             any event of the integration is a ping\n"
    "      --id X            any event with the Id X is, like Alertmanager's\n"
    "                        Watchdog\n"
    "      --wait            it cannot be late before it was heard once\n"
    "      --urgency U       of its alerts: silent, low, medium, high (the\n"
    "                        default) or critical\n"
    "      --tag TAG         of its alerts\n"
    "      --url BASE        the web server's URL, for the example commands\n"
    "                        (default: http://localhost)\n"
    "      --json            print JSON\n";

struct options {
	char every[DURATION_BYTES], grace[DURATION_BYTES]; /* intervals */
	const char *integration; /* NULL = not given */
	bool any, wait, json;
	const char *id;
	const char *urgency;
	struct buf tags; /* array */
	const char *url;
};

static const struct option names[] = {
    {"every", required_argument, NULL, 'e'},
    {"grace", required_argument, NULL, 'g'},
    {"integration", required_argument, NULL, 'i'},
    {"any", no_argument, NULL, 'a'},
    {"id", required_argument, NULL, 'x'},
    {"wait", no_argument, NULL, 'w'},
    {"urgency", required_argument, NULL, 'u'},
    {"tag", required_argument, NULL, 't'},
    {"url", required_argument, NULL, 'U'},
    {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0},
};

static const struct verb verbs[] = {
    {"add", "egiaxwutUj", 1, 1, "one NAME", DB_HEARTBEAT_ADD, NULL},
    {"list", "j", 0, 0, "no arguments", DB_HEARTBEAT_LIST, NULL},
    {"show", "iUj", 1, 1, "one NAME", DB_HEARTBEAT_SHOW, NULL},
    {"pause", "ij", 1, 1, "one NAME", DB_HEARTBEAT_PAUSE, NULL},
    {"resume", "ij", 1, 1, "one NAME", DB_HEARTBEAT_RESUME, NULL},
    {"remove", "ij", 1, 1, "one NAME", DB_HEARTBEAT_REMOVE, NULL},
    {"ping", "ij", 1, 1, "one NAME", DB_HEARTBEAT_PING, NULL},
};

/* The cell, the columns of tocsin_api.heartbeat_info, and three more. */
static const struct table_column all[] = {
    {"cell", "cell", TABLE_TEXT},
    {"integration_id", "integration", TABLE_TEXT},
    {"integration_name", "its name", TABLE_TEXT},
    {"name", "name", TABLE_TEXT},
    {"status", "status", TABLE_TEXT},
    {"heard_by", "heard by", TABLE_TEXT},
    {"heard_id", "Id", TABLE_TEXT},
    {"every", "every", TABLE_TEXT},
    {"grace", "grace", TABLE_TEXT},
    {"period_seconds", NULL, TABLE_NUMBER},
    {"grace_seconds", NULL, TABLE_NUMBER},
    {"urgency", "urgency", TABLE_TEXT},
    {"tags", "tags", TABLE_TEXT},
    {"created_at", "created", TABLE_TIME},
    {"heard_at", "heard", TABLE_TIME},
    {"due_at", "due", TABLE_TIME},
    {"paused_at", "paused", TABLE_TIME},
    {"url", "URL", TABLE_TEXT},
    {"curl", "ping it", TABLE_TEXT},
    {"crontab", "in a crontab", TABLE_TEXT},
};

static const struct table_column brief[] = {
    {"cell", "CELL", TABLE_TEXT},
    {"name", "NAME", TABLE_TEXT},
    {"integration_name", "INTEGRATION", TABLE_TEXT},
    {"status", "STATUS", TABLE_TEXT},
    {"every", "EVERY", TABLE_TEXT},
    {"grace", "GRACE", TABLE_TEXT},
    {"heard_at", "HEARD", TABLE_TIME},
    {"due_at", "DUE", TABLE_TIME},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

enum { ALL_COLUMNS = LENGTH(all), LINES = 3 };

static void
add_curl(struct buf *b, const char *url, bool has_token)
{
	buf_puts(b, "curl -fsS -m 10 --retry 5 -o /dev/null -X POST ");
	if (has_token)
		buf_puts(b, "-H 'pagertree-token: TOKEN' ");
	shell_quote(b, url);
}

/* When cron is to run a job that is heard as often as this. */
static const char *
schedule(long seconds)
{
	static const struct {
		long seconds;
		const char *text;
	} times[] = {
	    {365 * DURATION_DAY_S, "@yearly"},
	    {28 * DURATION_DAY_S, "@monthly"},
	    {7 * DURATION_DAY_S, "@weekly"},
	    {DURATION_DAY_S, "@daily"},
	    {3600, "@hourly"},
	    {900, "*/15 * * * *"},
	    {300, "*/5 * * * *"},
	};

	for (size_t i = 0; i < LENGTH(times); i++)
		if (seconds >= times[i].seconds)
			return times[i].text;
	return "* * * * *";
}

/*
 * Write the URL of a heartbeat, the command that pings it, and a line of a
 * crontab; nothing of one that other events ping.  False: no memory.
 */
static bool
write_lines(struct buf lines[LINES], const struct session *session,
    const struct options *o, const struct rows *rows)
{
	struct buf path = {.max = LINE_MAX_BYTES};
	const char *token = rows_cell(rows, 0, "has_token");
	bool is_whole;

	buf_printf(&path, "%s/integration/%s/heartbeat/%s",
	    session->conf.base_path, rows_cell(rows, 0, "integration_id"),
	    rows_cell(rows, 0, "name"));
	buf_append(&path, "", 1);
	if (!path.failed)
		shell_url(&lines[0], o->url, path.data);
	buf_append(&lines[0], "", 1);
	if (!lines[0].failed)
		add_curl(&lines[1], lines[0].data, token[0] == 't');
	buf_append(&lines[1], "", 1);
	if (!lines[1].failed)
		buf_printf(&lines[2], "%s COMMAND && %s",
		    schedule(rows_number(rows, 0, "period_seconds")),
		    lines[1].data);
	buf_append(&lines[2], "", 1);
	is_whole = !path.failed && !lines[0].failed && !lines[1].failed &&
	    !lines[2].failed;
	buf_free(&path);
	return is_whole;
}

/* Print the heartbeat in rows; with its examples, if it is pinged and stays. */
static enum status
print(const struct session *session, const struct options *o,
    const struct rows *rows, bool has_lines)
{
	struct buf lines[LINES] = {{.max = LINE_MAX_BYTES},
	    {.max = LINE_MAX_BYTES}, {.max = LINE_MAX_BYTES}};
	const char *cells[ALL_COLUMNS] = {NULL}, *heard_by;
	struct table t = {all + 1, ALL_COLUMNS - 1 - LINES, cells, 1};
	enum status status = STATUS_OK;

	if (rows->n != 1)
		return STATUS_FAILED;
	for (size_t i = 0; i < t.n; i++)
		cells[i] = rows_cell(rows, 0, t.columns[i].name);
	heard_by = rows_cell(rows, 0, "heard_by");
	if (has_lines && strcmp(heard_by, "ping") == 0) {
		if (write_lines(lines, session, o, rows))
			for (size_t i = 0; i < LINES; i++)
				cells[t.n++] = lines[i].data;
		else
			status = STATUS_FAILED;
	}
	if (status != STATUS_OK)
		session_say("could not print the heartbeat");
	else if (o->json)
		table_json(stdout, &t, false);
	else
		table_print_records(stdout, &t);
	for (size_t i = 0; i < LINES; i++)
		buf_free(&lines[i]);
	return status;
}

static enum status
add(struct session *session, struct options *o, const char *name)
{
	const char *params[] = {name, o->every, o->grace, o->integration,
	    o->any              ? "any"
		: o->id != NULL ? "id"
				: NULL,
	    o->id, o->wait ? "true" : "false", o->urgency, NULL};
	struct rows rows;
	enum status status;

	if (o->every[0] == '\0' || o->grace[0] == '\0') {
		session_say("heartbeat add needs --every and --grace");
		return STATUS_USAGE;
	}
	if (o->any && o->id != NULL) {
		session_say("--any cannot be used with --id");
		return STATUS_USAGE;
	}
	if (o->any && o->integration == NULL) {
		session_say("--any needs an --integration");
		return STATUS_USAGE;
	}
	params[8] = literal_array(&o->tags);
	status = session_call(session, DB_HEARTBEAT_ADD, params, &rows);
	if (status == STATUS_OK)
		status = print(session, o, &rows, true);
	rows_free(&rows);
	return status;
}

static enum status
set_time(const char *option, char to[DURATION_BYTES])
{
	if (duration_read(optarg, TIME_MAX_S, to) == 0)
		return STATUS_OK;
	session_say("--%s must be a time up to 400d, like 90s, 15m, 24h or 7d",
	    option);
	return STATUS_USAGE;
}

static enum status
set_option(void *to, const char *option, int c)
{
	struct options *o = to;

	if (c == 'e')
		return set_time(option, o->every);
	if (c == 'g')
		return set_time(option, o->grace);
	if (c == 'i')
		o->integration = optarg;
	else if (c == 'a')
		o->any = true;
	else if (c == 'x')
		o->id = optarg;
	else if (c == 'w')
		o->wait = true;
	else if (c == 'u')
		o->urgency = optarg;
	else if (c == 't')
		literal_element(&o->tags, optarg);
	else if (c == 'U')
		o->url = optarg;
	else
		o->json = true;
	return STATUS_OK;
}

/* Run what takes the name of a heartbeat and returns its row. */
static enum status
change(struct session *session, enum db_call call, const struct options *o,
    const char *name)
{
	const char *params[] = {o->integration, name};
	struct rows rows;
	enum status status = session_call(session, call, params, &rows);

	if (status == STATUS_OK)
		status = print(session, o, &rows, call == DB_HEARTBEAT_SHOW);
	rows_free(&rows);
	return status;
}

static enum status
list(struct session *session, const struct options *o)
{
	return o->json ? listing(session, DB_HEARTBEAT_LIST, NULL, all,
			     ALL_COLUMNS - LINES, true)
		       : listing(session, DB_HEARTBEAT_LIST, NULL, brief,
			     LENGTH(brief), false);
}

int
tool_heartbeat(struct session *session, int argc, char **argv)
{
	static const struct verb_command command = {"heartbeat",
	    tool_heartbeat_usage, verbs, LENGTH(verbs), names, set_option};
	struct options o = {.url = "http://localhost",
	    .tags = {.max = LITERAL_MAX_BYTES}};
	const struct verb *v = verb_read(&command, &o, &argc, &argv);
	enum status status = STATUS_USAGE;

	if (v != NULL && v->call == DB_HEARTBEAT_LIST)
		status = list(session, &o);
	else if (v != NULL && v->call == DB_HEARTBEAT_ADD)
		status = add(session, &o, argv[0]);
	else if (v != NULL)
		status = change(session, v->call, &o, argv[0]);
	buf_free(&o.tags);
	return (int)status;
}
