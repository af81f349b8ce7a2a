/* SPDX-License-Identifier: ISC */
#include "tool/integration.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/duration.h"
#include "tool/dialect.h"
#include "tool/integration_print.h"
#include "tool/token.h"
#include "tool/translate.h"

#define GRACE_MAX_S (366 * DURATION_DAY_S)
#define NAME_BYTES 33 /* of a dialect, with its NUL */

const char tool_integration_usage[] =
    "usage: tocsin integration add NAME [--token[=TOKEN]] [--capture]\n"
    "                              [--urgency U] [--dialect D]\n"
    "                              [--wrapper-key KEY] [--prefix P]\n"
    "                              [--url BASE] [--json]\n"
    "       tocsin integration set ID [--dialect D] [--wrapper-key KEY]\n"
    "                              [--json]\n"
    "       tocsin integration list [--json]\n"
    "       tocsin integration show ID [--json]\n"
    "       tocsin integration rotate-token ID [--token[=TOKEN] | --none]\n"
    "                              [--grace TIME] [--url BASE] [--json]\n"
    "       tocsin integration disable ID [--json]\n"
    "       tocsin integration enable ID [--json]\n"
    "\n"
    "An integration is the endpoint of one sender: an id in the URL and,\n"
    "optionally, a token, of which only a hash is stored.\n"
    "\n"
    "      --token         require a token; it is generated and shown once\n"
    "      --token=TOKEN   require this one; --token=- reads it from standard\n"
    "                      input, so that ps(1) does not show it\n"
    "      --none          require no token from now on\n"
    "      --grace TIME    how long the previous token stays valid, like 90s,\n"
    "                      15m, 24h or 7d (default: not at all)\n"
    "      --capture       keep members that the protocol does not define\n"
    "      --urgency U     of alerts sent without one: silent, low, medium\n"
    "                      (the default), high or critical\n"
    "      --dialect D     print the URL, the place of the token and an\n"
    "                      example for a sender that speaks this dialect;\n"
    "                      with set, '' for none\n"
    "      --wrapper-key KEY  the member of a body that holds the event,\n"
    "                      like data.event or /data/event, also in a string\n"
    "                      that contains JSON; with set, '' for none\n"
    "      --prefix P      begin the random part of the id with P and _, by\n"
    "                      which a web server finds its cell: 1 to 4 of a-z\n"
    "                      and 0-9\n"
    "      --url BASE      the web server's URL, for the example command\n"
    "                      (default: http://localhost)\n"
    "      --json          print JSON\n";

struct options {
	bool token; /* require one */
	char *given; /* the one; NULL: generate it */
	bool none, capture, json;
	const char *urgency;
	const char *prefix; /* NULL = none */
	const char *url;
	const char *dialect_name; /* NULL = none */
	struct dialect *dialect; /* owned */
	const char *wrapper; /* JSON pointer; NULL = not given */
	char pointer[TOOL_WRAPPER_BYTES];
	char grace[DURATION_BYTES]; /* a PostgreSQL interval */
};

struct action {
	const char *name;
	const char *argument; /* NULL: none */
	const char *takes; /* letters of the options allowed */
	enum status (*run)(struct session *, const struct options *,
	    const char *argument);
};

/*
 * Return the dialect for which the integration in rows was made; the caller
 * must dialect_free() it.  NULL: none, or it cannot be read here.
 */
static struct dialect *
stored_dialect(const struct session *session, const struct rows *rows)
{
	const char *name = rows->n == 1 ? rows_cell(rows, 0, "dialect") : NULL;
	enum status status;

	if (name == NULL)
		return NULL;
	return tool_dialect_find(session->conf.dialects, name, &status);
}

