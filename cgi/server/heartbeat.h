/* SPDX-License-Identifier: ISC */
#ifndef SERVER_HEARTBEAT_H
#define SERVER_HEARTBEAT_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * Handle a ping, a request for /integration/ID/heartbeat/NAME: store a resolve
 * of the Id heartbeat/NAME, or with /fail after NAME a create of it, and answer
 * that it was heard.  Content-Type and body are ignored.  The name is not
 * looked up: if it is mistyped, the intended heartbeat will be late.
 */
void heartbeat(struct worker *w, const struct route *route);

/*
 * The same in steps, see webhook_begin().  heartbeat_begin() returns false if
 * the ping is refused or may block.
 */
bool heartbeat_begin(struct worker *w);

void heartbeat_finish(struct worker *w, const struct route *route);

#endif
