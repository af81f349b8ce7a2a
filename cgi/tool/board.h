/* SPDX-License-Identifier: ISC */
#ifndef TOOL_BOARD_H
#define TOOL_BOARD_H

#include "tool/session.h"

extern const char ctl_board_usage[];

/* tocsin board on|off|status; argv[0] is not looked at.  Exit status. */
int ctl_board(struct tool *tool, int argc, char **argv);

#endif
