/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "http/route.h"
#include "tap.h"

enum { INTEGRATION, LIVE, READY, METRICS, BOARD };

static const struct endpoint endpoints[] = {
    [INTEGRATION] = {"/integration", BELOW_INTEGRATION, "POST", NULL},
    [LIVE] = {"/live", BELOW_NOTHING, "GET, HEAD", NULL},
    [READY] = {"/ready", BELOW_NOTHING, "GET, HEAD", NULL},
    [METRICS] = {"/metrics", BELOW_NOTHING, "GET, HEAD", NULL},
    [BOARD] = {"/board", BELOW_ANYTHING, "GET, HEAD, POST", NULL},
    {NULL, 0, NULL, NULL},
};

#define ID64                                                                   \
	"int_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

/* The variables for /integration/int_X in each deployment. */
static const struct {
	const char *script_name, *path_info, *base_path, *name;
} deployments[] = {
    {"/integration/int_X", NULL, "", "lighttpd with key /integration/"},
    {"/integration/int_X", "", "", "the same with an empty PATH_INFO"},
    {"/integration", "/int_X", "", "lighttpd with key /integration"},
    {"/alerts", "/integration/int_X", "", "lighttpd with key /alerts"},
    {"/alerts", "/integration/int_X", "/alerts", "and its base path set"},
    {"/cgi-bin/alerts.cgi", "/integration/int_X", "",
	"Apache with a ScriptAlias to a directory"},
    {"/alerts.fcgi", "/integration/int_X", "",
	"a RewriteRule in .htaccess, or SetHandler on a file"},
    {"", "/integration/int_X", "", "a server that gives PATH_INFO alone"},
    {NULL, "/integration/int_X", NULL, "the same without SCRIPT_NAME"},
    {"/integration/int_X/", NULL, "", "a trailing slash"},
    {"/integration", "/int_X/", "", "a trailing slash in PATH_INFO"},
    {"/a/b", "/integration/int_X/", "", "a trailing slash below a base"},
    {"/alerts/integration/int_X", NULL, "/alerts", "a base in SCRIPT_NAME"},
    {"/alerts/integration", "/int_X", "/alerts", "a base before both"},
    {"/alerts/integration", "/int_X", "/alerts/", "a base with a slash"},
    {"/a", "/b/integration/int_X", "/a/b", "a base in both of them"},
    {"/integration/int_X", NULL, "/alerts", "a base that was stripped"},
    {"/integration/int_X", NULL, "/", "a base that is the root"},
};

