/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SPOOL_H
#define TOOL_SPOOL_H

#include "tool/session.h"

extern const char tool_spool_usage[];

/* Run tocsin spool status|drain|retry-bad.  Returns the exit status. */
int tool_spool(struct session *session, int argc, char **argv);

#endif
