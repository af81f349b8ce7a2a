/* SPDX-License-Identifier: ISC */
#ifndef TOOL_OUTGOING_H
#define TOOL_OUTGOING_H

#include <stdbool.h>

#include "relay/address.h"
#include "tool/session.h"

/*
 * Judge a URL as the relay would: STATUS_OK, or STATUS_FAILED if it would send
 * nothing there by now, or STATUS_CONFIGURATION, with why.  A name is looked
 * up; that waits no longer than an operator does.
 */
enum status outgoing_judge(const struct conf *conf, const char *url,
    char why[ADDRESS_WHY_BYTES]);

/*
 * Find out what keeps people from being told of alerts, and call say() for
 * each such thing, or once with is_ok: what waits, keys that name what cannot
 * be used, the role of the relay.  Say nothing of what is told where there are
 * no destinations, or to a role that may not count what waits for them; nor of
 * the destinations themselves to one that may not list them.  Files are judged
 * as the user that this process is.
 */
void outgoing_check(struct session *session,
    void (*say)(void *arg, bool is_ok, const char *text), void *arg);

#endif