static const struct {
	const char *path, *method;
	enum outcome want;
	int kind;
	const char *rest, *allow, *name;
} cases[] = {
    {"/integration/" ID64, "POST", OUTCOME_OK, INTEGRATION, ID64, "POST",
	"an id of 64 characters is found"},
    {"/integration/" ID64 "0", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"an id of 65 is not"},
    {"/integration/int_", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"an id of none is not"},
    {"/integration/int_a.b", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"an id with a dot is not"},
    {"/integration/int_a b", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"an id with a space is not"},
    {"/integration/int_\xc3\xa9", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"an id in other letters is not"},
    {"/integration/INT_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"int_ is in lower case"},
    {"/integration/xint_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"int_ comes first"},
    {"/integration/int_X//", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"two trailing slashes are not allowed"},
    {"/integration//int_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"nor are two in the middle"},
    {"//integration/int_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"nor two in front"},
    {"/integration/int_X/y/", "POST", OUTCOME_OK, INTEGRATION, "int_X", "POST",
	"a dialect lies below an integration"},
    {"/integration/int_X/y/a b//c", "GET", OUTCOME_OK, INTEGRATION, "int_X",
	"POST", "and anything below that, by any method"},
    {"/integration/int_X/y//", "POST", OUTCOME_OK, INTEGRATION, "int_X", "POST",
	"slashes too"},
    {"/integration/int_X/Y", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"its name is in lower case"},
    {"/integration/int_X/-y", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"and does not begin with -"},
    {"/integration/int_X/012345678901234567890123456789012", "POST",
	OUTCOME_NOT_FOUND, 0, NULL, NULL, "nor has it 33 characters"},
    {"/integration/int_X//y", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"nor none"},
    {"/integration/int_X/../../live", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"dots lead nowhere"},
    {"/integration", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"an integration needs an id"},
    {"/integration/", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"also behind a slash"},
    {"/integrationZ/int_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"a longer first segment is another path"},
    {"/Integration/int_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"paths are case-sensitive"},
    {"", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL, "no path leads nowhere"},
    {"/", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "nor does the root"},
    {"integration/int_X", "POST", OUTCOME_NOT_FOUND, 0, NULL, NULL,
	"nor a path without a slash"},
    {"/integration/int_X", "GET", OUTCOME_BAD_METHOD, INTEGRATION, "int_X",
	"POST", "an integration takes no GET"},
    {"/integration/int_X", "HEAD", OUTCOME_BAD_METHOD, INTEGRATION, "int_X",
	"POST", "nor HEAD"},
    {"/integration/int_X", "PUT", OUTCOME_BAD_METHOD, INTEGRATION, "int_X",
	"POST", "nor PUT"},
    {"/integration/int_X", "post", OUTCOME_BAD_METHOD, INTEGRATION, "int_X",
	"POST", "methods are case-sensitive"},
    {"/integration/int_X", "", OUTCOME_BAD_METHOD, INTEGRATION, "int_X", "POST",
	"nor an empty method"},
    {"/integration/int_X", NULL, OUTCOME_BAD_METHOD, INTEGRATION, "int_X",
	"POST", "nor none at all"},
    {"/integration/int_X", "POST, GET", OUTCOME_BAD_METHOD, INTEGRATION,
	"int_X", "POST", "nor a list"},
    {"/live", "GET", OUTCOME_OK, LIVE, "", "GET, HEAD", "GET /live"},
    {"/live/", "HEAD", OUTCOME_OK, LIVE, "", "GET, HEAD", "HEAD /live/"},
    {"/live//", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "not /live//"},
    {"/live/x", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "not /live/x"},
    {"/lives", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "not /lives"},
    {"/live", "POST", OUTCOME_BAD_METHOD, LIVE, "", "GET, HEAD",
	"no POST to /live"},
    {"/live", "GET, HEAD", OUTCOME_BAD_METHOD, LIVE, "", "GET, HEAD",
	"the list of methods is no method"},
    {"/live", ", HEAD", OUTCOME_BAD_METHOD, LIVE, "", "GET, HEAD",
	"nor is a part of it"},
    {"/ready", "GET", OUTCOME_OK, READY, "", "GET, HEAD", "GET /ready"},
    {"/ready", "PUT", OUTCOME_BAD_METHOD, READY, "", "GET, HEAD",
	"no PUT to /ready"},
    {"/metrics", "HEAD", OUTCOME_OK, METRICS, "", "GET, HEAD", "HEAD /metrics"},
    {"/metrics", "DELETE", OUTCOME_BAD_METHOD, METRICS, "", "GET, HEAD",
	"no DELETE of /metrics"},
    {"/board", "GET", OUTCOME_OK, BOARD, "", "GET, HEAD, POST", "GET /board"},
    {"/board/", "HEAD", OUTCOME_OK, BOARD, "", "GET, HEAD, POST",
	"HEAD /board/"},
    {"/board/alert/1/", "POST", OUTCOME_OK, BOARD, "alert/1", "GET, HEAD, POST",
	"what lies below /board"},
    {"/board//", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "not /board//"},
    {"/boardsx", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "not /boardsx"},
    {"/boards", "GET", OUTCOME_NOT_FOUND, 0, NULL, NULL, "not /boards"},
    {"/board", "PATCH", OUTCOME_BAD_METHOD, BOARD, "", "GET, HEAD, POST",
	"no PATCH of /board"},
};

static enum outcome
find(struct route *r, struct buf *path, const char *method,
    const char *script_name, const char *path_info, const char *base_path)
{
	const struct request req = {.method = method,
	    .script_name = script_name,
	    .path_info = path_info};

	return route_find(r, endpoints, path, &req, base_path);
}

static void
test_deployments(void)
{
	struct buf path = {.max = 4096};
	struct route r;
	enum outcome res;

	for (size_t i = 0; i < sizeof(deployments) / sizeof(*deployments);
	     i++) {
		res = find(&r, &path, "POST", deployments[i].script_name,
		    deployments[i].path_info, deployments[i].base_path);
		is_int(res, OUTCOME_OK, deployments[i].name);
		is_bytes(r.rest.p, r.rest.len, "int_X",
		    "the integration is found there");
	}
	buf_free(&path);
}

/* Try each path as SCRIPT_NAME, and as PATH_INFO after another one. */
static void
test_paths(void)
{
	struct buf path = {.max = 4096};
	struct route r;
	enum outcome res;

	for (size_t i = 0; i < 2 * (sizeof(cases) / sizeof(cases[0])); i++) {
		const char *text = cases[i / 2].path;
		bool below = i % 2 == 1;

		res = find(&r, &path, cases[i / 2].method,
		    below ? "/x.fcgi" : text, below ? text : NULL, "");
		is_int(res, cases[i / 2].want, cases[i / 2].name);
		is_str(r.to == NULL ? NULL : r.to->methods, cases[i / 2].allow,
		    "and its methods told");
		if (cases[i / 2].allow == NULL)
			continue;
		is_int((int)(r.to - endpoints), cases[i / 2].kind,
		    "and its endpoint");
		is_bytes(r.rest.p, r.rest.len, cases[i / 2].rest,
		    "and what follows");
	}
	buf_free(&path);
}

static void
test_odd(void)
{
	struct buf path = {.max = 64};
	struct route r;
	char info[] = "/integration/int_X", long_info[100];

	is_int(find(&r, &path, "POST", NULL, NULL, NULL), OUTCOME_NOT_FOUND,
	    "a server that says nothing gets no route");
	is_int(find(&r, &path, "POST", "/integration", "Z/int_X", ""),
	    OUTCOME_NOT_FOUND,
	    "a prefix that ends inside a segment leads none");
	is_int(find(&r, &path, "POST", "/alertsx/integration/int_X", NULL,
		   "/alerts"),
	    OUTCOME_NOT_FOUND, "a base ends where a segment does");
	is_int(find(&r, &path, "POST", "/alerts/integration/int_X", NULL, NULL),
	    OUTCOME_NOT_FOUND, "a base that was not set is not guessed");
	is_int(find(&r, &path, "GET", "/x.fcgi/live/y", "/ready", ""),
	    OUTCOME_OK, "a PATH_INFO that begins with a route");
	is_int((int)(r.to - endpoints), READY, "goes before SCRIPT_NAME");
	is_int(find(&r, &path, "GET", "/integration", "/board", ""),
	    OUTCOME_NOT_FOUND,
	    "the board is not below /integration, where nobody guards it");
	is_int(find(&r, &path, "GET", "/alerts/integration", "/metrics",
		   "/alerts"),
	    OUTCOME_NOT_FOUND, "nor are the metrics, below a base either");
	is_int(find(&r, &path, "GET", "/live", "/ready", ""), OUTCOME_NOT_FOUND,
	    "and nothing is below /live");
	find(&r, &path, "POST", "", info, "");
	memset(info, 'x', sizeof(info) - 1);
	is_bytes(r.rest.p, r.rest.len, "int_X",
	    "what was found does not borrow from the server");
	memset(long_info, 'a', sizeof(long_info) - 1);
	long_info[sizeof(long_info) - 1] = '\0';
	is_int(find(&r, &path, "POST", "", long_info, ""), OUTCOME_NOT_FOUND,
	    "a path beyond the buffer is no route");
	is_int(find(&r, &path, "GET", "/live", NULL, ""), OUTCOME_OK,
	    "and the buffer is as good as before");
	buf_free(&path);
}

static void
test_dialect(void)
{
	static const struct {
		const char *path, *dialect, *below;
	} split[] = {
	    {"/integration/int_X", NULL, NULL},
	    {"/integration/int_X/", NULL, NULL},
	    {"/integration/int_X/am-2", "am-2", ""},
	    {"/integration/int_X/am-2/", "am-2", ""},
	    {"/integration/int_X/am-2/v2/a b/c", "am-2", "v2/a b/c"},
	    {"/integration/int_X/am-2/v2//c/", "am-2", "v2//c"},
	    {"/integration/int_X/am-2//", "am-2", ""},
	    {"/integration/int_X/heartbeat/A_.b/fail", "heartbeat",
		"A_.b/fail"},
	    {"/integration/int_X/heartbeat", "heartbeat", ""},
	};
	struct buf path = {.max = 4096};
	struct route r;

	for (size_t i = 0; i < sizeof(split) / sizeof(*split); i++) {
		find(&r, &path, "POST", NULL, split[i].path, "");
		is_bytes(r.dialect.p, r.dialect.len, split[i].dialect,
		    split[i].path);
		is_bytes(r.below.p, r.below.len, split[i].below,
		    "and what is below");
	}
	buf_free(&path);
}

int
main(void)
{
	test_dialect();
	test_deployments();
	test_paths();
	test_odd();
	return done_testing();
}
