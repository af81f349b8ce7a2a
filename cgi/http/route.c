/* SPDX-License-Identifier: ISC */
#include "http/route.h"

#include <stdbool.h>
#include <string.h>

#define DIALECT_NAME_MAX_BYTES 32

/* Return whether path starts with the segments of prefix. */
static bool
begins(struct slice path, const char *prefix)
{
	size_t len = strlen(prefix);

	return path.len >= len && memcmp(path.p, prefix, len) == 0 &&
	    (path.len == len || path.p[len] == '/');
}

/* Return the endpoint whose prefix path starts with, or NULL. */
static const struct endpoint *
known(const struct endpoint *endpoints, struct slice path)
{
	for (; endpoints->prefix != NULL; endpoints++)
		if (begins(path, endpoints->prefix))
			return endpoints;
	return NULL;
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

bool
route_is_dialect(struct slice s)
{
	if (s.len == 0 || s.len > DIALECT_NAME_MAX_BYTES || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-'))
			return false;
	}
	return true;
}

bool
route_is_heartbeat(struct slice name)
{
	return slice_equal(name, SLICE("heartbeat"));
}

/* Return whether method is in allow, a list separated by ", ". */
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

/* Strip the base path, if path is below it. */
static struct slice
without_base(struct slice path, const char *base_path)
{
	size_t len = strlen(base_path);

	while (len > 0 && base_path[len - 1] == '/')
		len--;
	if (len > 0 && path.len >= len && memcmp(path.p, base_path, len) == 0 &&
	    (path.len == len || path.p[len] == '/')) {
		path.p += len;
		path.len -= len;
	}
	return path;
}

/* Cut the first segment off *path; absent when there is none. */
static struct slice
first_segment(struct slice *path)
{
	const char *slash = memchr(path->p, '/', path->len);
	struct slice first = *path;

	if (slash == NULL) {
		*path = (struct slice){0};
		return first;
	}
	first.len = (size_t)(slash - path->p);
	path->p += first.len + 1;
	path->len -= first.len + 1;
	return first;
}

/* Split the rest into an integration, a dialect, and what is below it. */
static bool
resolve_integration(struct route *r)
{
	struct slice path = r->rest;

	r->rest = first_segment(&path);
	if (!route_is_integration_id(r->rest))
		return false;
	if (path.p == NULL)
		return true;
	r->dialect = first_segment(&path);
	r->below = path.p == NULL ? SLICE("") : path;
	return route_is_dialect(r->dialect);
}

/* Split path after the endpoint's prefix; false if the rest is not valid. */
static bool
resolve(struct route *r, struct slice path, const struct endpoint *to)
{
	size_t skip = strlen(to->prefix);

	r->tail = (struct slice){path.p + skip, path.len - skip};
	if (path.p[path.len - 1] == '/')
		path.len--;
	r->rest = (struct slice){path.p + skip, 0};
	if (path.len > skip) {
		r->rest =
		    (struct slice){path.p + skip + 1, path.len - skip - 1};
		if (r->rest.len == 0)
			return false;
	}
	if (to->below == BELOW_INTEGRATION)
		return resolve_integration(r);
	return to->below == BELOW_ANYTHING || r->rest.len == 0;
}

/* Return whether the last segment of path is an endpoint's prefix. */
static bool
ends_in_endpoint(const struct endpoint *endpoints, const char *path)
{
	const char *last = strrchr(path, '/');

	for (; last != NULL && endpoints->prefix != NULL; endpoints++)
		if (strcmp(last, endpoints->prefix) == 0)
			return true;
	return false;
}

enum outcome
route_find(struct route *r, const struct endpoint *endpoints, struct buf *path,
    const struct request *req, const char *base_path)
{
	const char *script = req->script_name != NULL ? req->script_name : "";
	const char *info = req->path_info != NULL ? req->path_info : "";
	/*
	 * A program mounted at /integration gets PATH_INFO /board for
	 * /integration/board.  That must not lead to the board, since the web
	 * server's password protects /board only.
	 */
	bool joined = ends_in_endpoint(endpoints, script) ||
	    known(endpoints, slice_of(info)) == NULL;
	const struct endpoint *to;
	struct slice s;

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
	to = known(endpoints, s);
	if (to == NULL || !resolve(r, s, to))
		return OUTCOME_NOT_FOUND;
	r->to = to;
	if (r->dialect.p != NULL && req->method != NULL)
		return OUTCOME_OK;
	if (req->method == NULL || !is_allowed(req->method, to->methods))
		return OUTCOME_BAD_METHOD;
	return OUTCOME_OK;
}
