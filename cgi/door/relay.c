/* SPDX-License-Identifier: ISC */
#include "door/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/identity.h"
#include "base/process.h"
#include "base/timing.h"
#include "door/client.h"
#include "door/place.h"
#include "door/wire.h"

#define AGAIN_MS 100 /* when descriptors or memory run out */
#define RENEW_MS 200
#define RECORD_MAX_BYTES (WIRE_HEAD_BYTES + 65535 + 255)
#define PARAMS_MAX_BYTES (4 * 1024 * 1024)

/* One request, as records of FastCGI. */
struct exchange {
	const struct conf *conf;
	const char *program;
	int web; /* the web server's connection */
	int door; /* the connection kept for the next request, or -1 */
	struct identity id;
	uint16_t number; /* of the request, as the web server says */
	struct buf request;
	struct wire_answer answer;
	size_t body; /* bytes so far */
	size_t params;
};

static volatile sig_atomic_t stopping;

static void
stop(int sig)
{
	(void)sig;
	stopping = 1;
}

/* Put this process's identity first, so that none from a sender counts. */
static void
begin(struct exchange *x, const unsigned char *record)
{
	x->number = (uint16_t)(record[2] << 8 | record[3]);
	wire_begin(&x->request, x->number, true);
	wire_identity(&x->request, x->number, &x->id);
}

/*
 * Take one record from the web server.  Returns false if it is unexpected here;
 * *end is set by the last one.  Of a body that is too long, keep one byte more
 * than is allowed, so that it is refused.
 */
static bool
take(struct exchange *x, const unsigned char *record, size_t len, bool *end)
{
	size_t content = (size_t)record[4] << 8 | record[5];

	if (x->request.len == 0) {
		if (record[1] != WIRE_BEGIN || content != WIRE_BEGIN_BYTES)
			return false;
		begin(x, record);
		return true;
	}
	if (record[1] == WIRE_PARAMS) {
		x->params += content;
		buf_append(&x->request, record, len);
		return x->params <= PARAMS_MAX_BYTES;
	}
	if (record[1] != WIRE_STDIN)
		return false;
	*end = content == 0;
	if (*end || x->body <= (size_t)x->conf->body_max)
		buf_append(&x->request, record, len);
	x->body += content;
	return true;
}

/*
 * Take the records that are whole; *len is how many bytes there are, and how
 * many are left.  Returns false if one is unexpected.
 */
static bool
take_whole(struct exchange *x, unsigned char *p, size_t *len, bool *end)
{
	size_t at = 0, n;

	while (!*end) {
		n = wire_record_bytes(p + at, *len - at);
		if (n == 0)
			break;
		if (!take(x, p + at, n, end))
			return false;
		at += n;
	}
	*len -= at;
	memmove(p, p + at, *len);
	return true;
}

/*
 * Read the whole request; SO_RCVTIMEO limits each wait.  Returns false if it
 * did not arrive.
 */
