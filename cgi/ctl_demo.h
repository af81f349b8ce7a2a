/* SPDX-License-Identifier: ISC */
#ifndef CTL_DEMO_H
#define CTL_DEMO_H

#include "operator.h"

extern const char ctl_demo_usage[];

/* tocsin demo-data: make or remove a history to look at.  Returns the exit
 * status. */
int ctl_demo(struct tool *tool, int argc, char **argv);

#endif
