/* SPDX-License-Identifier: ISC */
#ifndef TOOL_DEMO_H
#define TOOL_DEMO_H

#include "tool/session.h"

extern const char ctl_demo_usage[];

/* tocsin demo-data: make or remove a history to look at.  Returns the exit
 * status. */
int ctl_demo(struct tool *tool, int argc, char **argv);

#endif
