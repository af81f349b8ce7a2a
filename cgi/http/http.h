/* SPDX-License-Identifier: ISC */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>

#include "base/outcome.h"
#include "http/reply.h"
#include "http/request.h"

/* A worker's FastCGI connection; NULL stands for plain CGI. */
struct http;

/*
 * Allocate one per worker.  is_trusted: the peer is tocsin.cgi, whose
 * identities are accepted.  Returns NULL when out of memory.
 */
struct http *http_open(bool is_trusted);

/*
 * Read a request's parameters from the accepted connection fd, which http
 * takes over, or with fd = -1 from the kept one.  Returns 0; or -1 when no
 * complete request arrived, and the connection is closed.
 */
int http_accept(struct http *h, int fd);

/* Return the connection kept open for the server's next request, or -1. */
int http_kept(const struct http *h);

/*
 * Fill in req from the parameters, or from the environment, which is trusted,
 * if h is NULL.  An identity from an untrusted peer is ignored.
 */
void http_read(struct http *h, struct request *req);

/* Return whether Content-Length is at most max, or not sent. */
bool http_fits(const struct request *req, long max);

/*
 * Read the body to its end.  Returns OUTCOME_OK; OUTCOME_TOO_LARGE when it
 * has more than max bytes, none of which is read if Content-Length says so;
 * OUTCOME_INCOMPLETE when it ended early or does not match Content-Length,
 * which may be missing; or OUTCOME_UNAVAILABLE when out of memory.
 */
enum outcome http_read_body(struct request *req, long max);

/* Read the beginning of a body that is too large: at most len bytes. */
void http_read_start(struct request *req, long len);

/*
 * Send the reply and end the request.  The rest of the body is read and
 * discarded: a server that cannot deliver it may drop the reply.
 */
void http_send(struct request *req, const struct reply *rep);

/* Close the connection, if it is open. */
void http_hang_up(struct http *h);

void http_close(struct http *h);

#endif
