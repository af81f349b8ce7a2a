/* SPDX-License-Identifier: ISC */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include "tool/session.h"

extern const char tool_check_usage[];

/*
 * Run tocsin check: find what prevents events from being stored, and print
 * how to fix it.  Returns the status of the first failure.
 */
int tool_check(struct session *session, int argc, char **argv);

#endif
