/* SPDX-License-Identifier: ISC */
#include "tool/route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/duration.h"
#include "tool/listing.h"
#include "tool/literal.h"
#include "tool/verb.h"

#define TIME_MAX_S (30 * DURATION_DAY_S)
#define STEPS_MAX 32
#define UNTOLD_MAX 2
#define NAME_BYTES 65 /* of a destination, with its NUL */

const char tool_route_usage[] =
    "usage: tocsin route add NAME [--to D]... [--then D=TIME]...\n"
    "                        [--repeat D=TIME[,N]] [--until D=resolved]\n"
    "                        [--untold D=acknowledged|resolved]\n"
    "                        [--integration ID] [--tag TAG]... [--urgency U]\n"
    "                        [--incident] [--title-like PATTERN]\n"
    "                        [--first] [--continue] [--json]\n"
    "       tocsin route list [--json]\n"
    "       tocsin route move NAME PLACE [--json]\n"
    "       tocsin route explain ALERT [--json]\n"
    "       tocsin route explain [--integration ID] [--tag TAG]...\n"
    "                            [--urgency U] [--incident] [--title TITLE]\n"
    "                            [--json]\n"
    "       tocsin route enable NAME [--json]\n"
    "       tocsin route disable NAME [--json]\n"
    "       tocsin route remove NAME\n"
    "\n"
    "A route decides which destinations are told of which alerts, and when.\n"
    "The first route that an alert matches counts, unless it continues.  A\n"
    "destination that was told of an alert is also told when it is\n"
    "acknowledged or resolved.\n"
    "\n"
    "      --to D              tell destination D at once\n"
    "      --then D=TIME       tell D after TIME, like 90s, 10m or 2h, unless\n"
    "                          the alert has been acknowledged\n"
    "      --repeat D=TIME,N   remind D every TIME, at most N times (default:\n"
    "                          10)\n"
    "      --until D=resolved  go on even if the alert is acknowledged\n"
    "      --untold D=STATUS   do not tell D that alerts are acknowledged, or\n"
    "                          resolved\n"
    "      --integration ID    only alerts of this integration\n"
    "      --tag TAG           only alerts with this tag; repeated: with all\n"
    "      --urgency U         only alerts of at least this urgency (default:\n"
    "                          low; nobody is told of silent ones)\n"
    "      --incident          only incidents\n"
    "      --title-like P      only titles like this SQL pattern, in which %\n"
    "                          stands for any text\n"
    "      --first             put the route before all others\n"
    "      --continue          an alert that matches may take later routes, "
    "too\n"
    "      --title TITLE       of the alert to explain\n"
    "      --json              print JSON\n"
    "\n"
    "explain prints for each route whether an alert takes it, and why: an\n"
    "existing alert, or one that the options describe.\n";

struct step {
	char to[NAME_BYTES];
	char after[DURATION_BYTES], every[DURATION_BYTES]; /* intervals */
	const char *times, *until; /* NULL = not given */
	const char *untold[UNTOLD_MAX]; /* statuses */
	size_t untold_n;
};

struct options {
	struct step steps[STEPS_MAX];
	size_t n;
	struct buf tags; /* array */
	const char *integration, *urgency, *title, *title_like;
	bool incident, first, continues, json;
};

static const struct option names[] = {
    {"to", required_argument, NULL, 't'},
    {"then", required_argument, NULL, 'n'},
    {"repeat", required_argument, NULL, 'r'},
    {"until", required_argument, NULL, 'u'},
    {"untold", required_argument, NULL, 'q'},
    {"integration", required_argument, NULL, 'i'},
    {"tag", required_argument, NULL, 'g'},
    {"urgency", required_argument, NULL, 'U'},
    {"incident", no_argument, NULL, 'I'},
    {"title-like", required_argument, NULL, 'l'},
    {"first", no_argument, NULL, 'F'},
    {"continue", no_argument, NULL, 'C'},
    {"title", required_argument, NULL, 'T'},
    {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0},
};

static const struct verb verbs[] = {
    {"add", "tnruqigUIlFCj", 1, 1, "one NAME", DB_ROUTE_ADD, NULL},
    {"list", "j", 0, 0, "no arguments", DB_ROUTE_LIST, NULL},
    {"move", "j", 2, 2, "a NAME and a PLACE", DB_ROUTE_MOVE, NULL},
    {"explain", "igUITj", 0, 1, "one ALERT, or options", DB_ROUTE_EXPLAIN,
	NULL},
    {"enable", "j", 1, 1, "one NAME", DB_ROUTE_ENABLE, "true"},
    {"disable", "j", 1, 1, "one NAME", DB_ROUTE_ENABLE, "false"},
    {"remove", "", 1, 1, "one NAME", DB_ROUTE_REMOVE, NULL},
};

