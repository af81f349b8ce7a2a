/* SPDX-License-Identifier: ISC */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/identity.h"

/*
 * One request as RFC 3875 describes it, whether by FastCGI or CGI.  The
 * caller owns body; the rest is borrowed and valid until http_send().
 */
struct request {
	struct http *via; /* NULL = CGI */
	const char *method; /* "" when the server sent none */
	const char *script_name;
	const char *path_info;
	const char *query; /* "" for none */
	const char *accept; /* "" for none */
	const char *content_type;
	const char *content_length; /* NULL = not sent, e.g. chunked */
	struct slice content_encoding; /* absent: none sent */
	struct slice token; /* absent: no pagertree-token header */
	bool token_repeated; /* sent again with another value */
	struct slice user_agent; /* any bytes; absent: none sent */
	struct slice remote_addr;
	struct slice request_id;
	int64_t hops; /* of the header tocsin-hops; 0 or -1 = none */
	bool has_identity; /* passed by tocsin.cgi */
	struct identity identity;
	int64_t received_at; /* wall clock, microseconds */
	struct buf body;
	char *const *env; /* all meta-variables */
	bool is_discarded; /* the body; http_send() need not wait for it */
};

/*
 * Fill in *req, except via, from the meta-variables env ("NAME=value",
 * NULL-terminated).  Empties body but keeps its memory.
 */
void request_read(struct request *req, char *const *env);

/*
 * Return the value of a header, named in lower case like x-name; absent when
 * none was sent.
 */
struct slice request_header(const struct request *req, struct slice name);

/*
 * Return whether a Content-Type, which may be NULL, is this one, with any
 * parameters.
 */
bool request_is_type(const char *content_type, const char *want);

/*
 * Return the first encoding of a Content-Encoding other than identity; absent
 * if there is none.
 */
struct slice request_encoding(struct slice header);

/*
 * Return the deadline for the database (of clock_ms()): ms from now, or that of
 * the identity if it is earlier.
 */
int64_t request_deadline(const struct request *req, int ms);

#endif
