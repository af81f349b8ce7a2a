/* SPDX-License-Identifier: ISC */
#include "tool/delivery.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "conf/duration.h"
#include "tool/listing.h"
#include "tool/literal.h"
#include "tool/verb.h"

#define AGO_MAX_S (100 * 366 * DURATION_DAY_S)

const char tool_delivery_usage[] =
    "usage: tocsin delivery list [--dead | --waiting] [--destination D]\n"
    "                            [--alert ID] [--since T] [--until T]\n"
    "                            [--limit N] [--json]\n"
    "       tocsin delivery show ID [--json]\n"
    "       tocsin delivery retry ID... [--json]\n"
    "       tocsin delivery retry --dead [--json]\n"
    "       tocsin delivery cancel ID... [--json]\n"
    "       tocsin delivery replay --destination D --since T [--until T]\n"
    "                              [--json]\n"
    "\n"
    "A delivery is one notice to one destination.\n"
    "\n"
    "  list    print deliveries, the newest first\n"
    "  show    print one: number of attempts, last answer, what it waits for\n"
    "  retry   restart those that are dead or cancelled, and try those that\n"
    "          wait at once\n"
    "  cancel  do not send those that wait\n"
    "  replay  send a destination what happened in a period, from the event\n"
    "          log, one notice per second: the alerts that match its routes\n"
    "          as they are now\n"
    "\n"
    "Retried and replayed notices keep their ids, so that receivers recognise\n"
    "duplicates.\n"
    "\n"
    "      --dead           those that are dead\n"
    "      --waiting        those that are due or being sent\n"
    "      --destination D  of this destination\n"
    "      --alert ID       of this alert\n"
    "      --since T        from T on: how long ago, like 90m or 2d, or a "
    "time,\n"
    "                       like 2026-01-31T08:00Z\n"
    "      --until T        before T (replay: default now)\n"
    "      --limit N        maximum number (default: 100)\n"
    "      --json           print JSON\n";

struct options {
	struct buf filter; /* JSON object */
	const char *destination; /* NULL = not given */
	const char *limit;
	char since[64], until[64];
	bool dead, json;
};

static const struct option names[] = {
    {"dead", no_argument, NULL, 'd'},
    {"waiting", no_argument, NULL, 'w'},
    {"destination", required_argument, NULL, 'D'},
    {"alert", required_argument, NULL, 'a'},
    {"since", required_argument, NULL, 's'},
    {"until", required_argument, NULL, 'u'},
    {"limit", required_argument, NULL, 'l'},
    {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0},
};

static const struct verb verbs[] = {
    {"list", "dwDasulj", 0, 0, "no arguments", DB_DELIVERY_LIST, NULL},
    {"show", "j", 1, 1, "one ID", DB_DELIVERY_SHOW, NULL},
    {"retry", "dj", 0, VERB_MANY, "", DB_DELIVERY_RETRY, NULL},
    {"cancel", "j", 1, VERB_MANY, "IDs", DB_DELIVERY_CANCEL, NULL},
    {"replay", "Dsuj", 0, 0, "no arguments", DB_DELIVERY_REPLAY, NULL},
};

/* The cell, and the columns of tocsin_api.delivery_info. */
static const struct table_column all[] = {
    {"cell", "cell", TABLE_TEXT},
    {"delivery_id", "id", TABLE_NUMBER},
    {"destination", "destination", TABLE_TEXT},
    {"alert_id", "alert", TABLE_TEXT},
    {"external_id", "its Id", TABLE_TEXT},
    {"title", "title", TABLE_TEXT},
    {"notice", "tells", TABLE_TEXT},
    {"notice_id", "its id", TABLE_TEXT},
    {"urgency", "urgency", TABLE_TEXT},
    {"status", "status", TABLE_TEXT},
    {"waiting_for", "waits for", TABLE_TEXT},
    {"reason", "because", TABLE_TEXT},
    {"attempts", "attempts", TABLE_NUMBER},
    {"created_at", "created", TABLE_TIME},
    {"due_at", "due", TABLE_TIME},
    {"expires_at", "given up", TABLE_TIME},
    {"sent_at", "sent", TABLE_TIME},
    {"last_status", "answer", TABLE_NUMBER},
    {"took_ms", "took, ms", TABLE_NUMBER},
    {"excerpt", "said", TABLE_TEXT},
};

