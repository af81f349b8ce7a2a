/* SPDX-License-Identifier: ISC */
#include "tool/explain.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "dialect/answer.h"
#include "event/wrapper.h"
#include "server/results.h"
#include "tool/dialect.h"
#include "tool/input.h"
#include "tool/terminal.h"
#include "tool/translate.h"

#define HEADERS_MAX 32
#define SHOWN_CHARS 40
#define BODY_MAX_BYTES (2 * 1024 * 1024)
#define STEPS_MAX_BYTES (16 * 1024 * 1024)

const char tool_explain_usage[] =
    "usage: tocsin explain [--path REST] [--method M] [--query Q]\n"
    "                      [--header 'NAME: VALUE']...\n"
    "                      [--wrapper-key KEY] [--json]\n"
    "                      [DIALECT|FILE [BODY]]\n"
    "\n"
    "Show what a request's body becomes, line by line.  Needs no server and\n"
    "no database, and stores nothing.  BODY is a file; without it, standard\n"
    "input.  Without a dialect, the body is in PagerTree's own format, and\n"
    "explain says which dialect it looks like.\n"
    "\n"
    "      --path REST  what follows the dialect in the URL\n"
    "      --method M   the method (default: POST)\n"
    "      --query Q    the query string\n"
    "      --header H   a header, like 'Content-Type: text/plain'\n"
    "      --wrapper-key KEY  the member that holds the event, like\n"
    "                   data.event; not of dialects\n"
    "      --json       print the events only, one a line\n"
    "\n"
    "Exit status: 0 all became events, or was skipped; 1 something was\n"
    "refused; 2 usage.\n";

struct explain {
	struct trace trace; /* the first member, so that steps() finds this */
	const char *path;
	const char *dialects; /* the user's directory; "" = none */
	bool json;
	char *headers[HEADERS_MAX + 1]; /* owned: HTTP_NAME=value */
	size_t n_headers;
	struct request req;
	long body_max;
	struct translation t;
	struct delivery delivery;
	struct buf steps; /* what --json leaves out; each item begins with \0 */
	size_t items;
	struct fault fault;
};

/* Append text, cut short. */
static void
add_cut(struct buf *b, struct slice s)
{
	struct slice first = utf8_first_chars(s, SHOWN_CHARS);

	buf_append(b, first.p, first.len);
	if (first.len < s.len)
		buf_puts(b, "...");
}

/* Append a value for people: a string without its quotes. */
static void
add_shown(struct buf *b, struct slice json)
{
	if (json.len >= 2 && json.p[0] == '"') {
		json.p++;
		json.len -= 2;
	}
	add_cut(b, json);
}

/* Append the template: a lone pointer without its ${}, a map as a test. */
static void
add_source(struct explain *x, const struct field *f)
{
	const struct dialect *d = x->t.dialect;
	const struct part *part = &d->parts[f->template.first];
	struct slice s = f->template.source;
	const char *open = memchr(s.p, '(', s.len);

	if (f->spread == SPREAD_SPLIT || f->template.n != 1 ||
	    part->node == -1) {
		buf_append(&x->steps, s.p, s.len);
	} else if (part->map == -1) {
		buf_append(&x->steps, s.p + 2, s.len - 3);
	} else {
		buf_append(&x->steps, open + 1,
		    s.len - (size_t)(open + 1 - s.p) - 2);
		buf_puts(&x->steps, " = ");
		add_cut(&x->steps, x->t.values[part->node].text);
	}
}

static const char *
name_of(const struct field *f)
{
	static const char *const names[FIELD_KINDS] = {"event_type", "Id",
	    "Title", "Description", "Description", "urgency", "Tag",
	    "dedup_key", "Extra", "Meta"};

	return names[f->kind];
}

/* Note a step of the translation. */
static void
seen(struct trace *trace, const struct section *section,
    const struct field *field, struct slice json)
{
	struct explain *x = (struct explain *)(void *)trace;
	struct buf *b = &x->steps;
	char name[40];

	if (field == NULL) {
		buf_append(b, "", 1);
		x->items++;
	}
	if (field == NULL && section == NULL) {
		buf_puts(b, "no section fits\n");
	} else if (field == NULL) {
		buf_printf(b, "[%s] at line %d\n",
		    section->kind == SECTION_SKIP ? "skip" : "event",
		    section->line);
	} else {
		snprintf(name, sizeof(name), "%s%s%.*s", name_of(field),
		    field->name.len > 0 ? " " : "", (int)field->name.len,
		    field->name.len > 0 ? field->name.p : "");
		buf_printf(b, "  %-22s  ", name);
		add_shown(b, json);
		buf_printf(b, "  line %d  ", field->line);
		add_source(x, field);
		buf_puts(b, "\n");
	}
}

/* Cut what was noted of the next item off *rest. */
static struct slice
next_steps(struct slice *rest)
{
	struct slice steps = *rest;
	const char *end;

	if (steps.len == 0)
		return steps;
	steps.p++;
	steps.len--;
	end = steps.len == 0 ? NULL : memchr(steps.p, '\0', steps.len);
	if (end != NULL)
		steps.len = (size_t)(end - steps.p);
	rest->p = steps.p + steps.len;
	rest->len -= steps.len + 1;
	return steps;
}

