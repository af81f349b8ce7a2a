/* SPDX-License-Identifier: ISC */
#ifndef CTL_BOARD_H
#define CTL_BOARD_H

#include "operator.h"

extern const char ctl_board_usage[];

/* tocsin board on|off|status; argv[0] is not looked at.  Exit status. */
int ctl_board(struct tool *tool, int argc, char **argv);

#endif
