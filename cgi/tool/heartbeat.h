/* SPDX-License-Identifier: ISC */
#ifndef TOOL_HEARTBEAT_H
#define TOOL_HEARTBEAT_H

#include "tool/session.h"

extern const char tool_heartbeat_usage[];

/* Run tocsin heartbeat. */
int tool_heartbeat(struct session *session, int argc, char **argv);

#endif
