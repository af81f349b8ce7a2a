/* SPDX-License-Identifier: ISC */
/* Requests over a socket, and a database that answers when it is told to. */
#include "server/serve.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "tap.h"

#define WORKERS 4
#define BEGIN "\1\1\0\1\0\10\0\0\0\1"
#define EVENT "{\"event_type\":\"create\",\"Title\":\"t\"}"

/* In the place of db.c. */
struct db {
	struct waiter *waiter;
};

static struct db the_db;
static int gate; /* eventfd, readable while the database answers */
static atomic_int calls, judged, last; /* events of the last call */

struct db *
db_open(const struct conf *conf, enum db_mode mode)
{
	(void)conf;
	(void)mode;
	return &the_db;
}

void
db_set_waiter(struct db *db, struct waiter *w)
{
	db->waiter = w;
}

enum outcome
db_ingest(struct db *db, struct batch *b, struct receipt *receipts,
    int64_t deadline)
{
	struct pollfd p = {.fd = gate, .events = POLLIN};
	bool answers;

	last = (int)b->n;
	calls++;
	if (db->waiter != NULL)
		answers = db->waiter->wait(db->waiter, gate, POLLIN, deadline);
	else
		answers = poll(&p, 1, clock_left_ms(deadline)) == 1;
	memset(receipts, 0, b->n * sizeof(*receipts));
	for (size_t i = 0; i < b->n; i++)
		receipts[i].outcome = OUTCOME_CREATED;
	return answers ? OUTCOME_OK : OUTCOME_UNAVAILABLE;
}

enum outcome
db_judge(struct db *db, struct origin *const *senders, size_t n,
    enum outcome *outcomes, int64_t deadline)
{
	(void)db;
	(void)senders;
	(void)deadline;
	judged += (int)n;
	for (size_t i = 0; i < n; i++)
		outcomes[i] = OUTCOME_OK;
	return OUTCOME_OK;
}

enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct rows *rows, int64_t deadline)
{
	(void)db;
	(void)call;
	(void)params;
	(void)deadline;
	memset(rows, 0, sizeof(*rows));
	return OUTCOME_UNAVAILABLE;
}

bool
db_tick(struct db *db)
{
	(void)db;
	return true;
}

void
db_error(struct db *db, char *error, size_t size)
{
	(void)db;
	snprintf(error, size, "not this one");
}

void
db_close(struct db *db)
{
	(void)db;
}

static char none[] = "";
static const struct conf conf = {.workers = WORKERS,
    .connections = 1,
    .body_max = 100000,
    .database_timeout = 600,
    .request_timeout = 10000,
    .base_path = none,
    .dialects = none};
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct listener listener;
static pthread_t thread;
static int result;

static void *
run(void *arg)
{
	(void)arg;
	result = serve(&conf, NULL, NULL, &listener);
	return NULL;
}

static void
start(void)
{
	static const int stops[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP};
	sigset_t signals;

	sigemptyset(&signals);
	for (int i = 0; i < 4; i++)
		sigaddset(&signals, stops[i]);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	/* An address without a file: it begins with a NUL. */
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1,
	    "tocsin-test-%d", (int)getpid());
	gate = eventfd(1, EFD_NONBLOCK);
	listener.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (gate == -1 || listener.fd == -1 ||
	    bind(listener.fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener.fd, 100) == -1 ||
	    pthread_create(&thread, NULL, run, NULL) != 0)
		exit(1);
}

static void
open_gate(void)
{
	eventfd_write(gate, 1);
}

static void
close_gate(void)
{
	eventfd_t ignored;

	eventfd_read(gate, &ignored);
}

static void
await_calls(int n)
{
	while (calls < n)
		poll(NULL, 0, 1);
}

static int
open_connection(void)
{
	const struct timeval long_time = {20, 0};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd == -1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		exit(1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof(long_time));
	return fd;
}

static size_t
put(char *to, const void *from, size_t len)
{
	memcpy(to, from, len);
	return len;
}

static size_t
put_pair(char *to, const char *name, const char *value)
{
	size_t n = 2;

	to[0] = (char)strlen(name);
	to[1] = (char)strlen(value);
	n += put(to + n, name, strlen(name));
	return n + put(to + n, value, strlen(value));
}

/* Write a request into to; return its length. */
static size_t
write_request(char *to, const char *method, const char *path, const char *body,
    bool keep)
{
	char params[500];
	size_t len = strlen(body), n, at;

	n = put_pair(params, "REQUEST_METHOD", method);
	n += put_pair(params + n, "PATH_INFO", path);
	n += put_pair(params + n, "CONTENT_TYPE", "application/json");
	at = put(to, BEGIN "\0\0\0\0\0", 16);
	to[10] = keep;
	at += put(to + at, "\1\4\0\1\0\0\0\0", 8);
	to[at - 4] = (char)(n >> 8);
	to[at - 3] = (char)n;
	at += put(to + at, params, n);
	at += put(to + at, "\1\4\0\1\0\0\0\0", 8);
	if (len > 0)
		at += put(to + at, "\1\5\0\1\0\0\0\0", 8);
	to[at - 3] = (char)len;
	at += put(to + at, body, len);
	return at + put(to + at, "\1\5\0\1\0\0\0\0", 8);
}

