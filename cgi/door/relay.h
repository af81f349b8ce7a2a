/* SPDX-License-Identifier: ISC */
#ifndef DOOR_RELAY_H
#define DOOR_RELAY_H

#include "base/process.h"
#include "base/timing.h"
#include "conf/conf.h"

#define RELAY_TEXT(x) #x
#define RELAY_TEXT_OF(macro) RELAY_TEXT(macro)
#define RELAY_RETRY "Retry-After: " RELAY_TEXT_OF(RETRY_AFTER_S) "\r\n"

/* The answer, as CGI, when no responder could be asked. */
#define RELAY_REFUSAL                                                          \
	"Status: 503 Service Unavailable\r\n"                                  \
	"Content-Type: application/problem+json\r\n" RELAY_RETRY               \
	"Cache-Control: no-store\r\n"                                          \
	"X-Content-Type-Options: nosniff\r\n\r\n"                              \
	"{\"type\":\"about:blank\",\"title\":\"Unavailable\",\"status\":503,"  \
	"\"detail\":\"no responder could be asked; send it again\"}\n"

/*
 * Serve standard input, a listening socket of a web server that speaks
 * FastCGI with one request per connection: pass the records of each request,
 * once it is complete, to the door, over a connection that is kept for the next
 * one, and the answer back.  A request that the door cannot take, or does not
 * answer, goes under the same identity to a process of the responder program
 * that serves only this request.  When the program's file or the configuration
 * has changed, execute the program again.
 *
 * Returns the exit status after SIGTERM, SIGUSR1 or SIGINT, or when the web
 * server ends; the requests in the socket's queue are served first.
 */
int relay(const struct conf *conf, const struct program *own,
    const char *responder);

#endif
