/* SPDX-License-Identifier: ISC */
#include "tool/send.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "event/delivery.h"
#include "intake/intake.h"
#include "json/json.h"
#include "tool/table.h"

#define STORE_MS 30000
#define BODY_MAX_BYTES (4 * 1024 * 1024) /* more than execve(2) accepts */

const char tool_send_usage[] =
    "usage: tocsin send create INTEGRATION --title T [--id ID]\n"
    "                   [--description D] [--urgency U] [--tag T]... [--json]\n"
    "       tocsin send acknowledge INTEGRATION --id ID [--json]\n"
    "       tocsin send resolve INTEGRATION --id ID [--json]\n"
    "\n"
    "Send an event by hand, like a sender but without a token; its source\n"
    "in the event log is operator.\n"
    "\n"
    "      --id ID          the sender's Id (create: generated if missing)\n"
    "      --title T\n"
    "      --description D\n"
    "      --urgency U      silent, low, medium, high or critical\n"
    "      --tag T          may be repeated\n"
    "      --json           print JSON\n";

/* Options and the members of the event they set. */
static const struct member {
	const char *option;
	const char *name;
	bool on_create; /* only allowed there */
} members[] = {
    {"id", "Id", false},
    {"title", "Title", true},
    {"description", "Description", true},
    {"urgency", "urgency", true},
    {"tag", "Tags", true},
};

enum { ID, TITLE, DESCRIPTION, URGENCY, TAG, MEMBERS };

struct options {
	const char *type;
	const char *integration;
	const char *values[MEMBERS]; /* NULL: not given; the last tag */
	struct buf tags; /* JSON, without brackets */
	bool json;
};

/* Set option c; for '?' getopt has printed an error. */
static enum status
set_option(struct options *o, int c)
{
	if (c == 'j') {
		o->json = true;
		return STATUS_OK;
	}
	if (c >= MEMBERS)
		return STATUS_USAGE;
	if (members[c].on_create && strcmp(o->type, "create") != 0) {
		session_say("send %s takes no --%s", o->type,
		    members[c].option);
		return STATUS_USAGE;
	}
	o->values[c] = optarg;
	if (c == TAG) {
		if (o->tags.len > 0)
			buf_puts(&o->tags, ",");
		json_quote(&o->tags, slice_of(optarg));
	}
	return STATUS_OK;
}

static enum status
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"id", required_argument, NULL, ID},
	    {"title", required_argument, NULL, TITLE},
	    {"description", required_argument, NULL, DESCRIPTION},
	    {"urgency", required_argument, NULL, URGENCY},
	    {"tag", required_argument, NULL, TAG},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (set_option(o, c) != STATUS_OK)
			return STATUS_USAGE;
	if (argc - optind != 1) {
		session_say("send %s takes one INTEGRATION, like int_...",
		    o->type);
		return STATUS_USAGE;
	}
	o->integration = argv[optind];
	return STATUS_OK;
}

static void
write_body(struct buf *b, const struct options *o)
{
	buf_puts(b, "{\"event_type\":");
	json_quote(b, slice_of(o->type));
	for (size_t i = 0; i < MEMBERS; i++) {
		if (o->values[i] == NULL)
			continue;
		buf_printf(b, ",\"%s\":", members[i].name);
		if (i != TAG) {
			json_quote(b, slice_of(o->values[i]));
			continue;
		}
		buf_puts(b, "[");
		buf_append(b, o->tags.data, o->tags.len);
		buf_puts(b, "]");
	}
	buf_puts(b, "}");
	b->failed |= o->tags.failed;
}

static void
say_fault(const struct fault *fault)
{
	const char *pointer = fault->pointer;

	for (size_t i = 0; i < MEMBERS; i++)
		if (pointer[0] == '/' &&
		    strcmp(pointer + 1, members[i].name) == 0) {
			session_say("--%s: %s", members[i].option,
			    fault->detail);
			return;
		}
	session_say("could not send the event: %s", fault->detail);
}

