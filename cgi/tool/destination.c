/* SPDX-License-Identifier: ISC */
#include "tool/destination.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "conf/duration.h"
#include "json/json.h"
#include "relay/webhook.h"
#include "tool/listing.h"
#include "tool/literal.h"
#include "tool/outgoing.h"
#include "tool/verb.h"

#define TIME_MAX_S (30 * DURATION_DAY_S)
#define NAME_BYTES 256 /* of a header, with its NUL */

const char tool_destination_usage[] =
    "usage: tocsin destination add NAME --slack URL | --mail ADDRESS,... |\n"
    "                              --command NAME | --webhook URL\n"
    "                              [--format F] [OPTION]...\n"
    "       tocsin destination list [--json]\n"
    "       tocsin destination show NAME [--json]\n"
    "       tocsin destination set NAME [--name NAME] [--address ADDRESS]\n"
    "                              [--format F] [OPTION]...\n"
    "       tocsin destination test NAME [--json]\n"
    "       tocsin destination rotate-secret NAME [--grace TIME] [--json]\n"
    "       tocsin destination enable NAME [--json]\n"
    "       tocsin destination disable NAME [--json]\n"
    "       tocsin destination remove NAME\n"
    "\n"
    "A destination is where notifications of alerts go, as routes decide:\n"
    "see tocsin help route.  tocsin relay sends them.\n"
    "\n"
    "      --slack URL         like --webhook URL --format slack\n"
    "      --mail ADDRESS,...  mail addresses\n"
    "      --command NAME      a file in the directory relay_commands\n"
    "      --webhook URL       a URL; it may contain {{secret.NAME}}\n"
    "      --format F          of a webhook: see tocsin format list "
    "(default:\n"
    "                          standard)\n"
    "      --name NAME         rename it\n"
    "      --address ADDRESS   change its URL, mail addresses or command\n"
    "      --grace TIME        how long messages are also signed with the\n"
    "                          previous secret, up to 30d (default: 24h)\n"
    "      --json              print JSON\n"
    "\n"
    "Options; with set, '' removes a value:\n"
    "\n"
    "      --header 'NAME: VALUE'  also send this header; set replaces all\n"
    "      --pin PIN               sha256//... of the server's public key\n"
    "      --timeout TIME          1s to 60s (default: 15s; without a URL, "
    "30s)\n"
    "      --in-flight N           messages to machines at once (default: 4;\n"
    "                              to a command: 1)\n"
    "      --gap TIME              pause after a message to people\n"
    "      --gap-max TIME          longest pause, while there is much to send\n"
    "      --per-hour N            maximum number of messages in an hour\n"
    "      --give-up-after TIME    when a delivery is dead: 1m to 30d\n"
    "      --hours FROM-TO         send only then, like 08:00-18:00\n"
    "      --hours-urgency U       but this urgency and above at any hour\n"
    "                              (default: critical)\n"
    "      --days N,...            of the hours: 1 is Monday (default: all)\n"
    "      --zone ZONE             of the hours, like Europe/Berlin\n"
    "      --forget-resolved yes   skip alerts that are resolved when hours\n"
    "                              begin\n"
    "      --fallback NAME         destination to use when this one has been\n"
    "                              broken\n"
    "      --fallback-after TIME   for this time (default: 5m)\n";

struct options {
	const char *kind, *address, *format; /* NULL = not given */
	struct buf members; /* JSON object */
	struct buf headers; /* JSON object */
	bool has_headers, has_hours, has_zone;
	char grace[DURATION_BYTES];
	bool json;
};

#define SHARED "HptigGruhdzUxbBj"

static const struct verb verbs[] = {
    {"add", "wsmcf" SHARED, 1, 1, "one NAME", DB_DESTINATION_ADD, NULL},
    {"list", "j", 0, 0, "no arguments", DB_DESTINATION_LIST, NULL},
    {"show", "j", 1, 1, "one NAME", DB_DESTINATION_SHOW, NULL},
    {"set", "naf" SHARED, 1, 1, "one NAME", DB_DESTINATION_SET, NULL},
    {"test", "j", 1, 1, "one NAME", DB_DESTINATION_TEST, NULL},
    {"rotate-secret", "ej", 1, 1, "one NAME", DB_DESTINATION_ROTATE_SECRET,
	NULL},
    {"enable", "j", 1, 1, "one NAME", DB_DESTINATION_ENABLE, "true"},
    {"disable", "j", 1, 1, "one NAME", DB_DESTINATION_ENABLE, "false"},
    {"remove", "", 1, 1, "one NAME", DB_DESTINATION_REMOVE, NULL},
};

