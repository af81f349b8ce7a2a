/* SPDX-License-Identifier: ISC */
#include "tool/board.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char tool_board_usage[] =
    "usage: tocsin board on|off|status\n"
    "\n"
    "The board shows alerts to everyone the web server lets in.  It has two\n"
    "switches: the key board of the configuration, and this one in the\n"
    "database, which gives the responder the right to read alerts.\n"
    "\n"
    "  on      grant the right\n"
    "  off     revoke it\n"
    "  status  show both switches\n";

static bool
is_on(const struct rows *rows)
{
	const char *on = rows->n > 0 ? rows_at(rows, 0, 0) : NULL;

	return on != NULL && on[0] == 't';
}

static int
set(struct session *session, const char *to)
{
	char error[SESSION_ERROR_BYTES];
	const char *params[] = {to};
	enum status status;
	struct rows rows;

	status = session_open(session);
	if (status != STATUS_OK)
		return (int)status;
	status = session_query(session, DB_BOARD_ENABLE, params, &rows, error);
	if (status == STATUS_OK) {
		printf("board in the database: %s\n",
		    is_on(&rows) ? "on" : "off");
		printf("board in the configuration: %s\n",
		    session->conf.board ? "on" : "off");
	} else {
		session_say("%s", error);
	}
	rows_free(&rows);
	return (int)status;
}

int
tool_board(struct session *session, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "on") == 0)
		return set(session, "true");
	if (argc == 2 && strcmp(argv[1], "off") == 0)
		return set(session, "false");
	if (argc == 2 && strcmp(argv[1], "status") == 0)
		return set(session, NULL);
	fputs(tool_board_usage, stderr);
	return STATUS_USAGE;
}
