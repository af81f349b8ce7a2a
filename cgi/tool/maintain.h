/* SPDX-License-Identifier: ISC */
#ifndef TOOL_MAINTAIN_H
#define TOOL_MAINTAIN_H

#include "tool/session.h"

extern const char tool_maintain_usage[];

/* Run tocsin maintain.  Returns the exit status. */
int tool_maintain(struct session *session, int argc, char **argv);

#endif