/* The cell, and columns of tocsin_api.destination_info. */
static const struct table_column all[] = {
    {"cell", "cell", TABLE_TEXT},
    {"destination_id", "id", TABLE_TEXT},
    {"name", "name", TABLE_TEXT},
    {"kind", "kind", TABLE_TEXT},
    {"format", "format", TABLE_TEXT},
    {"audience", "for", TABLE_TEXT},
    {"address", "address", TABLE_TEXT},
    {"is_signed", "signed", TABLE_BOOL},
    {"enabled", "enabled", TABLE_BOOL},
    {"disabled_reason", "disabled because", TABLE_TEXT},
    {"fallback", "fallback", TABLE_TEXT},
    {"fallback_after_seconds", "fallback after, s", TABLE_NUMBER},
    {"hours", "hours", TABLE_TEXT},
    {"hours_urgency", "urgency at any hour", TABLE_TEXT},
    {"gap_seconds", "gap, s", TABLE_NUMBER},
    {"gap_max_seconds", "largest gap, s", TABLE_NUMBER},
    {"per_hour", "per hour", TABLE_NUMBER},
    {"in_flight_max", "in flight", TABLE_NUMBER},
    {"timeout_ms", "timeout, ms", TABLE_NUMBER},
    {"give_up_after_seconds", "given up after, s", TABLE_NUMBER},
    {"forget_resolved", "forgets resolved", TABLE_BOOL},
    {"created_at", "created", TABLE_TIME},
    {"waiting_count", "waiting", TABLE_NUMBER},
    {"broken_since", "broken since", TABLE_TIME},
    {"last_sent_at", "last sent", TABLE_TIME},
    {"last_error", "last error", TABLE_TEXT},
    {"last_error_at", "at", TABLE_TIME},
    {"held_by", "held by", TABLE_TEXT},
    {"secret_names", "needs secrets", TABLE_TEXT},
    {"secret", "secret, shown only once", TABLE_TEXT},
};

static const struct table_column brief[] = {
    {"cell", "CELL", TABLE_TEXT},
    {"name", "NAME", TABLE_TEXT},
    {"kind", "KIND", TABLE_TEXT},
    {"format", "FORMAT", TABLE_TEXT},
    {"address", "ADDRESS", TABLE_TEXT},
    {"enabled", "ENABLED", TABLE_BOOL},
    {"waiting_count", "WAITING", TABLE_NUMBER},
    {"last_sent_at", "LAST SENT", TABLE_TIME},
    {"broken_since", "BROKEN SINCE", TABLE_TIME},
};

static const struct table_column test[] = {
    {"delivery_id", "delivery", TABLE_NUMBER},
};

static const struct option names[] = {
    {"webhook", required_argument, NULL, 'w'},
    {"slack", required_argument, NULL, 's'},
    {"mail", required_argument, NULL, 'm'},
    {"command", required_argument, NULL, 'c'},
    {"format", required_argument, NULL, 'f'},
    {"name", required_argument, NULL, 'n'},
    {"address", required_argument, NULL, 'a'},
    {"header", required_argument, NULL, 'H'},
    {"pin", required_argument, NULL, 'p'},
    {"timeout", required_argument, NULL, 't'},
    {"in-flight", required_argument, NULL, 'i'},
    {"gap", required_argument, NULL, 'g'},
    {"gap-max", required_argument, NULL, 'G'},
    {"per-hour", required_argument, NULL, 'r'},
    {"give-up-after", required_argument, NULL, 'u'},
    {"hours", required_argument, NULL, 'h'},
    {"hours-urgency", required_argument, NULL, 'U'},
    {"days", required_argument, NULL, 'd'},
    {"zone", required_argument, NULL, 'z'},
    {"forget-resolved", required_argument, NULL, 'x'},
    {"fallback", required_argument, NULL, 'b'},
    {"fallback-after", required_argument, NULL, 'B'},
    {"grace", required_argument, NULL, 'e'},
    {"json", no_argument, NULL, 'j'},
    {NULL, 0, NULL, 0},
};

