/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"
#include "http/reply.h"

/*
 * A request over FastCGI in records as a web server makes them.  The input is
 * three bytes, then lines of NAME=value, an empty line, and the body.  The
 * first byte is the size of the body's records; the next are how many bytes
 * the end of the connection lacks, if the third is odd.
 *
 * A whole request arrives as it is, twice on a kept connection; what was cut
 * is never taken for whole.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 1000
#define INPUT_MAX 3000
#define TURNS 2

enum { BEGIN_REQUEST = 1, PARAMS = 4, STDIN = 5 };
enum { CHUNK, CUT, CUT_HIGH, FRONT };

static void
must(int truth)
{
	if (!truth)
		abort();
}

static void
add_record(struct buf *b, int type, const void *p, size_t len)
{
	const uint8_t head[8] = {1, (uint8_t)type, 0, 1, (uint8_t)(len >> 8),
	    (uint8_t)len, 0, 0};

	buf_append(b, head, sizeof(head));
	buf_append(b, p, len);
}

static void
add_length(struct buf *b, size_t len)
{
	const uint8_t four[4] = {0x80, 0, (uint8_t)(len >> 8), (uint8_t)len};

	if (len < 128)
		buf_append(b, &four[3], 1);
	else
		buf_append(b, four, sizeof(four));
}

/* The lines up to an empty one, as parameters; what is left is the body. */
static void
add_params(struct buf *b, struct slice *in)
{
	struct buf pairs = {.max = 1 << 16};
	const char *end, *mark;
	size_t len, name;

	while (in->len > 0) {
		end = memchr(in->p, '\n', in->len);
		len = end == NULL ? in->len : (size_t)(end - in->p);
		mark = memchr(in->p, '=', len);
		if (mark != NULL) {
			name = (size_t)(mark - in->p);
			add_length(&pairs, name);
			add_length(&pairs, len - name - 1);
			buf_append(&pairs, in->p, name);
			buf_append(&pairs, mark + 1, len - name - 1);
		}
		in->p += len + (end != NULL);
		in->len -= len + (end != NULL);
		if (len == 0)
			break;
	}
	if (pairs.len > 0)
		add_record(b, PARAMS, pairs.data, pairs.len);
	add_record(b, PARAMS, NULL, 0);
	buf_free(&pairs);
}

static void
add_request(struct buf *b, size_t chunk, struct slice *in)
{
	static const uint8_t begin[8] = {0, 1, 1 /* keep it open */};
	size_t n;

	add_record(b, BEGIN_REQUEST, begin, sizeof(begin));
	add_params(b, in);
	for (size_t at = 0; at < in->len; at += n) {
		n = in->len - at < chunk ? in->len - at : chunk;
		add_record(b, STDIN, in->p + at, n);
	}
	add_record(b, STDIN, NULL, 0);
}

/* Whether a text is a length, in digits only, and which. */
static int
is_length(const char *text, size_t *len)
{
	size_t n = strlen(text);

	*len = n < 10 ? (size_t)strtoul(text, NULL, 10) : 0;
	return n > 0 && n < 10 && strspn(text, "0123456789") == n;
}

static void
check(const struct request *req, enum outcome res, struct slice body)
{
	size_t said = body.len;
	int has_length = req->content_length == NULL ||
	    is_length(req->content_length, &said);

	if (has_length && said == body.len && body.len <= BODY_MAX) {
		must(res == OUTCOME_OK && req->body.len == body.len);
		must(body.len == 0 ||
		    memcmp(req->body.data, body.p, body.len) == 0);
	} else if (body.len > BODY_MAX || (has_length && said > BODY_MAX)) {
		must(res == OUTCOME_TOO_LARGE || res == OUTCOME_INCOMPLETE);
	} else if (has_length)
		must(res == OUTCOME_INCOMPLETE);
}

/* Serve a connection with these bytes; return how many requests it had. */
static int
serve(const struct buf *b, struct slice body, int is_whole)
{
	static struct http *h;
	static struct request req;
	static struct reply rep;
	enum outcome res;
	int pair[2], n;

	if (h == NULL) {
		setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
		h = http_open(true);
	}
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	must(send(pair[1], b->data, b->len, 0) == (ssize_t)b->len);
	shutdown(pair[1], SHUT_WR);
	for (n = 0; n < TURNS; n++) {
		if (http_accept(h, n == 0 ? pair[0] : -1) == -1)
			break;
		http_read(h, &req);
		must(req.method != NULL && req.query != NULL);
		res = http_read_body(&req, BODY_MAX);
		if (is_whole || n == 0)
			check(&req, res, body);
		else
			must(res != OUTCOME_OK);
		reply_begin(&rep);
		reply_problem(&rep, OUTCOME_NOT_FOUND, NULL);
		http_send(&req, &rep);
		if (http_kept(h) == -1)
			break;
	}
	http_hang_up(h);
	close(pair[1]);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf b = {.max = 1 << 20};
	struct slice in;
	size_t cut = 0;

	if (size < FRONT || size > INPUT_MAX)
		return 0;
	for (int i = 0; i < TURNS; i++) {
		in = (struct slice){(const char *)data + FRONT, size - FRONT};
		add_request(&b, 1 + (size_t)data[CHUNK], &in);
		if (i == 0)
			cut = b.len;
	}
	must(!b.failed);
	/* Cut the second of them, so that the first is whole. */
	cut = data[CUT_HIGH] % 2 == 0
	    ? 0
	    : 1 + (data[CUT] | (size_t)data[CUT_HIGH] << 7) % cut;
	b.len -= cut;
	serve(&b, in, cut == 0);
	buf_free(&b);
	return 0;
}
