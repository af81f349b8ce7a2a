/* SPDX-License-Identifier: ISC */
#include "door/relay.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "door/place.h"
#include "door/wire.h"
#include "tap.h"

#define BODY_MAX_BYTES 100000
#define MOST_BYTES (4 * BODY_MAX_BYTES)
#define REQUEST 7
#define KEPT 2 /* requests that the responder serves on a connection */

static char spool[] = "/tmp/tocsin-relay-XXXXXX";
static char body[2 * BODY_MAX_BYTES];
static struct conf conf = {.spool = spool,
    .body_max = BODY_MAX_BYTES,
    .request_timeout = 1000,
    .database_timeout = 2000};
static struct sockaddr_un web; /* where the relay listens */
static int *connections; /* that the responder accepted; shared */

static int
listen_at(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)a, sizeof(*a)) == -1 ||
	    listen(fd, 5) == -1)
		exit(1);
	return fd;
}

/* Append what arrives until there is no more, or the request is whole. */
static void
read_request(int fd, struct buf *b)
{
	size_t at = 0, n, content;
	ssize_t got;
	char *p;

	while ((p = buf_reserve(b, 4096)) != NULL &&
	    (got = read(fd, p, 4096)) > 0) {
		b->len += (size_t)got;
		for (;;) {
			p = b->data + at;
			n = wire_record_bytes((unsigned char *)p, b->len - at);
			if (n == 0)
				break;
			content = n - WIRE_HEAD_BYTES - (unsigned char)p[6];
			if (p[1] == WIRE_STDIN && content == 0)
				return;
			at += n;
		}
	}
}

/* Answer with the records that follow the identity. */
static void
answer(int conn)
{
	struct buf in = {.max = MOST_BYTES}, out = {.max = MOST_BYTES};
	size_t skip = WIRE_HEAD_BYTES + WIRE_BEGIN_BYTES;

	read_request(conn, &in);
	if (in.len > skip) {
		skip += wire_record_bytes((unsigned char *)in.data + skip,
		    in.len - skip);
		wire_stream(&out, WIRE_STDOUT, REQUEST,
		    (struct slice){in.data + skip, in.len - skip});
		wire_end_request(&out, REQUEST);
		if (write(conn, out.data, out.len) == -1)
			_exit(1);
	}
	buf_free(&in);
	buf_free(&out);
}

/* Be a responder that keeps each connection for some requests. */
static pid_t
echo(void)
{
	struct sockaddr_un a;
	pid_t pid;
	int fd, conn;

	door_address(&a, spool, DOOR_SOCKET);
	fd = listen_at(&a);
	pid = fork();
	while (pid == 0 && (conn = accept(fd, NULL, NULL)) != -1) {
		++*connections;
		for (int i = 0; i < KEPT; i++)
			answer(conn);
		close(conn);
	}
	close(fd);
	return pid;
}

static pid_t
start_relay(void)
{
	static struct program own;
	int fd;
	pid_t pid;

	door_address(&web, spool, "web");
	fd = listen_at(&web);
	pid = fork();
	if (pid == 0) {
		dup2(fd, STDIN_FILENO);
		_exit(program_find(&own) == -1 ||
		    relay(&conf, &own, "/bin/false") != 0);
	}
	close(fd);
	return pid;
}

/* Parameters, and len bytes of a body. */
static void
make(struct buf *b, size_t len)
{
	struct buf pairs = {.max = 100};

	b->max = MOST_BYTES;
	buf_reset(b);
	wire_begin(b, REQUEST, true);
	wire_pair(&pairs, "REQUEST_METHOD=POST");
	wire_stream(b, WIRE_PARAMS, REQUEST,
	    (struct slice){pairs.data, pairs.len});
	wire_end_stream(b, WIRE_PARAMS, REQUEST);
	wire_stream(b, WIRE_STDIN, REQUEST, (struct slice){body, len});
	wire_end_stream(b, WIRE_STDIN, REQUEST);
	buf_free(&pairs);
}

/*
 * Send a request as the web server does, in pieces of so many bytes, and read
 * the standard output of its answer.
 */