static const struct table_column brief[] = {
    {"cell", "CELL", TABLE_TEXT},
    {"delivery_id", "ID", TABLE_NUMBER},
    {"created_at", "CREATED", TABLE_TIME},
    {"destination", "DESTINATION", TABLE_TEXT},
    {"notice", "TELLS", TABLE_TEXT},
    {"status", "STATUS", TABLE_TEXT},
    {"attempts", "ATTEMPTS", TABLE_NUMBER},
    {"last_status", "ANSWER", TABLE_NUMBER},
    {"waiting_for", "WAITS FOR", TABLE_TEXT},
    {"title", "TITLE", TABLE_TEXT},
};

static const struct table_column count[] = {
    {"delivery_count", "deliveries", TABLE_NUMBER},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Write the time so long ago; or the text, which PostgreSQL is to read. */
static void
read_time(char to[64], const char *text)
{
	int64_t ago_s = duration_seconds(text, AGO_MAX_S);
	time_t then = time(NULL) - (time_t)ago_s;
	struct tm tm;

	if (ago_s == -1)
		snprintf(to, 64, "%s", text);
	else
		strftime(to, 64, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&then, &tm));
}

static enum status
set_option(void *to, const char *option, int c)
{
	struct options *o = to;

	(void)option;
	if (c == 'd') {
		o->dead = true;
		literal_member(&o->filter, "status", "dead");
	} else if (c == 'w') {
		literal_member(&o->filter, "waiting", "true");
	} else if (c == 'D') {
		o->destination = optarg;
		literal_member(&o->filter, "destination", optarg);
	} else if (c == 'a') {
		literal_member(&o->filter, "alert", optarg);
	} else if (c == 's') {
		read_time(o->since, optarg);
		literal_member(&o->filter, "since", o->since);
	} else if (c == 'u') {
		read_time(o->until, optarg);
		literal_member(&o->filter, "until", o->until);
	} else if (c == 'l') {
		o->limit = optarg;
	} else {
		o->json = true;
	}
	return STATUS_OK;
}

static enum status
list(struct session *session, struct options *o)
{
	const char *params[] = {literal_object(&o->filter), o->limit};

	return o->json
	    ? listing(session, DB_DELIVERY_LIST, params, all, LENGTH(all), true)
	    : listing(session, DB_DELIVERY_LIST, params, brief, LENGTH(brief),
		  false);
}

/* Run what changes the deliveries of these numbers; of none, all. */
static enum status
change(struct session *session, const struct verb *v, const struct options *o,
    char **ids)
{
	const struct listing_one how = {count, LENGTH(count), o->json};
	struct buf array = {.max = LITERAL_MAX_BYTES};
	const char *params[1];
	enum status status;

	for (; *ids != NULL; ids++)
		literal_element(&array, *ids);
	params[0] = literal_array(&array);
	status = listing_one(session, v->call, params, &how);
	buf_free(&array);
	return status;
}

static enum status
replay(struct session *session, const struct options *o)
{
	const struct listing_one how = {count, LENGTH(count), o->json};
	const char *params[] = {o->destination, o->since, o->until};

	if (o->destination == NULL || o->since[0] == '\0') {
		session_say("delivery replay needs --destination and --since");
		return STATUS_USAGE;
	}
	return listing_one(session, DB_DELIVERY_REPLAY, params, &how);
}

static enum status
run(struct session *session, const struct verb *v, struct options *o, int argc,
    char **argv)
{
	const struct listing_one how = {all + 1, LENGTH(all) - 1, o->json};
	const char *id = argv[0];

	if (v->call == DB_DELIVERY_LIST)
		return list(session, o);
	if (v->call == DB_DELIVERY_SHOW)
		return listing_one(session, v->call, &id, &how);
	if (v->call == DB_DELIVERY_REPLAY)
		return replay(session, o);
	if (v->call == DB_DELIVERY_RETRY && o->dead == (argc > 0)) {
		session_say("delivery retry takes IDs or --dead");
		return STATUS_USAGE;
	}
	return change(session, v, o, argv);
}

int
tool_delivery(struct session *session, int argc, char **argv)
{
	static const struct verb_command command = {"delivery",
	    tool_delivery_usage, verbs, LENGTH(verbs), names, set_option};
	struct options o = {.filter = {.max = LITERAL_MAX_BYTES},
	    .limit = "100",
	    .until = "now"};
	const struct verb *v = verb_read(&command, &o, &argc, &argv);
	enum status status = STATUS_USAGE;

	if (v != NULL)
		status = run(session, v, &o, argc, argv);
	buf_free(&o.filter);
	return (int)status;
}
