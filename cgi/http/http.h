/* SPDX-License-Identifier: ISC */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/outcome.h"
#include "http/reply.h"
#include "http/request.h"

/* A worker's end of a FastCGI connection; NULL stands for plain CGI. */
struct http;

/* Once per process and once per worker.  NULL without memory. */
struct http *http_open(void);

/*
 * Take over a connection that was just accepted, or with fd = -1 the kept
 * one, and read a request's parameters from it.  Returns 0; or -1 when none
 * came, and then the connection is closed.
 */
int http_accept(struct http *h, int fd);

/* The connection that the server wants kept for its next request, or -1. */
int http_kept(const struct http *h);

/* What the request says of itself; h == NULL reads the CGI environment. */
void http_read(struct http *h, struct request *req);

/*
 * Read the body to its end.  OUTCOME_OK; OUTCOME_TOO_LARGE when it has more
 * than max bytes; OUTCOME_INCOMPLETE when it ended early, or is not as long
 * as was said.  A missing length is no error.
 */
enum outcome http_read_body(struct request *req, long max);

/* Send the answer and end the request. */
void http_send(struct request *req, const struct reply *rep);

/* Close the connection if it was kept. */
void http_hang_up(struct http *h);

void http_close(struct http *h);

#endif