/* The cell, and columns of tocsin_api.route_info. */
static const struct table_column all[] = {
    {"cell", "cell", TABLE_TEXT},
    {"position", "place", TABLE_NUMBER},
    {"name", "name", TABLE_TEXT},
    {"tells", "tells", TABLE_TEXT},
    {"integration_id", "integration", TABLE_TEXT},
    {"integration_name", "its name", TABLE_TEXT},
    {"tags", "tags", TABLE_TEXT},
    {"urgency_min", "urgency", TABLE_TEXT},
    {"incident_only", "incidents only", TABLE_BOOL},
    {"title_like", "title like", TABLE_TEXT},
    {"continues", "continues", TABLE_BOOL},
    {"enabled", "enabled", TABLE_BOOL},
    {"steps", NULL, TABLE_JSON},
};

static const struct table_column brief[] = {
    {"cell", "CELL", TABLE_TEXT},
    {"position", "PLACE", TABLE_NUMBER},
    {"name", "NAME", TABLE_TEXT},
    {"integration_name", "INTEGRATION", TABLE_TEXT},
    {"tags", "TAGS", TABLE_TEXT},
    {"urgency_min", "URGENCY", TABLE_TEXT},
    {"continues", "CONTINUES", TABLE_BOOL},
    {"enabled", "ENABLED", TABLE_BOOL},
    {"tells", "TELLS", TABLE_TEXT},
};

