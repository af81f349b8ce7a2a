/* SPDX-License-Identifier: ISC */
/* Requests as FastCGI records, of which a peer writes each byte. */
#include "http/http.h"

#include <time.h>

#include "base/clock.h"
#include "http/http_fixture.h"

/* Types of records (FastCGI specification, 8). */
enum type {
	BEGIN = 1,
	ABORT = 2,
	END = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6,
	GET_VALUES = 9,
	GET_VALUES_RESULT = 10,
	UNKNOWN_TYPE = 11
};

static struct http *h;
static struct request req;
static int peer = -1;
static struct buf wire = {.max = 1 << 20}; /* what the peer will write */
static struct buf params = {.max = 1 << 16};

/* What the peer has read. */
static struct {
	char out[1 << 16]; /* the content of STDOUT */
	size_t len;
	int ends; /* requests that were ended */
	int status; /* the protocol's, of the last one */
	int values; /* answers to GET_VALUES */
	int unknown; /* the type that is not known */
	bool closed;
	char path[64]; /* of the request that it sent */
} got;

static void
put_record(enum type type, int id, const void *content, size_t len)
{
	/* A length that is no multiple of 8 is padded to one. */
	size_t padding = (8 - len % 8) % 8;
	const char header[] = {1, (char)type, (char)(id >> 8), (char)id,
	    (char)(len >> 8), (char)len, (char)padding, 0};

	buf_append(&wire, header, sizeof(header));
	buf_append(&wire, content, len);
	buf_append(&wire, "\xff\xff\xff\xff\xff\xff\xff", padding);
}

static void
put_begin(int id, bool keep)
{
	const char body[8] = {0, 1, keep};

	put_record(BEGIN, id, body, sizeof(body));
}

/* A length over 127 takes four bytes; is_long: so does this one. */
static void
put_length(size_t len, bool is_long)
{
	const char four[] = {(char)(0x80 | len >> 24), (char)(len >> 16),
	    (char)(len >> 8), (char)len};

	if (len > 127 || is_long)
		buf_append(&params, four, sizeof(four));
	else
		buf_append(&params, four + 3, 1);
}

static void
put_pair(const char *name, const char *value, bool is_long)
{
	put_length(strlen(name), is_long);
	put_length(strlen(value), is_long);
	buf_puts(&params, name);
	buf_puts(&params, value);
}

/* In records of size bytes, or in one. */
static void
put_stream(enum type type, int id, struct slice s, size_t size)
{
	if (size == 0)
		size = s.len;
	for (size_t at = 0; at < s.len; at += size)
		put_record(type, id, s.p + at,
		    s.len - at < size ? s.len - at : size);
}

/* Parameters of a POST; length NULL: none is told. */
static void
put_params(const char *length, size_t size)
{
	buf_reset(&params);
	put_pair("REQUEST_METHOD", "POST", false);
	put_pair("PATH_INFO", "/integration/int_a", true);
	if (length != NULL)
		put_pair("CONTENT_LENGTH", length, false);
	put_stream(PARAMS, 1, (struct slice){params.data, params.len}, size);
}

/* All of a request. */
static void
put_request(bool keep, const char *length, const char *body)
{
	put_begin(1, keep);
	put_params(length, 0);
	put_record(PARAMS, 1, "", 0);
	put_stream(STDIN, 1, slice_of(body), 0);
	put_record(STDIN, 1, "", 0);
}

/* Connect; returns our end.  A test that hangs fails. */
static int
connect_peer(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		exit(1);
	memset(&got, 0, sizeof(got));
	peer = fds[0];
	return fds[1];
}

/* Write what was put; ends: and nothing more will come. */
static void
write_wire(bool ends)
{
	if (wire.failed ||
	    send(peer, wire.data, wire.len, MSG_NOSIGNAL) != (ssize_t)wire.len)
		exit(1);
	buf_reset(&wire);
	if (ends)
		shutdown(peer, SHUT_WR);
}

static bool
read_bytes(void *p, size_t len)
{
	return len == 0 || recv(peer, p, len, MSG_WAITALL) == (ssize_t)len;
}

