/* SPDX-License-Identifier: ISC */
#ifndef TOOL_OUTGOING_H
#define TOOL_OUTGOING_H

#include <stdbool.h>

#include "relay/address.h"
#include "tool/session.h"

/*
 * Check a URL as the relay does: STATUS_OK; STATUS_FAILED, with why, if the
 * relay would not connect to it; STATUS_CONFIGURATION, with why.  Resolves the
 * name, with a timeout for interactive use.
 */
enum status outgoing_judge(const struct conf *conf, const char *url,
    char why[ADDRESS_WHY_BYTES]);

/*
 * Find what prevents notifications, and call say() for each finding, or once
 * with is_ok: notifications that wait, keys that name what cannot be used, the
 * role of the relay.  Deliveries are left out if there are no destinations or
 * if the role may not count them, and destinations if the role may not list
 * them.  Files are checked with the rights of this process's user.
 */
void outgoing_check(struct session *session,
    void (*say)(void *arg, bool is_ok, const char *text), void *arg);

#endif
