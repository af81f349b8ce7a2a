/* SPDX-License-Identifier: ISC */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include "tool/session.h"

extern const char tool_check_usage[];

/*
 * tocsin check: find what keeps events from being stored, and say how to mend
 * it.  Returns the status of the first that failed.
 */
int tool_check(struct session *session, int argc, char **argv);

#endif
