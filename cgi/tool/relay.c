/* SPDX-License-Identifier: ISC */
#include "tool/relay.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"

#define PROGRAM "tocsin-relay"
#define ARGUMENTS_MAX (2 * SESSION_SET_MAX + 16)

const char tool_relay_usage[] =
    "usage: tocsin relay [--once [--budget S]]\n"
    "\n"
    "Send what is to be told of alerts: become tocsin-relay(8).\n"
    "\n"
    "      --once      send what is due, and end; print nothing\n"
    "      --budget S  begin nothing after S seconds\n";

/*
 * Execute it beside this program, where it was built, or where make install
 * puts it.  Returns only if it is in neither place.
 */
static void
execute(const struct program *own, const char **argv)
{
	static const char *const places[] = {"", "../lib/tocsin/"};
	const char *slash = strrchr(own->path, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - own->path);
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (snprintf(path, sizeof(path), "%.*s%s" PROGRAM, dir,
			own->path, places[i]) < PATH_MAX) {
			argv[0] = path;
			/* It takes them as they are, const or not. */
			execv(path, (char *const *)(uintptr_t)argv);
			if (errno != ENOENT)
				break;
		}
}

int
tool_relay(struct session *session, int argc, char **argv)
{
	static const struct option names[] = {
	    {"once", no_argument, NULL, '1'},
	    {"budget", required_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0},
	};
	const char *arguments[ARGUMENTS_MAX] = {NULL};
	struct program own;
	size_t n = 1;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == '?' || n + 2 > 8)
			return STATUS_USAGE;
		arguments[n++] = c == '1' ? "--once" : "--budget";
		if (c == 'b')
			arguments[n++] = optarg;
	}
	if (optind < argc) {
		session_say("relay takes no arguments: tocsin help relay");
		return STATUS_USAGE;
	}
	if (session->path != NULL) {
		arguments[n++] = "-c";
		arguments[n++] = session->path;
	}
	for (size_t i = 0; i < session->n; i++) {
		arguments[n++] = "-o";
		arguments[n++] = session->set[i];
	}
	/* Not an argument: ps(1) would show a password in it. */
	if (session->database != NULL)
		setenv("TOCSIN_RELAY_DATABASE",
		    session->database + strlen("database="), 1);
	if (program_find(&own) == 0)
		execute(&own, arguments);
	session_say("could not execute " PROGRAM ": %s: it is built only "
		    "where libcurl's headers are",
	    strerror(errno));
	return STATUS_FAILED;
}