/* Call a function that returns one integration, and print it. */
static enum status
call_and_show(struct session *session, enum db_call what,
    const char *const *params, const struct options *o,
    const struct token *token)
{
	struct integration_print p = {.conf = &session->conf,
	    .url = o->url,
	    .dialect = o->dialect};
	struct dialect *stored = NULL;
	struct rows rows;
	enum status status;

	p.is_new = token != NULL;
	p.token = token == NULL || token->text[0] == '\0' ? NULL : token->text;
	status = session_call(session, what, params, &rows);
	if (status == STATUS_OK && p.dialect == NULL)
		p.dialect = stored = stored_dialect(session, &rows);
	if (status == STATUS_OK &&
	    integration_print_show(&p, &rows, o->json) == -1) {
		session_say("could not print the integration");
		status = STATUS_FAILED;
	}
	rows_free(&rows);
	dialect_free(stored);
	if (status == STATUS_OK && p.token != NULL)
		session_say("the token is shown only once: only its hash is "
			    "stored");
	return status;
}

/*
 * Say which integration has this name already.  That is allowed, but people
 * can then tell only by its id which of them an alert came through.
 */
static enum status
warn_of_twin(struct session *session, const char *name)
{
	struct rows rows;
	enum status status =
	    session_call(session, DB_INTEGRATION_LIST, NULL, &rows);

	for (int row = 0; status == STATUS_OK && row < rows.n; row++) {
		const char *other = rows_cell(&rows, row, "name");

		if (other == NULL || strcmp(other, name) != 0)
			continue;
		session_say("another integration has this name: %s",
		    rows_cell(&rows, row, "integration_id"));
		break;
	}
	rows_free(&rows);
	return status;
}

/*
 * Write the name of the dialect that was given; return NULL if none was, and
 * "" for an empty one.
 */
static const char *
given_dialect(const struct options *o, char name[NAME_BYTES])
{
	if (o->dialect_name == NULL)
		return NULL;
	snprintf(name, NAME_BYTES, "%.*s",
	    o->dialect == NULL ? 0 : (int)o->dialect->name.len,
	    o->dialect == NULL ? "" : o->dialect->name.p);
	return name;
}

static enum status
add(struct session *session, const struct options *o, const char *name)
{
	struct token token = {.text = ""};
	char dialect[NAME_BYTES];
	const char *params[] = {name, NULL, o->capture ? "true" : "false",
	    o->urgency, given_dialect(o, dialect), o->wrapper, o->prefix};
	enum status status;

	if (o->token) {
		if (token_take(&token, o->given) == -1)
			return STATUS_USAGE;
		params[1] = token.hash;
	}
	status = warn_of_twin(session, name);
	if (status == STATUS_OK)
		status = call_and_show(session, DB_INTEGRATION_ADD, params, o,
		    &token);
	token_wipe(&token);
	return status;
}

static enum status
rotate(struct session *session, const struct options *o, const char *id)
{
	struct token token = {.text = ""};
	const char *params[] = {id, NULL,
	    o->grace[0] == '\0' ? NULL : o->grace};
	enum status status;

	if (o->none && (o->token || o->grace[0] != '\0')) {
		session_say("--none cannot be used with --token or --grace");
		return STATUS_USAGE;
	}
	if (!o->none) {
		if (token_take(&token, o->given) == -1)
			return STATUS_USAGE;
		params[1] = token.hash;
	}
	status = call_and_show(session, DB_INTEGRATION_ROTATE_TOKEN, params, o,
	    &token);
	token_wipe(&token);
	return status;
}

static enum status
set(struct session *session, const struct options *o, const char *id)
{
	char dialect[NAME_BYTES];
	const char *params[] = {id, given_dialect(o, dialect), o->wrapper};

	return call_and_show(session, DB_INTEGRATION_SET, params, o, NULL);
}

static enum status
list(struct session *session, const struct options *o, const char *none)
{
	(void)none;
	return integration_print_list(session, o->json);
}

static enum status
show(struct session *session, const struct options *o, const char *id)
{
	return call_and_show(session, DB_INTEGRATION_SHOW, &id, o, NULL);
}