/* What else options of add and set are: see put_destination. */
static const struct {
	char letter;
	bool is_time;
	const char *name;
} members[] = {
    {'n', false, "name"},
    {'p', false, "pin"},
    {'t', true, "timeout"},
    {'i', false, "in_flight_max"},
    {'g', true, "gap"},
    {'G', true, "gap_max"},
    {'r', false, "per_hour"},
    {'u', true, "give_up_after"},
    {'U', false, "hours_urgency"},
    {'z', false, "hours_zone"},
    {'x', false, "forget_resolved"},
    {'b', false, "fallback"},
    {'B', true, "fallback_after"},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static enum status
misused(const char *what)
{
	session_say("%s", what);
	return STATUS_USAGE;
}

static enum status
set_header(struct options *o, const char *text)
{
	size_t len = strcspn(text, ":");
	char name[NAME_BYTES];
	struct slice value;

	o->has_headers = true;
	if (text[0] == '\0')
		return STATUS_OK;
	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (text[len] != ':' || len >= sizeof(name))
		return misused("--header must be like 'NAME: VALUE'");
	if (!webhook_may_send((struct slice){name, len})) {
		session_say("a header cannot be named \"%s\": it is not a "
			    "name, "
			    "or the relay sends one itself",
		    name);
		return STATUS_USAGE;
	}
	value = utf8_trim(slice_of(text + len + 1));
	buf_puts(&o->headers, o->headers.len == 0 ? "{" : ",");
	json_quote(&o->headers, slice_of(name));
	buf_puts(&o->headers, ":");
	json_quote(&o->headers, value);
	return STATUS_OK;
}

/* Without hours there are neither days nor a zone. */
static enum status
set_hours(struct options *o, const char *text)
{
	const char *dash = strchr(text, '-');
	char from[16];

	if (text[0] == '\0') {
		literal_member(&o->members, "hours_from", "");
		literal_member(&o->members, "hours_to", "");
		literal_member(&o->members, "hours_days", "");
		literal_member(&o->members, "hours_zone", "");
		return STATUS_OK;
	}
	o->has_hours = true;
	if (dash == NULL || dash == text ||
	    (size_t)(dash - text) >= sizeof(from) || dash[1] == '\0')
		return misused("--hours must be like 08:00-18:00");
	snprintf(from, sizeof(from), "%.*s", (int)(dash - text), text);
	literal_member(&o->members, "hours_from", from);
	literal_member(&o->members, "hours_to", dash + 1);
	return STATUS_OK;
}

static enum status
set_days(struct options *o, const char *text)
{
	char days[64];

	if (strlen(text) > 32 || strspn(text, "1234567,") != strlen(text))
		return misused("--days must be like 1,2,3,4,5: 1 is Monday");
	snprintf(days, sizeof(days), "{%s}", text);
	literal_member(&o->members, "hours_days", text[0] == '\0' ? "" : days);
	return STATUS_OK;
}

static enum status
set_kind(struct options *o, const char *kind, const char *format)
{
	if (o->kind != NULL)
		return misused("destination add takes only one of --webhook, "
			       "--slack, --mail and --command");
	o->kind = kind;
	o->address = optarg;
	if (format != NULL)
		o->format = format;
	return STATUS_OK;
}

static enum status
set_time(const char *option, char to[DURATION_BYTES])
{
	if (duration_read(optarg, TIME_MAX_S, to) == 0)
		return STATUS_OK;
	session_say("--%s must be a time up to 30d, like 90s, 15m or 24h",
	    option);
	return STATUS_USAGE;
}

static enum status
set_member(struct options *o, const char *option, int c)
{
	char interval[DURATION_BYTES];
	size_t i = 0;

	while (members[i].letter != c)
		i++;
	if (c == 'z')
		o->has_zone = true;
	if (members[i].is_time && optarg[0] != '\0' &&
	    set_time(option, interval) != STATUS_OK)
		return STATUS_USAGE;
	literal_member(&o->members, members[i].name,
	    members[i].is_time && optarg[0] != '\0' ? interval : optarg);
	return STATUS_OK;
}

static enum status
set_option(void *to, const char *option, int c)
{
	struct options *o = to;

	if (c == 'w')
		return set_kind(o, "webhook", NULL);
	if (c == 's')
		return set_kind(o, "webhook", "slack");
	if (c == 'm')
		return set_kind(o, "mail", NULL);
	if (c == 'c')
		return set_kind(o, "command", NULL);
	if (c == 'H')
		return set_header(o, optarg);
	if (c == 'h')
		return set_hours(o, optarg);
	if (c == 'd')
		return set_days(o, optarg);
	if (c == 'e')
		return set_time(option, o->grace);
	if (c == 'f')
		o->format = optarg;
	else if (c == 'a')
		o->address = optarg;
	else if (c == 'j')
		o->json = true;
	else
		return set_member(o, option, c);
	return STATUS_OK;
}

static enum status
check_options(const struct options *o)
{
	if (o->kind == NULL)
		return misused("destination add needs one of --webhook, "
			       "--slack, --mail and --command");
	if (o->has_hours && !o->has_zone)
		return misused("--hours needs a --zone");
	return STATUS_OK;
}

/* Refuse a URL that the relay would not send to. */
static enum status
judge_address(struct session *session, const char *address)
{
	char why[ADDRESS_WHY_BYTES];
	enum status status = session_open(session);

	if (status != STATUS_OK || strstr(address, "://") == NULL)
		return status;
	status = outgoing_judge(&session->conf, address, why);
	if (status != STATUS_OK)
		session_say("%s%s", why,
		    status == STATUS_CONFIGURATION ? " (see tocsin.conf(5))"
						   : "");
	return status;
}

/* Add what is not a member yet; return the object. */
static const char *
finish_members(struct options *o)
{
	if (o->has_headers) {
		if (o->headers.len == 0)
			buf_puts(&o->headers, "{");
		literal_json(&o->members, "headers",
		    literal_object(&o->headers));
	}
	return literal_object(&o->members);
}

/* Run what returns the destination, with its secret if that is new. */
static enum status
change(struct session *session, const struct verb *v, struct options *o,
    const char *name)
{
	const char *params[5] = {name, v->value};
	struct listing_one how = {all + 1, LENGTH(all) - 1, o->json};

	if (v->call == DB_DESTINATION_ADD) {
		params[1] = o->kind;
		params[2] = o->address;
		params[3] = o->format;
		params[4] = finish_members(o);
	} else if (v->call == DB_DESTINATION_SET) {
		if (o->address != NULL)
			literal_member(&o->members, "address", o->address);
		if (o->format != NULL)
			literal_member(&o->members, "format", o->format);
		params[1] = finish_members(o);
	} else if (v->call == DB_DESTINATION_ROTATE_SECRET) {
		params[1] = o->grace;
	} else {
		how.n--;
	}
	return listing_one(session, v->call, params, &how);
}

static enum status
run(struct session *session, const struct verb *v, struct options *o,
    const char *name)
{
	const struct listing_one tested = {test, LENGTH(test), o->json};
	enum status status = STATUS_OK;

	if (v->call == DB_DESTINATION_LIST)
		return o->json ? listing(session, v->call, NULL, all,
				     LENGTH(all) - 1, true)
			       : listing(session, v->call, NULL, brief,
				     LENGTH(brief), false);
	if (v->call == DB_DESTINATION_TEST)
		return listing_one(session, v->call, &name, &tested);
	if (v->call == DB_DESTINATION_REMOVE)
		return listing_removed(session, v->call, name);
	if (o->address != NULL)
		status = judge_address(session, o->address);
	return status == STATUS_OK ? change(session, v, o, name) : status;
}

int
tool_destination(struct session *session, int argc, char **argv)
{
	static const struct verb_command command = {"destination",
	    tool_destination_usage, verbs, LENGTH(verbs), names, set_option};
	struct options o = {.members = {.max = LITERAL_MAX_BYTES},
	    .headers = {.max = LITERAL_MAX_BYTES},
	    .grace = "24 hours"};
	const struct verb *v = verb_read(&command, &o, &argc, &argv);
	enum status status = v == NULL ? STATUS_USAGE : STATUS_OK;

	if (v != NULL && v->call == DB_DESTINATION_ADD)
		status = check_options(&o);
	if (status == STATUS_OK)
		status = run(session, v, &o, argv[0]);
	buf_free(&o.members);
	buf_free(&o.headers);
	return (int)status;
}
