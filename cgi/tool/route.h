/* SPDX-License-Identifier: ISC */
#ifndef TOOL_ROUTE_H
#define TOOL_ROUTE_H

#include "tool/session.h"

extern const char tool_route_usage[];

/* Run tocsin route. */
int tool_route(struct session *session, int argc, char **argv);

#endif