static void
ask(const struct buf *request, size_t piece, struct buf *out)
{
	static const struct timespec moment = {.tv_nsec = 100000};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct wire_answer a = {.bytes = {.max = MOST_BYTES}};
	struct slice got;
	size_t n;
	ssize_t r = 1;
	char *p;

	out->max = MOST_BYTES;
	buf_reset(out);
	if (connect(fd, (struct sockaddr *)&web, sizeof(web)) == -1)
		exit(1);
	for (size_t at = 0; at < request->len; at += n) {
		n = request->len - at < piece ? request->len - at : piece;
		if (write(fd, request->data + at, n) == -1)
			break;
		if (piece < 100)
			nanosleep(&moment, NULL);
	}
	while (r > 0 && (p = buf_reserve(&a.bytes, 4096)) != NULL &&
	    (r = read(fd, p, 4096)) > 0) {
		a.bytes.len += (size_t)r;
		wire_look(&a);
	}
	for (n = 0; a.is_whole && wire_output(&a, &n, &got);)
		buf_append(out, got.p, got.len);
	close(fd);
	buf_free(&a.bytes);
}

static bool
arrives(const struct buf *request, size_t piece)
{
	size_t begin = WIRE_HEAD_BYTES + WIRE_BEGIN_BYTES;
	struct buf out = {0};
	bool same;

	ask(request, piece, &out);
	same = out.len == request->len - begin &&
	    memcmp(out.data, request->data + begin, out.len) == 0;
	buf_free(&out);
	return same;
}

static void
test_pieces(void)
{
	struct buf request = {0};

	make(&request, 300);
	ok(arrives(&request, request.len), "a request in one piece arrives");
	ok(arrives(&request, 1), "in single bytes");
	ok(arrives(&request, WIRE_HEAD_BYTES + 1), "with headers cut in two");
	make(&request, 0);
	ok(arrives(&request, request.len), "one without a body arrives");
	make(&request, BODY_MAX_BYTES);
	ok(arrives(&request, request.len), "one as long as is allowed arrives");
	ok(arrives(&request, 1000), "in pieces");
	buf_free(&request);
}

static void
test_wrong(void)
{
	struct buf request = {0}, out = {0};
	int64_t start;

	make(&request, sizeof(body));
	ask(&request, request.len, &out);
	ok(out.len > BODY_MAX_BYTES && out.len < sizeof(body),
	    "of a body that is too long, enough arrives to refuse it");
	make(&request, 300);
	request.data[1] = WIRE_STDIN;
	ask(&request, request.len, &out);
	is_int((long long)out.len, 0, "what begins no request has no answer");
	make(&request, 300);
	request.len--;
	start = clock_ms();
	ask(&request, request.len, &out);
	is_int((long long)out.len, 0, "nor has half a request");
	ok(clock_ms() - start >= 900, "after the time that it has to arrive");
	make(&request, 10);
	ok(arrives(&request, request.len), "the next one arrives");
	buf_free(&request);
	buf_free(&out);
}

static void
test_kept(void)
{
	struct buf request = {0};
	int before = *connections, good = 0;

	make(&request, 10);
	for (int i = 0; i < 10 * KEPT; i++)
		good += arrives(&request, request.len);
	is_int(good, 10 * KEPT,
	    "what meets the end of a kept connection is asked again");
	ok(*connections - before <= 11, "a connection serves several requests");
	buf_free(&request);
}

static void
test_end(pid_t pid)
{
	int status = -1;

	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	is_int(status, 0, "SIGTERM ends it");
}

int
main(void)
{
	pid_t door, relay;

	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	if (mkdtemp(spool) == NULL)
		return 1;
	memset(body, 'x', sizeof(body));
	connections = mmap(NULL, sizeof(*connections), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (connections == MAP_FAILED)
		return 1;
	door = echo();
	relay = start_relay();
	test_pieces();
	test_wrong();
	test_kept();
	test_end(relay);
	kill(door, SIGKILL);
	waitpid(door, NULL, 0);
	unlink(web.sun_path);
	door_address(&web, spool, DOOR_SOCKET);
	unlink(web.sun_path);
	ok(rmdir(spool) == 0, "nothing else is left in the spool");
	return done_testing();
}
