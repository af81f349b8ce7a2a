/* SPDX-License-Identifier: ISC */
/* tocsin: the operator's tool.  See tocsin.1. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/secret.h"
#include "tool/board.h"
#include "tool/check.h"
#include "tool/delivery.h"
#include "tool/demo.h"
#include "tool/destination.h"
#include "tool/dialect.h"
#include "tool/explain.h"
#include "tool/format.h"
#include "tool/heartbeat.h"
#include "tool/init.h"
#include "tool/integration.h"
#include "tool/maintain.h"
#include "tool/refused.h"
#include "tool/relay.h"
#include "tool/route.h"
#include "tool/send.h"
#include "tool/session.h"
#include "tool/set.h"
#include "tool/spool.h"

static const char usage[] =
    "usage: tocsin [-c FILE] [-o NAME=VALUE]... [-d CONNINFO] COMMAND ...\n"
    "\n"
    "  init         install or upgrade the schema\n"
    "  integration  add, list, show, rotate-token, disable, enable\n"
    "  heartbeat    add, list, show, pause, resume, remove, ping\n"
    "  check        find what prevents events from being stored\n"
    "  send         send an event: create, acknowledge, resolve\n"
    "  spool        status, drain, retry-bad\n"
    "  destination  add, list, show, set, test, rotate-secret, enable, "
    "disable,\n"
    "               remove\n"
    "  route        add, list, move, explain, enable, disable, remove\n"
    "  delivery     list, show, retry, cancel, replay\n"
    "  board        on, off, status\n"
    "  dialect      list, show, check\n"
    "  explain      show what a webhook's body becomes\n"
    "  format       list, show, add formats of outgoing messages\n"
    "  refused      list, show, explain, retry refused webhooks\n"
    "  relay        send notifications of alerts\n"
    "  maintain     create partitions, delete old data\n"
    "  set          notify on, off; board_url URL\n"
    "  demo-data    create or remove demo data\n"
    "  help         describe a command: tocsin help integration\n"
    "\n"
    "  -c, --config FILE        read FILE (default: TOCSIN_CONF, or\n"
    "                           ~/.config/tocsin.conf, ~/etc/tocsin.conf,\n"
    "                           " SYSCONFDIR "/tocsin.conf)\n"
    "  -o, --set NAME=VALUE     set a key; overrides file and environment\n"
    "  -d, --database CONNINFO  the database, like -o database=CONNINFO\n"
    "  -h, --help\n"
    "  -V, --version\n"
    "\n"
    "Exit status: 0 success; 1 refused or failed; 2 usage;\n"
    "3 configuration; 4 connection; 5 schema missing or of another\n"
    "version; 6 privileges or the database's state; 7 spool.\n";

static const struct command {
	const char *name;
	const char *usage;
	int (*run)(struct session *, int argc, char **argv);
} commands[] = {
    {"init", tool_init_usage, tool_init},
    {"integration", tool_integration_usage, tool_integration},
    {"heartbeat", tool_heartbeat_usage, tool_heartbeat},
    {"check", tool_check_usage, tool_check},
    {"send", tool_send_usage, tool_send},
    {"spool", tool_spool_usage, tool_spool},
    {"destination", tool_destination_usage, tool_destination},
    {"route", tool_route_usage, tool_route},
    {"delivery", tool_delivery_usage, tool_delivery},
    {"board", tool_board_usage, tool_board},
    {"dialect", tool_dialect_usage, tool_dialect},
    {"explain", tool_explain_usage, tool_explain},
    {"format", tool_format_usage, tool_format},
    {"refused", tool_refused_usage, tool_refused},
    {"relay", tool_relay_usage, tool_relay},
    {"maintain", tool_maintain_usage, tool_maintain},
    {"set", tool_set_usage, tool_set},
    {"demo-data", tool_demo_usage, tool_demo},
};

static const struct command *
command_named(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
set(struct session *session, const char *pair)
{
	if (session->n == SESSION_SET_MAX)
		log_fatalx("more than %d -o options", SESSION_SET_MAX);
	session->set[session->n++] = pair;
}

/* Overwrite the argument: ps(1) would show a password in it. */
static void
set_database(struct session *session, char *conninfo)
{
	free(session->database);
	if (asprintf(&session->database, "database=%s", conninfo) == -1)
		log_fatalx("out of memory");
	memset(conninfo, '*', strlen(conninfo));
}

static void
read_options(struct session *session, int argc, char **argv)
{
	static const struct option names[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"set", required_argument, NULL, 'o'},
	    {"database", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+c:o:d:hV", names, NULL)) != -1) {
		if (c == 'c') {
			session->path = optarg;
		} else if (c == 'o') {
			set(session, optarg);
		} else if (c == 'd') {
			set_database(session, optarg);
		} else if (c == 'h') {
			fputs(usage, stdout);
			exit(STATUS_OK);
		} else if (c == 'V') {
			puts("tocsin " VERSION);
			exit(STATUS_OK);
		} else {
			fputs(usage, stderr);
			exit(STATUS_USAGE);
		}
	}
}

/* Run tocsin help [COMMAND]. */
static int
help(int argc, char **argv)
{
	const struct command *cmd = NULL;

	if (argc > 1) {
		cmd = command_named(argv[1]);
		if (cmd == NULL) {
			session_say("there is no command \"%s\"", argv[1]);
			fputs(usage, stderr);
			return STATUS_USAGE;
		}
	}
	fputs(cmd == NULL ? usage : cmd->usage, stdout);
	return STATUS_OK;
}

static bool
asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int
run(struct session *session, int argc, char **argv)
{
	const struct command *cmd;
	static char name[] = "tocsin";

	if (argc == 0) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[0], "help") == 0)
		return help(argc, argv);
	cmd = command_named(argv[0]);
	if (cmd == NULL) {
		session_say("there is no command \"%s\"", argv[0]);
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	if (asks_for_help(argc, argv)) {
		fputs(cmd->usage, stdout);
		return STATUS_OK;
	}
	argv[0] = name; /* the prefix of getopt(3)'s messages */
	optind = 0;
	return cmd->run(session, argc, argv);
}

int
main(int argc, char **argv)
{
	struct session session = {0};
	int status;

	secret_forbid_cores();
	/* A spool may need longer files than the host allows: do without. */
	signal(SIGXFSZ, SIG_IGN);
	setlocale(LC_CTYPE, "");
	log_open("stderr", LOG_WARN_LEVEL);
	read_options(&session, argc, argv);
	status = run(&session, argc - optind, argv + optind);
	session_close(&session);
	/* Check for errors: a token that was not printed is lost. */
	if (fflush(stdout) == EOF || ferror(stdout)) {
		session_say("could not write the output: %s", strerror(errno));
		if (status == STATUS_OK)
			status = STATUS_FAILED;
	}
	return status;
}