/* Make an event from the options, by the rules for all senders. */
static enum status
parse(struct delivery *d, struct buf *body, const struct options *o)
{
	struct fault fault = {.pointer = "", .detail = "it is invalid"};

	write_body(body, o);
	if (body->failed) {
		session_say("the event is too large");
		return STATUS_FAILED;
	}
	switch (delivery_parse(d, body, &fault)) {
	case OUTCOME_OK:
		break;
	case OUTCOME_BAD_JSON:
		session_say("could not send the event: %s", fault.detail);
		return STATUS_FAILED;
	case OUTCOME_INVALID:
		say_fault(&fault);
		return STATUS_FAILED;
	default:
		session_say("out of memory");
		return STATUS_FAILED;
	}
	/* An unknown urgency is ignored from a sender, but refused here. */
	if (o->values[URGENCY] != NULL && d->items[0].ev.urgency.p == NULL) {
		session_say("--urgency must be silent, low, medium, high or "
			    "critical");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* Copy s to a C string; the event's limits ensure that it fits. */
static const char *
text(char *to, size_t size, struct slice s)
{
	snprintf(to, size, "%.*s", (int)s.len, s.p);
	return to;
}

static void
print_receipt(const struct item *it, bool json)
{
	static const struct table_column columns[] = {
	    {"outcome", "outcome", TABLE_TEXT},
	    {"reason", "reason", TABLE_TEXT},
	    {"alert_id", "alert", TABLE_TEXT},
	    {"status", "status", TABLE_TEXT},
	    {"Id", "Id", TABLE_TEXT},
	    {"event_id", "event", TABLE_TEXT},
	};
	const struct receipt *rc = &it->receipt;
	char id[EVENT_ID_MAX_BYTES + 1], event_id[UUID_TEXT_BYTES];
	const char *cells[] = {outcome_label(it->outcome),
	    rc->reason[0] == '\0' ? NULL : rc->reason,
	    rc->alert_id[0] == '\0' ? NULL : rc->alert_id,
	    rc->status[0] == '\0' ? NULL : rc->status,
	    text(id, sizeof(id), it->ev.external_id), event_id};
	struct table t = {columns, sizeof(cells) / sizeof(cells[0]), cells, 1};

	uuid_format(&it->ev.id, event_id);
	if (json)
		table_json(stdout, &t, false);
	else
		table_print_records(stdout, &t);
	for (unsigned bit = 1; bit <= it->ev.flags; bit <<= 1)
		if ((it->ev.flags & bit) != 0)
			session_say("the event was changed to fit: %s",
			    event_flag_label(bit));
}

static enum status
conclude(const struct item *it, const struct options *o)
{
	if (outcome_is_accepted(it->outcome)) {
		print_receipt(it, o->json);
		return STATUS_OK;
	}
	switch (it->outcome) {
	case OUTCOME_UNKNOWN_INTEGRATION:
		session_say("there is no integration \"%s\": see tocsin "
			    "integration list",
		    o->integration);
		return STATUS_FAILED;
	case OUTCOME_DISABLED:
		session_say("the integration is disabled: tocsin integration "
			    "enable %s",
		    o->integration);
		return STATUS_FAILED;
	case OUTCOME_INVALID:
		say_fault(&it->fault);
		return STATUS_FAILED;
	case OUTCOME_UNAVAILABLE:
		session_say("could not store the event, or not confirm that "
			    "it was stored: run tocsin check");
		return STATUS_CONNECTION;
	default:
		session_say("the event was refused: %s",
		    outcome_label(it->outcome));
		return STATUS_FAILED;
	}
}

static enum status
store(struct session *session, struct delivery *d, const struct options *o)
{
	struct intake *in;

	/* No spool: its files belong to the responder's account. */
	in = intake_open(&session->conf, DB_TOOL, NULL, NULL);
	if (in == NULL) {
		session_say("out of memory");
		return STATUS_FAILED;
	}
	intake_store(in, d, clock_ms() + STORE_MS);
	intake_close(in);
	return conclude(&d->items[0], o);
}

/*
 * Have the event's id be later than those of what waits in the spool of this
 * host, if this user may look there: by their ids it is decided what has
 * overtaken what, and the clock may have been set back since.
 */
static struct metrics *
share_ids(const struct conf *conf)
{
	int dir = open(conf->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct metrics *shared = metrics_find(dir);

	uuid_share(metrics_uuid(shared));
	if (dir != -1)
		close(dir);
	return shared;
}

/* Send what the options say. */
static enum status
send_event(struct session *session, const struct options *o)
{
	struct buf body = {.max = BODY_MAX_BYTES};
	struct delivery d = {0};
	struct metrics *shared;
	enum status status = session_open(session);

	if (status != STATUS_OK)
		return status;
	shared = share_ids(&session->conf);
	d.from.source = "operator";
	d.from.received_at = clock_wall_us();
	d.from.integration_id = slice_of(o->integration);
	status = parse(&d, &body, o);
	if (status == STATUS_OK)
		status = store(session, &d, o);
	delivery_free(&d);
	buf_free(&body);
	uuid_share(NULL);
	metrics_close(shared);
	return status;
}

int
tool_send(struct session *session, int argc, char **argv)
{
	struct options o = {.tags = {.max = BODY_MAX_BYTES}};
	enum status status = STATUS_USAGE;

	if (argc < 2 || argv[1][0] == '-') {
		fputs(tool_send_usage, stderr);
		return STATUS_USAGE;
	}
	o.type = argv[1];
	argv[1] = argv[0];
	if (strcmp(o.type, "create") != 0 &&
	    strcmp(o.type, "acknowledge") != 0 &&
	    strcmp(o.type, "resolve") != 0)
		session_say("send takes create, acknowledge or resolve");
	else
		status = read_options(&o, argc - 1, argv + 1);
	if (status == STATUS_OK)
		status = send_event(session, &o);
	buf_free(&o.tags);
	return (int)status;
}
