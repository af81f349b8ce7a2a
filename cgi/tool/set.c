/* SPDX-License-Identifier: ISC */
#include "tool/set.h"

#include <stdio.h>
#include <string.h>

const char tool_set_usage[] =
    "usage: tocsin set notify on|off\n"
    "       tocsin set board_url URL\n"
    "\n"
    "Change a setting in the database, effective from the next event or\n"
    "message.\n"
    "\n"
    "  board_url  where people find the board, like\n"
    "             https://alerts.example.org/board: messages then have links;\n"
    "             empty for none\n"
    "  notify     notify listeners on the channel tocsin of changed alerts:\n"
    "             {\"events\":2,\"alerts\":[\"...\",\"...\"]}\n";

int
tool_set(struct session *session, int argc, char **argv)
{
	char error[SESSION_ERROR_BYTES];
	const char *params[2], *before;
	enum status status;
	struct rows rows;

	if (argc != 3 || argv[1][0] == '-' || argv[2][0] == '-') {
		fputs(tool_set_usage, stderr);
		return STATUS_USAGE;
	}
	params[0] = argv[1];
	params[1] = argv[2];
	status = session_open(session);
	if (status != STATUS_OK)
		return (int)status;
	status = session_query(session, DB_SETTING_SET, params, &rows, error);
	if (status == STATUS_OK) {
		before = rows.n == 1 ? rows_at(&rows, 0, 0) : NULL;
		printf("%s is %s, and was %s before\n", params[0], params[1],
		    before == NULL ? "not set" : before);
	} else {
		session_say("%s", error);
	}
	rows_free(&rows);
	return (int)status;
}
