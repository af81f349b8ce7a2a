/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INTEGRATION_H
#define TOOL_INTEGRATION_H

#include "tool/session.h"

extern const char tool_integration_usage[];

/* Run tocsin integration COMMAND.  Returns the exit status. */
int tool_integration(struct session *session, int argc, char **argv);

#endif
