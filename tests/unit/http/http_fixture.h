/* SPDX-License-Identifier: ISC */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/http.h"
#include "tap.h"

#define BODY_MAX 1000

/*
 * Answer one request with what became of its body: the outcome's name, the
 * number of its bytes, and the first of them.
 */
static inline enum outcome
answer(struct http *h, struct request *req, size_t more)
{
	struct reply rep = {0};
	enum outcome res;

	http_read(h, req);
	res = http_read_body(req, BODY_MAX);
	reply_begin(&rep);
	rep.status = 200;
	rep.type = "text/plain";
	buf_printf(&rep.body, "%s %zu %.*s",
	    res == OUTCOME_OK               ? "ok"
		: res == OUTCOME_INCOMPLETE ? "incomplete"
		: res == OUTCOME_TOO_LARGE  ? "too large"
					    : "another",
	    req->body.len, (int)(req->body.len < 40 ? req->body.len : 40),
	    req->body.data == NULL ? "" : req->body.data);
	for (; more > 0; more--)
		buf_puts(&rep.body, "x");
	http_send(req, &rep);
	reply_free(&rep);
	return res;
}

/* Return the body of a reply, or what there is of it. */
static inline const char *
body_of(const char *reply)
{
	const char *end = strstr(reply, "\r\n\r\n");

	return end == NULL ? reply : end + 4;
}

#endif
