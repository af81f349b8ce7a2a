/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SEND_H
#define TOOL_SEND_H

#include "tool/session.h"

extern const char tool_send_usage[];

/* Run tocsin send TYPE INTEGRATION.  Returns the exit status. */
int tool_send(struct session *session, int argc, char **argv);

#endif
