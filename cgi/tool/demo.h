/* SPDX-License-Identifier: ISC */
#ifndef TOOL_DEMO_H
#define TOOL_DEMO_H

#include "tool/session.h"

extern const char tool_demo_usage[];

/* Run tocsin demo-data.  Returns the exit status. */
int tool_demo(struct session *session, int argc, char **argv);

#endif