/* Read records until a request ends or the connection does. */
static void
read_reply(void)
{
	unsigned char header[8], content[65536 + 255];
	size_t len;

	for (;;) {
		got.closed = !read_bytes(header, sizeof(header));
		if (got.closed)
			return;
		len = (size_t)(header[4] << 8 | header[5]);
		if (!read_bytes(content, len + header[6]))
			return;
		if (header[1] == STDOUT) {
			memcpy(got.out + got.len, content, len);
			got.len += len;
		} else if (header[1] == GET_VALUES_RESULT) {
			got.values++;
		} else if (header[1] == UNKNOWN_TYPE) {
			got.unknown = content[0];
		} else if (header[1] == END) {
			got.ends++;
			got.status = content[4];
			if (header[3] == 1)
				return;
		}
	}
}

/* Accept, answer, read.  fd -1: on the connection that was kept. */
static bool
serve(int fd)
{
	if (http_accept(h, fd) == -1)
		return false;
	http_read(h, &req);
	snprintf(got.path, sizeof(got.path), "%s", req.path_info);
	answer(h, &req, 0);
	read_reply();
	got.out[got.len] = '\0';
	return true;
}

static void
end(void)
{
	close(peer);
	http_hang_up(h);
}

static void
is_reply(const char *want, const char *name)
{
	is_str(body_of(got.out), want, name);
}

static void
test_request(void)
{
	static const size_t sizes[] = {0, 1, 3, 17};
	int fd;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fd = connect_peer();
		put_begin(1, false);
		put_params("11", sizes[i]);
		put_record(PARAMS, 1, "", 0);
		put_stream(STDIN, 1, SLICE("hello world"), sizes[i]);
		put_record(STDIN, 1, "", 0);
		write_wire(false);
		ok(serve(fd), "a request arrives, however it is cut");
		is_str(got.path, "/integration/int_a", "with its path");
		is_reply("ok 11 hello world", "and its body");
		ok(got.ends == 1 && got.status == 0, "it is ended");
		is_int(http_kept(h), -1, "the connection is not kept");
		read_reply();
		ok(got.closed, "but closed");
		end();
	}
}

/* A peer that is not trusted cannot choose the ids of its events. */
static void
test_identity(void)
{
	struct identity id = {.received_at = 5};
	char text[IDENTITY_TEXT_BYTES];
	struct http *web = h;

	identity_format(&id, text);
	for (int trusted = 0; trusted < 2; trusted++) {
		int fd = connect_peer();

		h = trusted ? http_open(true) : web;
		put_begin(1, false);
		put_params("0", 0);
		buf_reset(&params);
		put_pair(IDENTITY_NAME, text, false);
		put_stream(PARAMS, 1, (struct slice){params.data, params.len},
		    0);
		put_record(PARAMS, 1, "", 0);
		put_record(STDIN, 1, "", 0);
		write_wire(false);
		serve(fd);
		is_int(req.has_identity, trusted,
		    "an identity counts from a trusted peer only");
		is_int(req.received_at == 5, trusted, "and so does its time");
		end();
	}
	http_close(h);
	h = web;
}

static const struct {
	const char *length, *body, *want, *name;
} bodies[] = {
    {"5", "hello", "ok 5 hello", "a body of its length"},
    {"6", "hello", "incomplete 5 hello", "a shorter one"},
    {"4", "hello", "incomplete 5 hello", "a longer one"},
    {"5", "", "incomplete 0 ", "none where there should be one"},
    {"0", "", "ok 0 ", "a length of 0"},
    {NULL, "hello", "ok 5 hello", "without a length: to the end"},
    {"", "hello", "ok 5 hello", "an empty length is none"},
    {NULL, "", "ok 0 ", "neither length nor body"},
    {"5x", "hello", "incomplete 5 hello", "a length that is none"},
};

static void
test_bodies(void)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		int fd = connect_peer();

		put_request(false, bodies[i].length, bodies[i].body);
		write_wire(false);
		serve(fd);
		is_reply(bodies[i].want, bodies[i].name);
		end();
	}
}

/* At the limit and over it, with and without a length. */
static void
test_cap(void)
{
	char body[BODY_MAX + 2], length[16];

	for (int over = 0; over < 2; over++)
		for (int told = 0; told < 2; told++) {
			int fd = connect_peer();

			memset(body, 'x', sizeof(body));
			body[BODY_MAX + over] = '\0';
			snprintf(length, sizeof(length), "%d", BODY_MAX + over);
			put_request(true, told ? length : NULL, body);
			write_wire(false);
			serve(fd);
			ok(strncmp(body_of(got.out),
			       over ? "too large" : "ok 1000", 7) == 0,
			    over ? "a byte more than may be"
				 : "a body as long as may be");
			ok(http_kept(h) == fd,
			    "is read to its end: the connection is kept");
			end();
		}
}

