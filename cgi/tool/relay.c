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
#include "intake/kick.h"

#define ARGUMENTS_MAX (2 * SESSION_SET_MAX + 16)

const char tool_relay_usage[] =
    "usage: tocsin relay [--once [--budget S]]\n"
    "\n"
    "Send notifications of alerts: execute tocsin-relay(8).\n"
    "\n"
    "      --once      send what is due, and end; print nothing\n"
    "      --budget S  start to send nothing after S seconds\n";

int
tool_relay(struct session *session, int argc, char **argv)
{
	static const struct option names[] = {
	    {"once", no_argument, NULL, '1'},
	    {"budget", required_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0},
	};
	const char *arguments[ARGUMENTS_MAX] = {NULL};
	char path[PATH_MAX];
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
	arguments[0] = path;
	if (program_find(&own) == 0 &&
	    program_beside(&own, KICK_PROGRAM, path) == 0)
		/* It takes them as they are, const or not. */
		execv(path, (char *const *)(uintptr_t)arguments);
	session_say("could not execute " KICK_PROGRAM ": %s%s", strerror(errno),
	    errno == ENOENT ? ": it is not among the portable programs, and is "
			      "built only where libcurl's headers are"
			    : "");
	return STATUS_FAILED;
}