static bool
read_request(struct exchange *x)
{
	static unsigned char chunk[RECORD_MAX_BYTES];
	const struct timeval patience = {x->conf->request_timeout / 1000,
	    x->conf->request_timeout % 1000 * 1000};
	bool end = false;
	size_t len = 0;
	ssize_t n;

	setsockopt(x->web, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	setsockopt(x->web, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	while (!end) {
		n = recv(x->web, chunk + len, sizeof(chunk) - len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		len += (size_t)n;
		if (!take_whole(x, chunk, &len, &end))
			return false;
	}
	return !x->request.failed;
}

/*
 * Start a responder for one connection.  Returns this end of it, or -1.  The
 * responder keeps signals blocked, since a request that was read must be
 * stored.
 */
static int
start_one(const char *program)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		dup2(fds[1], STDIN_FILENO);
		execl(program, program, "--once", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	if (pid == -1 || fcntl(fds[0], F_SETFL, O_NONBLOCK) == -1) {
		close(fds[0]);
		return -1;
	}
	return fds[0];
}

/* Make the answer a refusal. */
static void
refuse(struct exchange *x)
{
	static const struct slice text = {RELAY_REFUSAL,
	    sizeof(RELAY_REFUSAL) - 1};

	buf_reset(&x->answer.bytes);
	wire_stream(&x->answer.bytes, WIRE_STDOUT, x->number, text);
	wire_end_request(&x->answer.bytes, x->number);
}

/*
 * Ask the responder behind the door.  One that has closed a kept connection,
 * for want of requests or slots, is asked again: if it has served this one, the
 * identity makes that harmless.
 */
static bool
ask_door(struct exchange *x, struct slice request)
{
	bool is_kept;
	enum door_end end;

	do {
		is_kept = x->door != -1;
		if (!is_kept)
			x->door = door_connect(x->conf, x->program);
		if (x->door == -1)
			return false;
		end = door_exchange(x->door, request, &x->answer,
		    x->id.deadline + DOOR_LATE_MS);
		if (end == DOOR_ANSWERED)
			return true;
		close(x->door);
		x->door = -1;
	} while (is_kept && end == DOOR_CLOSED);
	return false;
}

/* Have a process of its own serve the request. */
static bool
ask_one(struct exchange *x, struct slice request)
{
	enum door_end end;
	int fd = start_one(x->program);

	if (fd == -1)
		return false;
	end = door_exchange(fd, request, &x->answer,
	    clock_ms() + x->conf->database_timeout + DOOR_LATE_MS);
	close(fd);
	return end == DOOR_ANSWERED;
}

static void
ask(struct exchange *x)
{
	struct slice request = {x->request.data, x->request.len};

	if (!ask_door(x, request) && !ask_one(x, request))
		refuse(x);
}

static void
serve_connection(struct exchange *x)
{
	buf_reset(&x->request);
	x->request.max = (size_t)x->conf->body_max + 3 * PARAMS_MAX_BYTES;
	x->answer.bytes.max = DOOR_ANSWER_MAX_BYTES;
	x->body = x->params = 0;
	x->id.received_at = clock_wall_us();
	x->id.deadline = clock_ms() + x->conf->database_timeout;
	if (identity_draw(&x->id) == 0 && read_request(x)) {
		ask(x);
		descriptor_write_all(x->web, x->answer.bytes.data,
		    x->answer.bytes.len);
	}
	close(x->web);
}

/*
 * Wait for a connection, without accepting it, or for a signal; signals are
 * unblocked only here.  Returns false when there will be no more connections.
 */
static bool
wait_for_connection(const sigset_t *open)
{
	static const struct timespec at_once;
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	while (ppoll(&p, 1, stopping ? &at_once : NULL, open) != 1)
		if (stopping || errno != EINTR)
			return false;
	return (p.revents & POLLIN) != 0;
}

/* Accept a connection; -1 if another process did, or for lack of resources. */
static int
next_connection(void)
{
	int fd = accept4(STDIN_FILENO, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		errno == ENOMEM))
		poll(NULL, 0, AGAIN_MS);
	return fd;
}

static void
take_signals(sigset_t *open)
{
	static const int ends[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP};
	struct sigaction action = {.sa_handler = stop};
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		sigaddset(&blocked, ends[i]);
		sigaction(ends[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, open);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigdelset(open, ends[i]);
	signal(SIGCHLD, SIG_IGN); /* reap ended responders automatically */
}

/* Execute the program again, with the same socket, if it has changed. */
static void
renew(const struct conf *conf, const struct program *own, int64_t *looked_at)
{
	int64_t now = clock_ms();

	if (now - *looked_at < RENEW_MS)
		return;
	*looked_at = now;
	if (program_is_stale(own) || conf_is_stale(conf, NULL))
		execl(own->path, own->path, (char *)NULL);
}

int
relay(const struct conf *conf, const struct program *own, const char *responder)
{
	struct exchange x = {.conf = conf,
	    .program = responder,
	    .door = -1,
	    .id = {.settings = door_settings(conf->path)}};
	int64_t looked_at = clock_ms();
	sigset_t open;

	take_signals(&open);
	if (conf->end_with_parent)
		process_end_with_parent();
	if (fcntl(STDIN_FILENO, F_SETFL,
		fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK) == -1)
		return 1;
	while (wait_for_connection(&open)) {
		if (!stopping)
			renew(conf, own, &looked_at);
		x.web = next_connection();
		if (x.web != -1)
			serve_connection(&x);
	}
	return 0;
}
