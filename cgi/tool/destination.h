/* SPDX-License-Identifier: ISC */
#ifndef TOOL_DESTINATION_H
#define TOOL_DESTINATION_H

#include "tool/session.h"

extern const char tool_destination_usage[];

/* Run tocsin destination. */
int tool_destination(struct session *session, int argc, char **argv);

#endif