static bool
is_skipped(struct slice steps)
{
	static const char skip[] = "[skip]";

	return steps.len >= sizeof(skip) - 1 &&
	    memcmp(steps.p, skip, sizeof(skip) - 1) == 0;
}

/* Print one item: its steps, its event, and what is wrong with it. */
static void
print_event(struct explain *x, const struct item *it, struct slice event)
{
	const struct fault *f = &it->fault;

	if (it->outcome == OUTCOME_INVALID && x->json) {
		session_say("refused: %s%s%s", f->pointer,
		    f->pointer[0] == '\0' ? "" : ": ", f->detail);
		return;
	}
	if (it->outcome == OUTCOME_INVALID)
		printf("  refused: %s%s%s\n", f->pointer,
		    f->pointer[0] == '\0' ? "" : ": ", f->detail);
	else {
		terminal_lines(stdout, event);
		putchar('\n');
	}
}

/* Print what became of each item. */
static void
print_items(struct explain *x)
{
	struct slice steps = {x->steps.data, x->steps.len}, step;
	struct slice rest = {x->t.events.data, x->t.events.len};
	struct json_member m = {.value.text = rest};
	size_t number = 0, event = 0;

	while (steps.len > 0 || event < x->delivery.n) {
		step = next_steps(&steps);
		number++;
		if (!x->json && step.len > 0) {
			printf("event %zu of %zu: ", number, x->items);
			terminal_lines(stdout, step);
		}
		if (is_skipped(step) || event == x->delivery.n)
			continue;
		if (x->t.is_batch)
			json_next(&rest, &m);
		print_event(x, &x->delivery.items[event++], m.value.text);
	}
}

/* Return whether an item was refused. */
static bool
is_refused(const struct delivery *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].outcome == OUTCOME_INVALID)
			return true;
	return false;
}

/* Give each item the outcome that a database would most likely give. */
static void
imagine(struct delivery *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->items[i].outcome == OUTCOME_OK)
			d->items[i].outcome = OUTCOME_CREATED;
}

/* Print the status of the answer, and its body where the dialect has one. */
static void
print_answer(struct explain *x, enum outcome res)
{
	struct answer a = {.outcome = res,
	    .fault = &x->fault,
	    .delivery = &x->delivery,
	    .integration = SLICE("int_...")};
	struct reply rep = {0};

	reply_begin(&rep);
	if (res == OUTCOME_OK && x->delivery.n > 0) {
		imagine(&x->delivery);
		a.outcome = results_outcome(&x->delivery);
		results_write(&rep, &x->delivery);
	} else if (res == OUTCOME_OK) {
		rep.status = 200;
	} else {
		reply_problem(&rep, res, &x->fault);
	}
	if (x->t.dialect != NULL)
		answer_apply(&x->t, &a, &rep);
	printf("answer %d\n", rep.status);
	if (x->t.dialect != NULL &&
	    (rep.status < 300 ? x->t.dialect->answer.has_body
			      : x->t.dialect->error.has_body))
		terminal_lines(stdout,
		    (struct slice){rep.body.data, rep.body.len});
	reply_free(&rep);
}

/* The dialects that have all their marks in the body. */
struct hints {
	struct explain *x;
	struct buf text;
	size_t most; /* marks that they have */
};

/*
 * Keep those with the most marks: a sender may send all that another does, and
 * more.
 */
static void
add_hint(struct dialect *d, void *arg)
{
	struct hints *h = arg;
	struct translation *t = &h->x->t;
	struct fault fault;
	size_t i = 0;

	translation_reset(t);
	t->dialect = d;
	translate_route(t, "POST", SLICE(""));
	if (d->n_marks > 0 &&
	    translate_read(t, &h->x->req, (size_t)h->x->body_max, &fault) ==
		OUTCOME_OK)
		while (
		    i < d->n_marks && t->values[d->marks[i]].type != JSON_NULL)
			i++;
	t->dialect = NULL;
	if (i < d->n_marks || i < h->most)
		return;
	if (i > h->most)
		buf_reset(&h->text);
	h->most = i;
	buf_printf(&h->text,
	    "it looks like dialect %.*s: /integration/int_.../%.*s\n",
	    (int)d->name.len, d->name.p, (int)d->name.len, d->name.p);
}

static void
print_hints(struct explain *x)
{
	struct hints h = {.x = x, .text = {.max = STEPS_MAX_BYTES}, .most = 1};

	tool_dialect_each(x->dialects, add_hint, &h);
	if (h.text.len > 0)
		fwrite(h.text.data, 1, h.text.len, stdout);
	buf_free(&h.text);
}

