/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INIT_H
#define TOOL_INIT_H

#include "tool/session.h"

extern const char tool_init_usage[];

/* Run tocsin init: install or upgrade the schema.  Returns the exit status. */
int tool_init(struct session *session, int argc, char **argv);

#endif
