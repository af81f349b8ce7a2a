/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SEND_H
#define TOOL_SEND_H

#include "tool/session.h"

extern const char ctl_send_usage[];

/* tocsin send TYPE INTEGRATION: an event by hand.  Returns the exit status. */
int ctl_send(struct tool *tool, int argc, char **argv);

#endif
