/* SPDX-License-Identifier: ISC */
#ifndef TOOL_OUTGOING_H
#define TOOL_OUTGOING_H

#include <stdbool.h>

#include "tool/session.h"

/*
 * Find out what keeps people from being told of alerts, and call say() for
 * each such thing, or once with is_ok.  Say nothing where there are no
 * destinations, or to a role that may not count what waits for them.
 */
void outgoing_check(struct session *session,
    void (*say)(void *arg, bool is_ok, const char *text), void *arg);

#endif
