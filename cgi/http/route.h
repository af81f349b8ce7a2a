/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "http/request.h"

#define INTEGRATION_ID_MAX_BYTES 68 /* int_ and 64 more */

/* int_ and 1 to 64 of A-Z, a-z, 0-9, _ and -. */
bool route_is_integration_id(struct slice s);

struct worker; /* defined in server/endpoint.h */
struct route;

/* a-z, 0-9 and, but for the first, -; 1 to 32 of them. */
bool route_is_dialect(struct slice s);

/* What may follow an endpoint's prefix. */
enum endpoint_below {
	BELOW_NOTHING,
	/*
	 * /int_[A-Za-z0-9_-]{1,64}, then nothing, /DIALECT[/anything] or
	 * /heartbeat/anything
	 */
	BELOW_INTEGRATION,
	BELOW_ANYTHING
};

/* A path prefix and its handler.  A table of them ends with a zero entry. */
struct endpoint {
	const char *prefix; /* one segment, like /live */
	enum endpoint_below below;
	const char *methods; /* as an Allow header lists them */
	void (*answer)(struct worker *w, const struct route *route);
};

struct route {
	const struct endpoint *to; /* NULL: unknown path */
	struct slice rest; /* integration id, or what follows /board/ */
	struct slice tail; /* all that follows the prefix, slashes included */
	struct slice dialect; /* or heartbeat; absent: neither is named */
	struct slice below; /* what follows the dialect, without a slash */
};

/*
 * Find the endpoint of a request.
 *
 * The same URL gives different SCRIPT_NAME and PATH_INFO on each server and
 * in each deployment.  So use PATH_INFO if it starts with an endpoint's
 * prefix and SCRIPT_NAME does not end in one; else join SCRIPT_NAME and
 * PATH_INFO and strip base_path.  REQUEST_URI is raw and never used.  One
 * trailing slash is allowed.  A dialect decides itself which methods its
 * paths have.
 *
 * path is a scratch buffer that must outlive r.  Returns OUTCOME_OK;
 * OUTCOME_NOT_FOUND; OUTCOME_BAD_METHOD with r->to set; or
 * OUTCOME_UNAVAILABLE when out of memory.
 */
enum outcome route_find(struct route *r, const struct endpoint *endpoints,
    struct buf *path, const struct request *req, const char *base_path);

/* Return whether the name in place of a dialect's is that of heartbeats. */
bool route_is_heartbeat(struct slice name);

#endif
