/* SPDX-License-Identifier: ISC */
#ifndef TOOL_DEMO_H
#define TOOL_DEMO_H

#include "tool/session.h"

extern const char tool_demo_usage[];

/* tocsin demo-data: make or remove a history to look at.  Returns the exit
 * status. */
int tool_demo(struct session *session, int argc, char **argv);

#endif