/* Send bytes from the first on, up to the end; 0: all. */
static void
send_part(int fd, const char *path, bool keep, size_t first, size_t end)
{
	bool is_event = strcmp(path, "/live") != 0;
	char request[2000];
	size_t n = write_request(request, is_event ? "POST" : "GET", path,
	    is_event ? EVENT : "", keep);

	if (end == 0)
		end = n;
	if (send(fd, request + first, end - first, MSG_NOSIGNAL) == -1)
		exit(1);
}

static int
send_event(void)
{
	int fd = open_connection();

	send_part(fd, "/integration/int_a", false, 0, 0);
	return fd;
}

/* Read a reply to its last record; return its status, or 0. */
static int
read_status(int fd)
{
	unsigned char head[8];
	char content[4096], *status;
	int found = 0;
	size_t len;

	while (recv(fd, head, 8, MSG_WAITALL) == 8) {
		len = (size_t)(head[4] << 8 | head[5]) + head[6];
		if (len >= sizeof(content) ||
		    recv(fd, content, len, MSG_WAITALL) != (ssize_t)len)
			return 0;
		content[len] = '\0';
		status = head[1] == 6 ? strstr(content, "Status: ") : NULL;
		if (status != NULL)
			found = (int)strtol(status + 8, NULL, 10);
		if (head[1] == 3)
			return found;
	}
	return 0;
}

static int
answer(int fd)
{
	int status = read_status(fd);

	close(fd);
	return status;
}

static int
ask_live(void)
{
	int fd = open_connection();

	send_part(fd, "/live", false, 0, 0);
	return answer(fd);
}

static void
test_lone(void)
{
	is_int(answer(send_event()), 200, "an event is stored");
	is_int(judged, 1, "once its sender was judged");
	is_int(answer(send_event()), 200, "and the next one");
	is_int(judged, 1, "whose sender is known");
	is_int(ask_live(), 200, "other paths have their answers");
}

/* Peers that do not send all of a request do not stop others. */
static void
test_slow(void)
{
	int silent = open_connection(), slow = open_connection();

	send_part(slow, "/integration/int_a", false, 0, 100);
	is_int(answer(send_event()), 200, "beside a slow and a silent peer");
	poll(NULL, 0, 100);
	is_int(answer(send_event()), 200, "and again when they are known");
	send_part(slow, "/integration/int_a", false, 100, 0);
	is_int(answer(slow), 200, "the slow one gets its reply");
	send_part(silent, "/integration/int_a", false, 0, 0);
	is_int(answer(silent), 200, "and the silent one");
	close(open_connection());
	is_int(answer(send_event()), 200, "one that only knocks is let go");
}

/* What comes during a call is in the next one. */
static void
test_batch(void)
{
	int before = calls, fds[3];

	close_gate();
	fds[0] = send_event();
	await_calls(before + 1);
	fds[1] = send_event();
	fds[2] = send_event();
	is_int(ask_live(), 200, "a call under way does not stop others");
	open_gate();
	for (int i = 0; i < 3; i++)
		is_int(answer(fds[i]), 200, "all are stored");
	is_int(calls - before, 2, "in two calls");
	is_int(last, 2, "of which the second has two");
}

/* A database that hangs; there is no spool. */
static void
test_hang(void)
{
	int64_t start = clock_ms();
	int fds[WORKERS - 1];

	close_gate();
	for (int i = 0; i < WORKERS - 1; i++)
		fds[i] = send_event();
	is_int(ask_live(), 200, "a database that hangs does not stop others");
	for (int i = 0; i < WORKERS - 1; i++)
		is_int(answer(fds[i]), 503, "each event has its answer");
	ok(clock_ms() - start >= conf.database_timeout, "at its deadline");
	open_gate();
	is_int(answer(send_event()), 200, "and later ones are stored");
}

static void
test_kept(void)
{
	int fds[WORKERS];
	char byte;

	for (int i = 0; i < WORKERS; i++) {
		fds[i] = open_connection();
		send_part(fds[i], "/integration/int_a", true, 0, 0);
		is_int(read_status(fds[i]), 200, "a connection is kept");
		send_part(fds[i], i == 0 ? "/live" : "/integration/int_a", true,
		    0, 0);
		is_int(read_status(fds[i]), 200, "and serves the next request");
		poll(NULL, 0, 2);
	}
	is_int(answer(send_event()), 200, "a new one goes before idle ones");
	is_int(recv(fds[0], &byte, 1, 0), 0, "of which the oldest is closed");
	for (int i = 0; i < WORKERS; i++)
		close(fds[i]);
	is_int(answer(send_event()), 200, "the others are let go");
}

static void
test_stop(void)
{
	int before = calls, fds[2], idle = open_connection();
	char byte;

	send_part(idle, "/live", true, 0, 0);
	read_status(idle);
	close_gate();
	fds[0] = send_event();
	await_calls(before + 1);
	fds[1] = send_event();
	kill(getpid(), SIGTERM);
	is_int(recv(idle, &byte, 1, 0), 0, "at the end idle ones are closed");
	open_gate();
	is_int(answer(fds[0]), 200, "what is under way is answered");
	is_int(answer(fds[1]), 200, "and what was in the queue");
	pthread_join(thread, NULL);
	is_int(result, 0, "then it ends");
	close(idle);
}

int
main(void)
{
	log_open("/dev/null", LOG_WARN_LEVEL);
	start();
	test_lone();
	test_slow();
	test_batch();
	test_hang();
	test_kept();
	test_stop();
	return done_testing();
}
