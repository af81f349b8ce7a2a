/* SPDX-License-Identifier: ISC */
#ifndef TOOL_RELAY_H
#define TOOL_RELAY_H

#include "tool/session.h"

extern const char tool_relay_usage[];

/* Run tocsin relay: become tocsin-relay.  Returns the exit status if not. */
int tool_relay(struct session *session, int argc, char **argv);

#endif
