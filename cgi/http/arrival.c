/* SPDX-License-Identifier: ISC */
#include "http/arrival.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <fastcgi.h>

/* What may come next of a request (FastCGI 1.0, 6.2). */
enum stage { AT_BEGIN, AT_PARAMS, AT_STDIN, AT_END };

struct record {
	int type, id;
	const unsigned char *content;
	size_t length;
};

/* Read the record at *at and move on; false when it is cut short. */
static bool
next_record(struct record *r, const unsigned char **at,
    const unsigned char *end)
{
	const unsigned char *p = *at;

	if (end - p < FCGI_HEADER_LEN || p[0] != FCGI_VERSION_1)
		return false;
	r->type = p[1];
	r->id = p[2] << 8 | p[3];
	r->length = (size_t)(p[4] << 8 | p[5]);
	r->content = p + FCGI_HEADER_LEN;
	if ((size_t)(end - r->content) < r->length + p[6])
		return false;
	*at = r->content + r->length + p[6];
	return true;
}

/* Return what is next after a record; AT_BEGIN if it was out of order. */
static enum stage
advance(enum stage stage, const struct record *r)
{
	switch (stage) {
	case AT_BEGIN:
		if (r->type == FCGI_BEGIN_REQUEST && r->length >= 2 &&
		    (r->content[0] << 8 | r->content[1]) == FCGI_RESPONDER)
			return AT_PARAMS;
		break;
	case AT_PARAMS:
		if (r->type == FCGI_PARAMS)
			return r->length > 0 ? AT_PARAMS : AT_STDIN;
		break;
	case AT_STDIN:
		if (r->type == FCGI_STDIN)
			return r->length > 0 ? AT_STDIN : AT_END;
		break;
	default:
		break;
	}
	return AT_BEGIN;
}

static bool
is_whole(const unsigned char *p, const unsigned char *end)
{
	enum stage stage = AT_BEGIN;
	struct record r;
	int id = 0;

	do {
		if (!next_record(&r, &p, end))
			return false;
		if (stage == AT_BEGIN)
			id = r.id;
		stage = r.id == id ? advance(stage, &r) : AT_BEGIN;
	} while (stage != AT_BEGIN && stage != AT_END);
	return stage == AT_END;
}

enum arrival
http_arrival(int fd)
{
	unsigned char p[ARRIVAL_MAX_BYTES];
	ssize_t n;

	do
		n = recv(fd, p, sizeof(p), MSG_PEEK | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return ARRIVAL_END;
	if (n == -1)
		return errno == EAGAIN ? ARRIVAL_NOTHING : ARRIVAL_END;
	return is_whole(p, p + n) ? ARRIVAL_WHOLE : ARRIVAL_PART;
}
