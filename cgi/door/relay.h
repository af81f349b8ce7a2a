/* SPDX-License-Identifier: ISC */
#ifndef DOOR_RELAY_H
#define DOOR_RELAY_H

#include "base/process.h"
#include "conf/conf.h"

/* The answer, as CGI, when no responder could be asked. */
#define RELAY_REFUSAL                                                          \
	"Status: 503 Service Unavailable\r\n"                                  \
	"Content-Type: application/problem+json\r\n"                           \
	"Retry-After: 5\r\n"                                                   \
	"Cache-Control: no-store\r\n"                                          \
	"X-Content-Type-Options: nosniff\r\n\r\n"                              \
	"{\"type\":\"about:blank\",\"title\":\"Unavailable\",\"status\":503,"  \
	"\"detail\":\"no responder could be asked; send it again\"}\n"

/*
 * Serve standard input, a listening socket of a web server that speaks
 * FastCGI with one request per connection: pass the records of each request,
 * once it is complete, to the door, and the answer back.  A request that the
 * door cannot take, or has not answered, is passed under the same identity to
 * a process of the responder program that serves this one.  When its own
 * file or the configuration has changed, it begins again.
 *
 * Returns the exit status after SIGTERM, SIGUSR1 or SIGINT, or when the web
 * server ends; the requests in the socket's queue are served first.
 */
int relay(const struct conf *conf, const struct program *own,
    const char *responder);

#endif
