/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SET_H
#define TOOL_SET_H

#include "tool/session.h"

extern const char tool_set_usage[];

/* Run tocsin set NAME on|off.  Returns the exit status. */
int tool_set(struct session *session, int argc, char **argv);

#endif