static const struct table_column explanation[] = {
    {"cell", "CELL", TABLE_TEXT},
    {"route", "ROUTE", TABLE_TEXT},
    {"is_taken", "TAKEN", TABLE_BOOL},
    {"why", "WHY", TABLE_TEXT},
    {"step_no", "STEP", TABLE_NUMBER},
    {"destination", "TELLS", TABLE_TEXT},
    {"after_seconds", "AFTER, S", TABLE_NUMBER},
    {"until", "UNTIL", TABLE_TEXT},
    {"due_at", "DUE", TABLE_TIME},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Read D=VALUE, or D alone where there need be no value.  Return the value, or
 * NULL after an error.
 */
static const char *
read_name(const char *option, char to[NAME_BYTES], bool has_value)
{
	size_t len = strcspn(optarg, "=");

	if (len == 0 || len >= NAME_BYTES ||
	    (optarg[len] == '=') != has_value) {
		session_say("--%s must be like %s", option,
		    has_value ? "DESTINATION=VALUE" : "DESTINATION");
		return NULL;
	}
	snprintf(to, NAME_BYTES, "%.*s", (int)len, optarg);
	return optarg + len + (has_value ? 1 : 0);
}

static enum status
read_time(const char *option, const char *text, char to[DURATION_BYTES])
{
	if (duration_read(text, TIME_MAX_S, to) == 0)
		return STATUS_OK;
	session_say("--%s needs a time up to 30d, like 90s, 15m or 24h",
	    option);
	return STATUS_USAGE;
}

static enum status
add_step(struct options *o, const char *option, bool is_late)
{
	struct step *s = &o->steps[o->n];
	const char *time;

	if (o->n == STEPS_MAX) {
		session_say("a route has %d steps at most", STEPS_MAX);
		return STATUS_USAGE;
	}
	time = read_name(option, s->to, is_late);
	if (time == NULL)
		return STATUS_USAGE;
	o->n++;
	return is_late ? read_time(option, time, s->after) : STATUS_OK;
}

/* D=TIME or D=TIME,N */
static enum status
set_repeat(struct step *s, const char *option, const char *value)
{
	size_t len = strcspn(value, ",");
	char time[DURATION_BYTES];

	snprintf(time, sizeof(time), "%.*s", (int)len, value);
	s->times = value[len] == ',' ? value + len + 1 : NULL;
	return read_time(option, time, s->every);
}

/* Change the last step before this option that tells the destination. */
static enum status
change_step(struct options *o, const char *option, int c)
{
	char name[NAME_BYTES];
	const char *value = read_name(option, name, true);
	struct step *s = o->steps + o->n;

	if (value == NULL)
		return STATUS_USAGE;
	while (s > o->steps && strcmp(s[-1].to, name) != 0)
		s--;
	if (s == o->steps) {
		session_say("--%s: no --to or --then before it names \"%s\"",
		    option, name);
		return STATUS_USAGE;
	}
	s--;
	if (c == 'r')
		return set_repeat(s, option, value);
	if (c == 'u') {
		s->until = value;
	} else if (s->untold_n < UNTOLD_MAX) {
		s->untold[s->untold_n++] = value;
	} else {
		session_say("--%s: there are %d statuses to be told of", option,
		    UNTOLD_MAX);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static enum status
set_option(void *to, const char *option, int c)
{
	struct options *o = to;

	if (c == 't' || c == 'n')
		return add_step(o, option, c == 'n');
	if (c == 'r' || c == 'u' || c == 'q')
		return change_step(o, option, c);
	if (c == 'i')
		o->integration = optarg;
	else if (c == 'g')
		literal_element(&o->tags, optarg);
	else if (c == 'U')
		o->urgency = optarg;
	else if (c == 'I')
		o->incident = true;
	else if (c == 'l')
		o->title_like = optarg;
	else if (c == 'F')
		o->first = true;
	else if (c == 'C')
		o->continues = true;
	else if (c == 'T')
		o->title = optarg;
	else
		o->json = true;
	return STATUS_OK;
}

static void
add_member(struct buf *b, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		literal_member(b, name, value);
}

/* Write the steps as put_steps wants them. */
static void
write_steps(struct buf *b, const struct options *o)
{
	struct buf one = {.max = LITERAL_MAX_BYTES};
	char name[64];

	buf_puts(b, "[");
	for (const struct step *s = o->steps; s < o->steps + o->n; s++) {
		buf_reset(&one);
		literal_member(&one, "to", s->to);
		add_member(&one, "after", s->after);
		add_member(&one, "repeat_every", s->every);
		add_member(&one, "repeat_max", s->times);
		add_member(&one, "until", s->until);
		for (size_t i = 0; i < s->untold_n; i++) {
			snprintf(name, sizeof(name), "tell_%s", s->untold[i]);
			add_member(&one, name, "no");
		}
		buf_puts(b, s == o->steps ? "" : ",");
		buf_puts(b, literal_object(&one));
	}
	buf_append(b, "]", 2);
	buf_free(&one);
}

static enum status
add(struct session *session, struct options *o, const char *name)
{
	struct buf members = {.max = LITERAL_MAX_BYTES};
	struct buf steps = {.max = LITERAL_MAX_BYTES};
	struct listing_one how = {all + 1, LENGTH(all) - 1, o->json};
	const char *params[4] = {name};
	enum status status;

	write_steps(&steps, o);
	add_member(&members, "integration_id", o->integration);
	add_member(&members, "tags", literal_array(&o->tags));
	add_member(&members, "urgency_min", o->urgency);
	add_member(&members, "title_like", o->title_like);
	add_member(&members, "incident_only", o->incident ? "yes" : "");
	add_member(&members, "continues", o->continues ? "yes" : "");
	params[1] = steps.failed ? "[" : steps.data;
	params[2] = literal_object(&members);
	params[3] = o->first ? "true" : "false";
	status = listing_one(session, DB_ROUTE_ADD, params, &how);
	buf_free(&members);
	buf_free(&steps);
	return status;
}

static enum status
explain(struct session *session, struct options *o, const char *alert)
{
	struct buf members = {.max = LITERAL_MAX_BYTES};
	const char *params[2] = {alert};
	enum status status = STATUS_USAGE;

	add_member(&members, "integration_id", o->integration);
	add_member(&members, "tags", literal_array(&o->tags));
	add_member(&members, "urgency", o->urgency);
	add_member(&members, "title", o->title);
	add_member(&members, "incident", o->incident ? "yes" : "");
	if (alert != NULL && members.len > 0) {
		session_say("route explain takes one ALERT, or options");
	} else {
		params[1] = literal_object(&members);
		status = listing(session, DB_ROUTE_EXPLAIN, params, explanation,
		    LENGTH(explanation), o->json);
	}
	buf_free(&members);
	return status;
}

static enum status
run(struct session *session, const struct verb *v, struct options *o,
    char **argv)
{
	const char *params[] = {argv[0],
	    v->call == DB_ROUTE_MOVE ? argv[1] : v->value};
	struct listing_one how = {all + 1, LENGTH(all) - 1, o->json};

	if (v->call == DB_ROUTE_ADD)
		return add(session, o, argv[0]);
	if (v->call == DB_ROUTE_EXPLAIN)
		return explain(session, o, argv[0]);
	if (v->call == DB_ROUTE_REMOVE)
		return listing_removed(session, v->call, argv[0]);
	if (v->call != DB_ROUTE_LIST)
		return listing_one(session, v->call, params, &how);
	return o->json
	    ? listing(session, v->call, NULL, all, LENGTH(all), true)
	    : listing(session, v->call, NULL, brief, LENGTH(brief), false);
}

int
tool_route(struct session *session, int argc, char **argv)
{
	static const struct verb_command command = {"route", tool_route_usage,
	    verbs, LENGTH(verbs), names, set_option};
	struct options o = {.tags = {.max = LITERAL_MAX_BYTES}};
	const struct verb *v = verb_read(&command, &o, &argc, &argv);
	enum status status = STATUS_USAGE;

	if (v != NULL)
		status = run(session, v, &o, argv);
	buf_free(&o.tags);
	return (int)status;
}
