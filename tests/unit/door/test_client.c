/* SPDX-License-Identifier: ISC */
#include "door/client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "door/place.h"
#include "door/start.h"
#include "tap.h"

#define BIG_BYTES (4 * 1024 * 1024)

static char spool[] = "/tmp/tocsin-door-XXXXXX";
static char log_path[64];
static struct conf conf;
static struct wire_answer answer = {.bytes = {.max = DOOR_ANSWER_MAX_BYTES}};

static char *
in_spool(const char *name)
{
	static char path[PATH_MAX];

	door_path(path, spool, name);
	return path;
}

/* Listen at the door. */
static int
listen_here(int backlog)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(in_spool(DOOR_SOCKET));
	if (door_address(&a, spool, DOOR_SOCKET) == -1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(fd, backlog) == -1)
		exit(1);
	return fd;
}

/* A process that accepts one connection and behaves so. */
enum behaviour { ANSWERS, ANSWERS_EARLY, CLOSES, CUTS, SILENT, TALKS };

static pid_t
serve(int fd, enum behaviour how)
{
	struct buf out = {.max = BIG_BYTES};
	char in[4096];
	size_t len;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	fd = accept(fd, NULL, NULL);
	if (how != ANSWERS_EARLY && read(fd, in, sizeof(in)) <= 0)
		_exit(1);
	if (how == CLOSES)
		_exit(0);
	wire_stream(&out, WIRE_STDOUT, 1, SLICE("Status: 200 OK\r\n\r\n"));
	wire_end_request(&out, 1);
	len = how == CUTS ? out.len - 1 : out.len;
	if (how == TALKS)
		memset(out.data, 'x', len);
	if (how != SILENT && write(fd, out.data, len) == -1)
		_exit(1);
	if (how == SILENT || how == ANSWERS_EARLY)
		sleep(5);
	_exit(0);
}

/* Exchange; returns how it ends, and how long that took in *ms. */
static enum door_end
exchange(enum behaviour how, struct slice request, int64_t *ms)
{
	int fd = listen_here(5), conn;
	enum door_end end;
	pid_t pid = serve(fd, how);
	int64_t start = clock_ms();

	conn = door_connect(&conf, "/bin/false");
	end = door_exchange(conn, request, &answer, clock_ms() + 1000);
	*ms = clock_ms() - start;
	close(conn);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return end;
}

static void
test_exchange(void)
{
	struct slice small = SLICE("request"), piece;
	size_t at = 0;
	char *big = calloc(1, BIG_BYTES);
	int64_t ms;

	if (big == NULL)
		exit(1);
	is_int(exchange(ANSWERS, small, &ms), DOOR_ANSWERED,
	    "an answer is whole");
	ok(wire_output(&answer, &at, &piece), "and has output");
	is_bytes(piece.p, piece.len, "Status: 200 OK\r\n\r\n", "what was said");
	is_int(exchange(ANSWERS_EARLY, (struct slice){big, BIG_BYTES}, &ms),
	    DOOR_ANSWERED, "an answer counts, though the request was not read");
	ok(ms < 900, "at once");
	is_int(exchange(CUTS, small, &ms), DOOR_FAILED,
	    "one that lacks a byte is none");
	is_int(exchange(CLOSES, small, &ms), DOOR_CLOSED,
	    "nor is the end of the connection");
	is_int(exchange(TALKS, small, &ms), DOOR_FAILED, "nor are other bytes");
	ok(ms < 900, "which is seen at once");
	is_int(exchange(SILENT, small, &ms), DOOR_FAILED, "nor is silence");
	ok(ms >= 900 && ms < 3000, "after the deadline");
	free(big);
}

static void
test_no_room(void)
{
	int fd = listen_here(0), conns[8], n = 0;
	int64_t start = clock_ms();

	while (n < 8 && (conns[n] = door_connect(&conf, "/bin/false")) != -1)
		n++;
	ok(n > 0 && n < 8, "who finds no room is told so");
	ok(clock_ms() - start < 1000, "and need not wait");
	while (n > 0)
		close(conns[--n]);
	close(fd);
}

/* How often the program was started: it writes a line. */
static int
starts(void)
{
	FILE *f = fopen(in_spool("started"), "r");
	int n = 0, c;

	while (f != NULL && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

static void
write_program(char path[PATH_MAX])
{
	FILE *f;

	door_path(path, spool, "program");
	f = fopen(path, "w");
	fprintf(f,
	    "#!/bin/sh\n"
	    "echo \"$* $HTTP_X $TOCSIN_Y $(wc -c </proc/$$/fd/0)\" "
	    ">>%s/started\n",
	    spool);
	fclose(f);
	chmod(path, 0755);
}

static int
wait_for_start(int n)
{
	for (int i = 0; i < 300 && starts() < n; i++)
		usleep(10000);
	usleep(50000); /* it has the lock until it ends */
	return starts();
}

static void
test_start(void)
{
	char program[PATH_MAX], line[512] = "", want[256];
	int lock, said = 0, c;
	FILE *f;

	write_program(program);
	unlink(in_spool(DOOR_SOCKET));
	unlink(in_spool(DOOR_LOCK));
	setenv("HTTP_X", "evil", 1);
	setenv("TOCSIN_Y", "kept", 1);
	lock = open(in_spool(DOOR_LOCK), O_RDWR | O_CREAT, 0600);
	flock(lock, LOCK_EX);
	is_int(door_connect(&conf, program), -1, "nobody listens");
	usleep(200000);
	is_int(starts(), 0, "while another has the lock, none is started");
	close(lock);
	for (int i = 0; i < DOOR_STARTS_MAX + 2; i++) {
		door_connect(&conf, program);
		wait_for_start(i < DOOR_STARTS_MAX ? i + 1 : DOOR_STARTS_MAX);
	}
	is_int(starts(), DOOR_STARTS_MAX, "five are started, and no more");
	f = fopen(log_path, "r");
	while (f != NULL && (c = getc(f)) != EOF)
		said += c == '\n';
	if (f != NULL)
		fclose(f);
	is_int(said, 1, "which is said once");
	f = fopen(in_spool("started"), "r");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		line[strcspn(line, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
	snprintf(want, sizeof(want), "--door %s -o log=%s", spool, log_path);
	ok(strncmp(line, want, strlen(want)) == 0, "it is told its spool");
	ok(strstr(line, "evil") == NULL && strstr(line, "kept") != NULL,
	    "its environment has what is kept and no header");
	ok(strstr(line, " 48") != NULL, "its input is the lock");
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	if (mkdtemp(spool) == NULL)
		return 1;
	snprintf(log_path, sizeof(log_path), "%s/log", spool);
	conf.spool = spool;
	conf.log = log_path;
	conf.log_level = log_path; /* no level: info */
	test_exchange();
	test_no_room();
	test_start();
	buf_free(&answer.bytes);
	for (const char *const *name = (const char *const[]){DOOR_SOCKET,
		 DOOR_LOCK, "log", "program", "started", NULL};
	     *name != NULL; name++)
		unlink(in_spool(*name));
	ok(rmdir(spool) == 0, "nothing else is left in the spool");
	return done_testing();
}
