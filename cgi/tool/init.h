/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INIT_H
#define TOOL_INIT_H

#include "tool/session.h"

extern const char ctl_init_usage[];

/* tocsin init: install or upgrade the schema.  Returns the exit status. */
int ctl_init(struct tool *tool, int argc, char **argv);

#endif
