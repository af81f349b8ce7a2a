/* SPDX-License-Identifier: ISC */
#include "http/http.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/descriptor.h"

#define CHUNK_BYTES 16384
#define HEAD_BYTES_MAX (REPLY_HEAD_MAX_BYTES + 1024)

extern char **environ;

struct http {
	FCGX_Request fcgi;
	bool is_trusted;
};

struct http *
http_open(bool is_trusted)
{
	struct http *h;

	if (FCGX_Init() != 0)
		return NULL;
	h = calloc(1, sizeof(*h));
	if (h != NULL) {
		FCGX_InitRequest(&h->fcgi, -1, 0);
		h->is_trusted = is_trusted;
	}
	return h;
}

/* Where to continue if an assertion in libfcgi fails; NULL = not in libfcgi. */
static _Thread_local jmp_buf *rescue;

/*
 * Replaces libc's.  libfcgi asserts that it could allocate a parameter of any
 * length that its peer announces: a failure must end only the request.  libfcgi
 * holds no lock there.
 */
void
__assert_fail(const char *assertion, const char *file, unsigned int line,
    const char *function)
{
	if (rescue != NULL)
		longjmp(*rescue, 1);
	fprintf(stderr, "%s:%u: %s: assertion \"%s\" failed\n", file, line,
	    function, assertion);
	abort();
}

/* FCGX_Accept_r(); -1 also when an assertion fails. */
static int
accept_request(FCGX_Request *fcgi)
{
	jmp_buf here;
	int rc;

	if (setjmp(here) == 0) {
		rescue = &here;
		rc = FCGX_Accept_r(fcgi);
	} else {
		FCGX_Free(fcgi, 1);
		rc = -1;
	}
	rescue = NULL;
	return rc;
}

/* FCGX_GetStr(); the stream has an error also when an assertion fails. */
static size_t
get_bytes(FCGX_Stream *in, char *p, size_t len)
{
	size_t done;
	jmp_buf here;

	if (setjmp(here) == 0) {
		rescue = &here;
		done = (size_t)FCGX_GetStr(p, (int)len, in);
	} else {
		in->FCGI_errno = FCGX_PROTOCOL_ERROR;
		in->isClosed = 1;
		done = 0;
	}
	rescue = NULL;
	return done;
}

/*
 * Hand libfcgi a connection accepted elsewhere.  Its own accept ends the
 * process on EMFILE, waits two seconds for a silent peer, and hides the
 * descriptor that the watchdog needs.  It has no call for this, but with
 * ipcFd set and keepConnection 1, FCGX_Accept_r() goes straight to reading;
 * listen_sock is -1, so it never accepts.
 *
 * libfcgi trusts its peer: names repeated in FCGI_GET_VALUES overrun its
 * buffer, and each record without a request leaks memory.  Nothing short of a
 * parser of our own could prevent this.  So only the web server, which sends
 * neither, may open the socket.
 */
int
http_accept(struct http *h, int fd)
{
	if (fd != -1) {
		h->fcgi.ipcFd = fd;
		h->fcgi.keepConnection = 1;
	}
	if (accept_request(&h->fcgi) != 0)
		return -1;
	/* It also returns 0 for parameters cut off between two of them. */
	if (FCGX_GetError(h->fcgi.in) == 0)
		return 0;
	http_hang_up(h);
	return -1;
}

int
http_kept(const struct http *h)
{
	return h->fcgi.ipcFd;
}

void
http_read(struct http *h, struct request *req)
{
	request_read(req, h == NULL ? environ : h->fcgi.envp);
	req->via = h;
	if (h != NULL && !h->is_trusted)
		req->has_identity = false;
	if (req->has_identity)
		req->received_at = req->identity.received_at;
}

/*
 * Read up to len bytes into p; fewer only at the end of the body or, with
 * *failed set, on an error.
 */
static size_t
read_bytes(struct request *req, char *p, size_t len, bool *failed)
{
	size_t done = 0;
	ssize_t n;

	if (req->via != NULL) {
		FCGX_Stream *in = req->via->fcgi.in;

		done = get_bytes(in, p, len);
		*failed = FCGX_GetError(in) != 0;
		return done;
	}
	while (done < len) {
		n = read(STDIN_FILENO, p + done, len - done);
		if (n == 0)
			break;
		if (n == -1 && errno != EINTR) {
			*failed = true;
			break;
		}
		if (n > 0)
			done += (size_t)n;
	}
	return done;
}

