/* SPDX-License-Identifier: ISC */
#ifndef DOOR_CLIENT_H
#define DOOR_CLIENT_H

#include <stdint.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "door/wire.h"

/* A page of the board may have 64 MiB; other answers are short. */
#define DOOR_ANSWER_MAX_BYTES (72 * 1024 * 1024)

/*
 * Connect to the responder behind the door of conf->spool.  Returns a
 * non-blocking connection; or -1 if none listens, in which case one is started
 * for later requests if it may be, or if too many requests wait already.
 */
int door_connect(const struct conf *conf, const char *program);

enum door_end {
	DOOR_ANSWERED, /* the answer is complete */
	DOOR_CLOSED, /* the peer closed the connection instead */
	DOOR_FAILED
};

/*
 * Send a whole request to the connection fd and read the answer into a, whose
 * bytes have max set, until the deadline of clock_ms(), or until the responder
 * is found stopped.  Without an answer it is not known whether the request was
 * served.
 */
enum door_end door_exchange(int fd, struct slice request, struct wire_answer *a,
    int64_t deadline);

#endif
