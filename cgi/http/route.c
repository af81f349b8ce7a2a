/* SPDX-License-Identifier: ISC */
#include "http/route.h"

#include <stdbool.h>
#include <string.h>

#define INTEGRATION_ID_MAX_BYTES 68 /* int_ and 64 more */

static const struct {
	struct slice prefix;
	enum route_kind kind;
	const char *allow;
} routes[] = {
    {{"/integration", 12}, ROUTE_INTEGRATION, "POST"},
    {{"/live", 5}, ROUTE_LIVE, "GET, HEAD"},
    {{"/ready", 6}, ROUTE_READY, "GET, HEAD"},
    {{"/metrics", 8}, ROUTE_METRICS, "GET, HEAD"},
    {{"/board", 6}, ROUTE_BOARD, "GET, HEAD, POST"},
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* Whether the first segments of path are those of prefix. */
static bool
begins(struct slice path, struct slice prefix)
{
	return path.len >= prefix.len &&
	    memcmp(path.p, prefix.p, prefix.len) == 0 &&
	    (path.len == prefix.len || path.p[prefix.len] == '/');
}

/* The route that path begins with; ROUTES when there is none. */
static size_t
known(struct slice path)
{
	size_t i;

	for (i = 0; i < ROUTES; i++)
		if (begins(path, routes[i].prefix))
			break;
	return i;
}

bool
route_is_integration_id(struct slice s)
{
	if (s.len <= 4 || s.len > INTEGRATION_ID_MAX_BYTES ||
	    memcmp(s.p, "int_", 4) != 0)
		return false;
	for (size_t i = 4; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* Whether method stands in the list allow, names parted by ", ". */
static bool
is_allowed(const char *method, const char *allow)
{
	size_t len = strlen(method), n;

	for (;;) {
		n = strcspn(allow, ",");
		if (n == len && memcmp(allow, method, n) == 0)
			return true;
		if (allow[n] == '\0')
			return false;
		allow += n + 2;
	}
}

/* The path less the base, when the path lies below the base. */
static struct slice
without_base(struct slice path, const char *base_path)
{
	struct slice base = {base_path, strlen(base_path)};

	while (base.len > 0 && base.p[base.len - 1] == '/')
		base.len--;
	if (base.len > 0 && begins(path, base)) {
		path.p += base.len;
		path.len -= base.len;
	}
	return path;
}

/* What a known route leads to; false when nothing is there. */
static bool
resolve(struct route *r, struct slice path, size_t i)
{
	size_t skip = routes[i].prefix.len;

	r->tail = (struct slice){path.p + skip, path.len - skip};
	if (path.p[path.len - 1] == '/')
		path.len--;
	r->kind = routes[i].kind;
	r->rest = (struct slice){path.p + skip, 0};
	if (path.len > skip) {
		r->rest =
		    (struct slice){path.p + skip + 1, path.len - skip - 1};
		if (r->rest.len == 0)
			return false;
	}
	if (r->kind == ROUTE_INTEGRATION)
		return route_is_integration_id(r->rest);
	return r->kind == ROUTE_BOARD || r->rest.len == 0;
}

/* Whether the last segment of path is a route's name. */
static bool
ends_in_route(const char *path)
{
	const char *last = strrchr(path, '/');

	if (last == NULL)
		return false;
	for (size_t i = 0; i < ROUTES; i++)
		if (strcmp(last, routes[i].prefix.p) == 0)
			return true;
	return false;
}

enum outcome
route_find(struct route *r, struct buf *path, const char *method,
    const char *script_name, const char *path_info, const char *base_path)
{
	const char *script = script_name != NULL ? script_name : "";
	const char *info = path_info != NULL ? path_info : "";
	/*
	 * A program that is mounted at /integration sees /board in
	 * /integration/board; that is not the board, which the web server
	 * guards by its own path.
	 */
	bool joined = ends_in_route(script) ||
	    known((struct slice){info, strlen(info)}) == ROUTES;
	struct slice s;
	size_t i;

	*r = (struct route){0};
	buf_reset(path);
	if (strlen(script) + strlen(info) > path->max)
		return OUTCOME_NOT_FOUND;
	if (joined)
		buf_puts(path, script);
	buf_puts(path, info);
	if (path->failed)
		return OUTCOME_UNAVAILABLE;

	s = (struct slice){path->data, path->len};
	if (joined && base_path != NULL)
		s = without_base(s, base_path);
	i = known(s);
	if (i == ROUTES || !resolve(r, s, i))
		return OUTCOME_NOT_FOUND;
	r->allow = routes[i].allow;
	if (method == NULL || !is_allowed(method, r->allow))
		return OUTCOME_BAD_METHOD;
	return OUTCOME_OK;
}
