/* SPDX-License-Identifier: ISC */
#ifndef TOOL_BOARD_H
#define TOOL_BOARD_H

#include "tool/session.h"

extern const char tool_board_usage[];

/* Run tocsin board on|off|status.  Returns the exit status. */
int tool_board(struct session *session, int argc, char **argv);

#endif