static enum status
disable(struct session *session, const struct options *o, const char *id)
{
	const char *params[] = {id, "false"};

	return call_and_show(session, DB_INTEGRATION_ENABLE, params, o, NULL);
}

static enum status
enable(struct session *session, const struct options *o, const char *id)
{
	const char *params[] = {id, "true"};

	return call_and_show(session, DB_INTEGRATION_ENABLE, params, o, NULL);
}

static const struct action actions[] = {
    {"add", "NAME", "tcudwpUj", add},
    {"set", "ID", "dwj", set},
    {"list", NULL, "j", list},
    {"show", "ID", "j", show},
    {"rotate-token", "ID", "tngUj", rotate},
    {"disable", "ID", "j", disable},
    {"enable", "ID", "j", enable},
};

static enum status
set_option(struct options *o, int c)
{
	if (c == 't') {
		o->token = true;
		o->given = optarg;
	} else if (c == 'n') {
		o->none = true;
	} else if (c == 'c') {
		o->capture = true;
	} else if (c == 'j') {
		o->json = true;
	} else if (c == 'u') {
		o->urgency = optarg;
	} else if (c == 'p') {
		o->prefix = optarg;
	} else if (c == 'd') {
		o->dialect_name = optarg;
	} else if (c == 'w') {
		o->wrapper = tool_wrapper_key(optarg, o->pointer);
	} else if (c == 'U') {
		o->url = optarg;
	} else if (duration_read(optarg, GRACE_MAX_S, o->grace) == -1) {
		session_say("--grace must be a time up to 366d, like 90s, "
			    "15m, 24h or 7d");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static enum status
read_options(const struct action *a, struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"token", optional_argument, NULL, 't'},
	    {"none", no_argument, NULL, 'n'},
	    {"grace", required_argument, NULL, 'g'},
	    {"capture", no_argument, NULL, 'c'},
	    {"urgency", required_argument, NULL, 'u'},
	    {"dialect", required_argument, NULL, 'd'},
	    {"wrapper-key", required_argument, NULL, 'w'},
	    {"prefix", required_argument, NULL, 'p'},
	    {"url", required_argument, NULL, 'U'},
	    {"json", no_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int c, at = 0;

	while ((c = getopt_long(argc, argv, "", names, &at)) != -1) {
		if (c == '?')
			return STATUS_USAGE;
		if (strchr(a->takes, c) == NULL) {
			session_say("integration %s takes no --%s", a->name,
			    names[at].name);
			return STATUS_USAGE;
		}
		if (set_option(o, c) != STATUS_OK)
			return STATUS_USAGE;
	}
	if (argc - optind != (a->argument != NULL)) {
		session_say("integration %s takes %s%s", a->name,
		    a->argument == NULL ? "no arguments" : "one ",
		    a->argument == NULL ? "" : a->argument);
		if (o->token && o->given == NULL && argc - optind == 2)
			session_say("give your own token after =, like "
				    "--token=-");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

int
tool_integration(struct session *session, int argc, char **argv)
{
	struct options o = {.url = "http://localhost"};
	const struct action *a = actions;
	enum status status;

	while (a < actions + sizeof(actions) / sizeof(actions[0]) &&
	    (argc < 2 || strcmp(argv[1], a->name) != 0))
		a++;
	if (a == actions + sizeof(actions) / sizeof(actions[0])) {
		fputs(tool_integration_usage, stderr);
		return STATUS_USAGE;
	}
	argv[1] = argv[0];
	status = read_options(a, &o, argc - 1, argv + 1);
	if (status != STATUS_OK)
		return (int)status;
	if (o.dialect_name != NULL && o.dialect_name[0] != '\0') {
		o.dialect = tool_dialect_read(session, o.dialect_name, &status);
		if (o.dialect == NULL)
			return (int)status;
	}
	status = a->run(session, &o, argv[optind + 1]);
	dialect_free(o.dialect);
	return (int)status;
}
