/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INTEGRATION_H
#define TOOL_INTEGRATION_H

#include "tool/session.h"

extern const char ctl_integration_usage[];

/* tocsin integration COMMAND.  Returns the exit status. */
int ctl_integration(struct tool *tool, int argc, char **argv);

#endif