/* A request that is refused before its body is read. */
static void
test_unread(void)
{
	char body[BODY_MAX + 1];
	struct reply rep = {0};
	int64_t start = clock_ms();
	int fd = connect_peer();

	memset(body, 'x', sizeof(body));
	body[BODY_MAX] = '\0';
	put_request(false, "1000", body);
	write_wire(false);
	http_accept(h, fd);
	http_read(h, &req);
	reply_begin(&rep);
	rep.status = 404;
	rep.type = "text/plain";
	buf_puts(&rep.body, "no");
	http_send(&req, &rep);
	reply_free(&rep);
	ok(clock_ms() - start < 1000,
	    "who refuses a body does not wait for the server to close");
	read_reply();
	got.out[got.len] = '\0';
	is_reply("no", "which gets the reply");
	read_reply();
	ok(got.closed, "and finds the connection closed");
	end();
}

/* A connection that ends before its parameters do: the bytes that came. */
static void
test_cut_params(void)
{
	int missed = 0, taken = 0;
	size_t whole;

	put_begin(1, false);
	put_params("5", 20);
	put_record(PARAMS, 1, "", 0);
	whole = wire.len;
	for (size_t len = 0; len < whole; len++) {
		int fd = connect_peer();

		buf_reset(&wire);
		put_begin(1, false);
		put_params("5", 20);
		put_record(PARAMS, 1, "", 0);
		wire.len = len;
		write_wire(true);
		if (http_accept(h, fd) == 0)
			taken++;
		else
			missed += http_kept(h) != -1;
		end();
	}
	is_int(taken, 0, "parameters that are cut anywhere are no request");
	is_int(missed, 0, "and their connection is closed");
}

/* The same for the body: no byte of it may be missed. */
static void
test_cut_body(void)
{
	size_t head, whole;
	int complete = 0;

	put_request(true, "5", "hello");
	whole = wire.len;
	buf_reset(&wire);
	put_begin(1, true);
	put_params("5", 0);
	put_record(PARAMS, 1, "", 0);
	head = wire.len;
	buf_reset(&wire);
	for (size_t len = head; len < whole; len++) {
		int fd = connect_peer();

		put_request(true, "5", "hello");
		wire.len = len;
		write_wire(true);
		serve(fd);
		complete += strncmp(body_of(got.out), "incomplete", 10) != 0;
		complete += http_kept(h) != -1;
		end();
	}
	is_int(complete, 0, "a body that is cut anywhere is incomplete");
}

static void
test_keep(void)
{
	int fd = connect_peer();

	for (int i = 0; i < 3; i++) {
		char body[24];

		snprintf(body, sizeof(body), "body %d", i);
		put_request(true, NULL, body);
		write_wire(false);
		got.len = 0;
		ok(serve(i == 0 ? fd : -1), "a request on one connection");
		ok(strstr(got.out, body) != NULL, "has its own body");
		is_int(http_kept(h), fd, "the connection is kept");
	}
	put_request(false, NULL, "last");
	write_wire(false);
	ok(serve(-1), "one that does not ask for it");
	is_int(http_kept(h), -1, "ends that");
	end();

	fd = connect_peer();
	put_request(true, NULL, "one");
	write_wire(true);
	ok(serve(fd), "a server that goes away after a request");
	is_int(http_accept(h, -1), -1, "sends no other");
	is_int(http_kept(h), -1, "and its connection is closed");
	end();
}

static void
test_abort(void)
{
	int fd = connect_peer();

	put_begin(1, true);
	put_params("5", 0);
	put_record(ABORT, 1, "", 0);
	write_wire(true);
	ok(!serve(fd), "an abort among the parameters ends the request");
	end();

	fd = connect_peer();
	put_begin(1, true);
	put_params("5", 0);
	put_record(PARAMS, 1, "", 0);
	put_record(STDIN, 1, "hello", 5);
	put_record(ABORT, 1, "", 0);
	write_wire(true);
	ok(serve(fd), "an abort after the body's last byte");
	is_reply("incomplete 5 hello", "makes it incomplete");
	is_int(http_kept(h), -1, "and the connection is not kept");
	end();
}

