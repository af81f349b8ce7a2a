/* SPDX-License-Identifier: ISC */
#ifndef TOOL_DELIVERY_H
#define TOOL_DELIVERY_H

#include "tool/session.h"

extern const char tool_delivery_usage[];

/* Run tocsin delivery. */
int tool_delivery(struct session *session, int argc, char **argv);

#endif
