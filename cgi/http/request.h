/* SPDX-License-Identifier: ISC */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * One request as RFC 3875 describes it, whether it came by FastCGI or CGI.
 * All is borrowed until http_finish() but body, which the caller owns.
 */
struct request {
	struct http *via; /* NULL = CGI */
	const char *method; /* "" when the server named none */
	const char *script_name;
	const char *path_info;
	const char *query; /* "" for none */
	const char *content_type;
	const char *content_length; /* NULL = not sent, as for chunked */
	struct slice token; /* absent: no pagertree-token header */
	bool token_repeated; /* sent twice, and not the same */
	struct slice remote_addr;
	struct slice request_id;
	int64_t received_at; /* wall clock, microseconds */
	struct buf body;
};

/*
 * Fill in *req from the meta-variables env ("NAME=value", NULL at the end),
 * but for via.  Its body is emptied and its memory kept.
 */
void request_read(struct request *req, char *const *env);

#endif
