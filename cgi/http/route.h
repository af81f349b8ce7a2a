/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"

/* int_ and 1 to 64 of A-Z, a-z, 0-9, _ and -. */
bool route_is_integration_id(struct slice s);

enum route_kind {
	ROUTE_INTEGRATION, /* /integration/int_... */
	ROUTE_LIVE, /* /live */
	ROUTE_READY, /* /ready */
	ROUTE_METRICS, /* /metrics */
	ROUTE_BOARD /* /board, or /board/... */
};

struct route {
	enum route_kind kind;
	struct slice rest; /* integration id; what follows /board/ */
	struct slice tail; /* the same as the client wrote it, slashes too */
	const char *allow; /* methods of this path, set on any path we know */
};

/*
 * Find what a request is for, from what the web server says of its URL.
 *
 * The same URL gives other SCRIPT_NAME and PATH_INFO on every server and in
 * every deployment, so: path_info is taken when it starts with a known route
 * and script_name does not end in one, else script_name and path_info joined,
 * less base_path.  REQUEST_URI is raw and is never used.  One trailing slash
 * is allowed.  An integration id must match int_[A-Za-z0-9_-]{1,64}.
 *
 * path is the caller's scratch buffer and lives as long as r->rest.  Returns
 * OUTCOME_OK, OUTCOME_NOT_FOUND, or OUTCOME_BAD_METHOD with r->allow set.
 */
enum outcome route_find(struct route *r, struct buf *path, const char *method,
    const char *script_name, const char *path_info, const char *base_path);

#endif
