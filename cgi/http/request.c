/* SPDX-License-Identifier: ISC */
#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/utf8.h"

#define LABEL_MAX_BYTES 128

/*
 * Return s if it may go into the event log: printable ASCII without spaces,
 * of limited length.  Otherwise it is absent.
 */
static struct slice
label(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > LABEL_MAX_BYTES)
		return (struct slice){NULL, 0};
	for (size_t i = 0; i < len; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return (struct slice){NULL, 0};
	return (struct slice){s, len};
}

/* Servers map odd characters in header names to _, so a name may repeat. */
static void
read_token(struct request *req, const char *value)
{
	struct slice token = slice_of(value);

	if (req->token.p != NULL && !slice_equal(req->token, token))
		req->token_repeated = true;
	req->token = token;
}

static void
read_variable(struct request *req, const char *name, size_t len,
    const char *value)
{
	struct slice s = {name, len};

	if (slice_equal(s, SLICE("REQUEST_METHOD")))
		req->method = value;
	else if (slice_equal(s, SLICE("SCRIPT_NAME")))
		req->script_name = value;
	else if (slice_equal(s, SLICE("PATH_INFO")))
		req->path_info = value;
	else if (slice_equal(s, SLICE("QUERY_STRING")))
		req->query = value;
	else if (slice_equal(s, SLICE("CONTENT_TYPE")))
		req->content_type = value;
	else if (slice_equal(s, SLICE("CONTENT_LENGTH")))
		req->content_length = value[0] == '\0' ? NULL : value;
	else if (slice_equal(s, SLICE("HTTP_CONTENT_ENCODING")))
		req->content_encoding = slice_of(value);
	else if (slice_equal(s, SLICE("HTTP_ACCEPT")))
		req->accept = value;
	else if (slice_equal(s, SLICE("HTTP_USER_AGENT")))
		req->user_agent = slice_of(value);
	else if (slice_equal(s, SLICE("REMOTE_ADDR")))
		req->remote_addr = label(value);
	else if (slice_equal(s, SLICE("HTTP_PAGERTREE_TOKEN")))
		read_token(req, value);
	else if (slice_equal(s, SLICE("HTTP_X_REQUEST_ID")))
		req->request_id = label(value);
	else if (slice_equal(s, SLICE("HTTP_TOCSIN_HOPS")))
		req->hops = slice_number(slice_of(value));
	else if (slice_equal(s, SLICE(IDENTITY_NAME)) && !req->has_identity)
		req->has_identity = identity_parse(&req->identity, value) == 0;
}

void
request_read(struct request *req, char *const *env)
{
	struct buf body = req->body;

	buf_reset(&body);
	*req = (struct request){.body = body,
	    .method = "",
	    .query = "",
	    .accept = "",
	    .env = env};
	req->received_at = clock_wall_us();
	for (; *env != NULL; env++) {
		const char *equals = strchr(*env, '=');

		if (equals != NULL)
			read_variable(req, *env, (size_t)(equals - *env),
			    equals + 1);
	}
}

/* Return whether a variable, HTTP_X_NAME, is that of the header x-name. */
static bool
is_variable_of(const char *variable, struct slice header)
{
	for (size_t i = 0; i < header.len; i++) {
		char c = header.p[i];

		if (c == '-')
			c = '_';
		else if (c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (variable[i] != c)
			return false;
	}
	return variable[header.len] == '=';
}

static struct slice
variable_of(const struct request *req, const char *prefix, struct slice header)
{
	size_t len = strlen(prefix);
	char *const *e;

	for (e = req->env; e != NULL && *e != NULL; e++)
		if (strncmp(*e, prefix, len) == 0 &&
		    is_variable_of(*e + len, header))
			return slice_of(*e + len + header.len + 1);
	return (struct slice){0};
}

struct slice
request_header(const struct request *req, struct slice name)
{
	struct slice value = variable_of(req, "HTTP_", name);

	/* Apache renames variables that a RewriteRule has set. */
	if (value.p == NULL)
		value = variable_of(req, "REDIRECT_HTTP_", name);
	return value;
}

bool
request_is_type(const char *content_type, const char *want)
{
	size_t len = strlen(want);

	if (content_type == NULL || strncasecmp(content_type, want, len) != 0)
		return false;
	content_type += len;
	content_type += strspn(content_type, " \t");
	return *content_type == '\0' || *content_type == ';';
}

struct slice
request_encoding(struct slice header)
{
	struct slice name = {NULL, 0};
	size_t at = 0, end;

	while (name.p == NULL && at < header.len) {
		end = at;
		while (end < header.len && header.p[end] != ',' &&
		    header.p[end] != ' ' && header.p[end] != '\t')
			end++;
		if (end > at)
			name = (struct slice){header.p + at, end - at};
		if (name.p != NULL && utf8_is(name, "identity"))
			name = (struct slice){NULL, 0};
		at = end + 1;
	}
	return name;
}

int64_t
request_deadline(const struct request *req, int ms)
{
	int64_t deadline = clock_ms() + ms;

	if (req->has_identity && req->identity.deadline < deadline)
		return req->identity.deadline;
	return deadline;
}