static void
test_other_records(void)
{
	int fd = connect_peer();

	put_record(GET_VALUES, 0, "\017\0FCGI_MPXS_CONNS", 17);
	put_begin(1, false);
	put_record(STDIN, 2, "another's", 9);
	put_begin(2, false);
	put_params("5", 0);
	put_record(PARAMS, 2, "\1\1xy", 4);
	put_record(PARAMS, 1, "", 0);
	put_record(STDIN, 1, "hel", 3);
	put_record(STDIN, 2, "another's", 9);
	put_record(STDIN, 1, "lo", 2);
	put_record(STDIN, 1, "", 0);
	write_wire(false);
	ok(serve(fd), "records of other kinds are no harm");
	is_reply("ok 5 hello", "nor are those of another request");
	is_int(got.values, 1, "a question is answered");
	is_int(got.ends, 2, "a second request at a time is refused");
	end();
}

/* In a process of its own: libfcgi leaks a little at each of these. */
static void
test_unknown_type(void)
{
	pid_t pid = fork();
	int status, fd;

	if (pid == 0) {
		fd = connect_peer();
		put_record(77, 0, "", 0);
		put_request(false, "5", "hello");
		write_wire(false);
		if (!serve(fd) || got.ends != 1 ||
		    strcmp(body_of(got.out), "ok 5 hello") != 0)
			_exit(1);
		_exit(got.unknown);
	}
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status), "a type that is not known is no harm");
	is_int(WEXITSTATUS(status), 77, "and is told to be so");
}

/* What no server sends. */
static void
test_nonsense(void)
{
	int fd = connect_peer();

	put_begin(1, false);
	wire.data[0] = 2;
	write_wire(true);
	ok(!serve(fd), "another version of the protocol is no request");
	end();

	fd = connect_peer();
	put_begin(1, false);
	put_record(77, 1, "x", 1);
	write_wire(true);
	ok(!serve(fd), "nor is a type that is not known within one");
	end();

	fd = connect_peer();
	buf_puts(&wire, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	write_wire(true);
	ok(!serve(fd), "nor is HTTP");
	end();

	fd = connect_peer();
	put_request(false, "5", "hello");
	write_wire(false);
	ok(http_accept(h, fd) == 0, "a server that is gone");
	close(peer);
	is_int(answer(h, &req, 100000), OUTCOME_OK,
	    "before its answer ends no process");
	http_hang_up(h);
}

/* Lengths for which there is no memory; a sanitizer would end the process. */
static void
test_huge_params(void)
{
#ifndef __SANITIZE_ADDRESS__
	static const char huge[] = "\xc0\0\0\0\xc0\0\0\0x";
	int fd = connect_peer();

	put_begin(1, true);
	put_record(PARAMS, 1, huge, sizeof(huge) - 1);
	write_wire(true);
	ok(!serve(fd), "a parameter of 2 GiB ends its request");
	is_int(http_kept(h), -1, "and the connection");
	end();

	fd = connect_peer();
	put_begin(1, true);
	put_params("5", 0);
	put_record(PARAMS, 1, "", 0);
	put_record(STDIN, 1, "hel", 3);
	put_record(GET_VALUES, 0, huge, sizeof(huge) - 1);
	put_record(STDIN, 1, "lo", 2);
	put_record(STDIN, 1, "", 0);
	write_wire(true);
	ok(serve(fd), "one within the body");
	ok(strncmp(body_of(got.out), "incomplete", 10) == 0,
	    "makes that incomplete");
	end();

	fd = connect_peer();
	put_request(false, "5", "hello");
	write_wire(false);
	ok(serve(fd), "the next request is served");
	is_reply("ok 5 hello", "as if nothing had been");
	end();
#endif
}

int
main(void)
{
	int64_t start = clock_ms();

	alarm(60); /* for a test that waits for what does not come */
	h = http_open(false);
	if (h == NULL)
		return 1;
	test_request();
	test_identity();
	test_bodies();
	test_cap();
	test_unread();
	test_cut_params();
	test_cut_body();
	test_keep();
	test_abort();
	test_other_records();
	test_unknown_type();
	test_nonsense();
	test_huge_params();
	ok(clock_ms() - start < 10000, "nothing of that waits for a peer");
	http_close(h);
	buf_free(&req.body);
	buf_free(&wire);
	buf_free(&params);
	return done_testing();
}