/* Wait for more input; a CGI server may leave stdin open, so not for long. */
static bool
has_more(const struct request *req)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return req->via != NULL || poll(&p, 1, DISCARD_WAIT_MS) > 0;
}

static void
discard(struct request *req, long left)
{
	char chunk[CHUNK_BYTES];
	bool failed = false;
	ssize_t n = 1;

	req->is_discarded = true;
	if (left > DISCARD_MAX_BYTES)
		left = DISCARD_MAX_BYTES;
	for (; left > 0 && n > 0 && !failed && has_more(req); left -= n) {
		size_t want = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;

		if (req->via == NULL)
			n = read(STDIN_FILENO, chunk, want);
		else
			n = (ssize_t)read_bytes(req, chunk, want, &failed);
	}
}

/* Return Content-Length; -1 if it was not sent, -2 if it is not a number. */
static long
content_length(const struct request *req)
{
	char *end;
	long n;

	if (req->content_length == NULL)
		return -1;
	errno = 0;
	n = strtol(req->content_length, &end, 10);
	if (errno != 0 || *end != '\0' || n < 0)
		return -2;
	return n;
}

/* Discard the unread rest of the body. */
static void
discard_rest(struct request *req)
{
	long said = content_length(req);

	discard(req, said < 0 ? DISCARD_MAX_BYTES : said - (long)req->body.len);
}

bool
http_fits(const struct request *req, long max)
{
	return content_length(req) <= max;
}

enum outcome
http_read_body(struct request *req, long max)
{
	struct buf *b = &req->body;
	long said = content_length(req);
	bool failed = false;
	size_t want, n;
	char *p;

	if (!http_fits(req, max))
		return OUTCOME_TOO_LARGE;
	b->max = (size_t)max + 2 * CHUNK_BYTES;
	do {
		/* A CGI server may leave stdin open after the body. */
		if (said >= 0 && req->via == NULL)
			want = (size_t)said - b->len;
		else
			want = said >= 0 && b->len == 0 ? (size_t)said + 1
							: CHUNK_BYTES;
		p = buf_reserve(b, want + 1);
		if (p == NULL)
			return OUTCOME_UNAVAILABLE;
		n = read_bytes(req, p, want, &failed);
		b->len += n;
	} while (n == want && n > 0 && !failed && b->len <= (size_t)max);
	if (failed || said == -2 || (said >= 0 && b->len != (size_t)said))
		return OUTCOME_INCOMPLETE;
	if (b->len > (size_t)max) {
		discard(req, DISCARD_MAX_BYTES);
		return OUTCOME_TOO_LARGE;
	}
	return OUTCOME_OK;
}

void
http_read_start(struct request *req, long len)
{
	struct buf *b = &req->body;
	bool failed = false;
	char *p;

	buf_reset(b);
	b->max = (size_t)len + 1;
	p = buf_reserve(b, (size_t)len + 1);
	if (p != NULL)
		b->len = read_bytes(req, p, (size_t)len, &failed);
}

static void
write_all(const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(STDOUT_FILENO, p, len);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

static void
end_fcgi(struct http *h, const struct buf *head, struct slice body)
{
	FCGX_Request *fcgi = &h->fcgi;

	FCGX_PutStr(head->data, (int)head->len, fcgi->out);
	FCGX_PutStr(body.p, (int)body.len, fcgi->out);
	/*
	 * Once all input is read, a plain close loses nothing; otherwise
	 * libfcgi waits for the server to close, up to two seconds each time
	 * that more input comes.
	 */
	if (FCGX_HasSeenEOF(fcgi->in) == EOF && FCGX_GetError(fcgi->in) == 0)
		FCGX_Detach(fcgi);
	FCGX_Finish_r(fcgi);
}

void
http_send(struct request *req, const struct reply *rep)
{
	struct slice body = {rep->body.data, rep->body.len};
	struct buf head = {.max = HEAD_BYTES_MAX};

	reply_head(rep, &head);
	if (strcmp(req->method, "HEAD") == 0)
		body.len = 0;
	if (req->via != NULL) {
		if (!req->is_discarded)
			discard(req, DISCARD_MAX_BYTES);
		end_fcgi(req->via, &head, body);
	} else {
		write_all(head.data, head.len);
		write_all(body.p, body.len);
		/* A server that cannot deliver the body may drop the reply. */
		if (!req->is_discarded)
			discard_rest(req);
	}
	buf_free(&head);
}

void
http_hang_up(struct http *h)
{
	FCGX_Free(&h->fcgi, 1);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	http_hang_up(h);
	free(h);
}
