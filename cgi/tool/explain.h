/* SPDX-License-Identifier: ISC */
#ifndef TOOL_EXPLAIN_H
#define TOOL_EXPLAIN_H

#include "tool/session.h"

extern const char tool_explain_usage[];

/* tocsin explain: show what a body becomes. */
int tool_explain(struct session *session, int argc, char **argv);

#endif