static enum status
explain(struct explain *x)
{
	enum outcome res;
	bool refused;

	x->delivery.from.received_at = clock_wall_us();
	res = tool_translate(&x->t, x->path, &x->req, x->body_max, &x->delivery,
	    &x->fault);
	print_items(x);
	refused = is_refused(&x->delivery);
	if (res != OUTCOME_OK && x->delivery.n == 0) {
		refused = true;
		session_say("refused: %s",
		    x->fault.detail != NULL ? x->fault.detail
					    : reply_detail(res));
	}
	if (!x->json)
		print_answer(x, res);
	if (!x->json && x->t.dialect == NULL)
		print_hints(x);
	return refused ? STATUS_FAILED : STATUS_OK;
}

/* Add "Name: value" as HTTP_NAME=value. */
static int
add_header(struct explain *x, const char *line)
{
	static const char type[] = "HTTP_CONTENT_TYPE=";
	static const char encoding[] = "HTTP_CONTENT_ENCODING=";
	char *variable =
	    x->n_headers < HEADERS_MAX ? tool_header(slice_of(line)) : NULL;

	if (variable == NULL) {
		session_say("--header must be 'NAME: VALUE'");
		return -1;
	}
	if (strncmp(variable, type, sizeof(type) - 1) == 0)
		x->req.content_type = variable + sizeof(type) - 1;
	if (strncmp(variable, encoding, sizeof(encoding) - 1) == 0)
		x->req.content_encoding =
		    slice_of(variable + sizeof(encoding) - 1);
	x->headers[x->n_headers++] = variable;
	return 0;
}

/* Returns 0, or -1 when it is no wrapper key. */
static int
set_wrapper(struct explain *x, const char *key)
{
	snprintf(x->delivery.from.wrapper, EVENT_WRAPPER_BYTES, "%s", key);
	if (key[0] == '\0' || wrapper_is_key(slice_of(key)))
		return 0;
	session_say("--wrapper-key must be like data.event or /data/event");
	return -1;
}

static int
read_options(struct explain *x, int argc, char **argv)
{
	static const struct option names[] = {
	    {"path", required_argument, NULL, 'p'},
	    {"method", required_argument, NULL, 'm'},
	    {"query", required_argument, NULL, 'q'},
	    {"header", required_argument, NULL, 'H'},
	    {"wrapper-key", required_argument, NULL, 'w'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	char key[TOOL_WRAPPER_BYTES];
	int c, rc = 0;

	while (
	    rc == 0 && (c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'p')
			x->path = optarg;
		else if (c == 'm')
			x->req.method = optarg;
		else if (c == 'q')
			x->req.query = optarg;
		else if (c == 'w')
			rc = set_wrapper(x, tool_wrapper_key(optarg, key));
		else if (c == 'j')
			x->json = true;
		else if (c == 'H')
			rc = add_header(x, optarg);
		else
			rc = -1;
	}
	return rc == 0 && argc - optind <= 2 ? 0 : -1;
}

static struct explain *
start(void)
{
	struct explain *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->trace.seen = seen;
	x->t.trace = &x->trace;
	x->path = "";
	x->dialects = "";
	x->req.method = "POST";
	x->req.query = "";
	x->req.content_type = "application/json";
	x->req.env = x->headers;
	x->body_max = BODY_MAX_BYTES;
	x->steps.max = STEPS_MAX_BYTES;
	return x;
}

static void
finish(struct explain *x)
{
	delivery_free(&x->delivery);
	translation_free(&x->t);
	buf_free(&x->req.body);
	buf_free(&x->steps);
	for (size_t i = 0; i < x->n_headers; i++)
		free(x->headers[i]);
	free(x);
}

enum status
tool_explain_request(const struct dialect *d, const char *path,
    const char *wrapper, const struct request *req, const struct conf *conf,
    bool json)
{
	struct explain *x = start();
	enum status status;

	if (x == NULL)
		return STATUS_FAILED;
	x->t.dialect = d;
	x->path = path;
	set_wrapper(x, wrapper);
	x->req = *req;
	x->body_max = conf->body_max;
	x->dialects = conf->dialects;
	x->json = json;
	status = explain(x);
	x->req.body = (struct buf){0}; /* the caller's */
	finish(x);
	return status;
}

int
tool_explain(struct session *session, int argc, char **argv)
{
	struct explain *x = start();
	char error[SESSION_ERROR_BYTES];
	enum status status = STATUS_OK;
	struct dialect *d = NULL;

	if (x == NULL)
		return STATUS_FAILED;
	if (read_options(x, argc, argv) == -1) {
		fputs(tool_explain_usage, stderr);
		finish(x);
		return STATUS_USAGE;
	}
	if (session_configure(session, error) == STATUS_OK)
		x->dialects = session->conf.dialects;
	if (optind < argc) {
		d = tool_dialect_find(x->dialects, argv[optind++], &status);
		if (d != NULL)
			status = STATUS_OK;
		x->t.dialect = d;
	}
	if (status == STATUS_OK)
		status = input_read(&x->req.body,
			     optind < argc ? argv[optind] : NULL,
			     (size_t)x->body_max, "the body") == 0
		    ? explain(x)
		    : STATUS_FAILED;
	finish(x);
	dialect_free(d);
	return (int)status;
}
