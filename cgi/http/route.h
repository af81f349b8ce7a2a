/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "http/request.h"

/* int_ and 1 to 64 of A-Z, a-z, 0-9, _ and -. */
bool route_is_integration_id(struct slice s);

struct worker; /* whoever answers; server/ knows it */
struct route;

/* What may follow an endpoint's prefix. */
enum endpoint_below {
	BELOW_NOTHING,
	BELOW_INTEGRATION, /* /int_[A-Za-z0-9_-]{1,64} */
	BELOW_ANYTHING
};

/* One kind of path that is answered.  A table of them ends with all 0. */
struct endpoint {
	const char *prefix; /* one segment, as /live */
	enum endpoint_below below;
	const char *methods; /* as an Allow header lists them */
	void (*answer)(struct worker *w, const struct route *route);
};

struct route {
	const struct endpoint *to; /* NULL: no path that we know */
	struct slice rest; /* integration id; what follows /board/ */
	struct slice tail; /* the same as the client wrote it, slashes too */
};

/*
 * Find what a request is for, from what the web server says of its URL.
 *
 * The same URL gives other SCRIPT_NAME and PATH_INFO on every server and in
 * every deployment, so: PATH_INFO is taken when it starts with an endpoint's
 * prefix and SCRIPT_NAME does not end in one, else SCRIPT_NAME and PATH_INFO
 * joined, less base_path.  REQUEST_URI is raw and is never used.  One trailing
 * slash is allowed.
 *
 * path is the caller's scratch buffer and lives as long as r->rest.  Returns
 * OUTCOME_OK; OUTCOME_NOT_FOUND; or OUTCOME_BAD_METHOD with r->to set.
 */
enum outcome route_find(struct route *r, const struct endpoint *endpoints,
    struct buf *path, const struct request *req, const char *base_path);

#endif
