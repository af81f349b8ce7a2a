/* SPDX-License-Identifier: ISC */
#ifndef SERVER_HEARTBEAT_H
#define SERVER_HEARTBEAT_H

#include "http/route.h"
#include "server/endpoint.h"

/*
 * Handle a ping, of /integration/ID/heartbeat/NAME: store the event that it
 * stands for, a resolve of the Id heartbeat/NAME, and answer that it was heard.
 * With /fail behind it, it is a create of that Id.  Neither the Content-Type
 * nor the body is looked at.  A name is not looked up: a heartbeat of another
 * name will be late.
 */
void heartbeat(struct worker *w, const struct route *route);

/*
 * The same in steps, see webhook_begin().  heartbeat_begin() returns false
 * where there is something to wait for.
 */
bool heartbeat_begin(struct worker *w);

void heartbeat_finish(struct worker *w, const struct route *route);

#endif
