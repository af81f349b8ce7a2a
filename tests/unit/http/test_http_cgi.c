/* SPDX-License-Identifier: ISC */
/* One request as CGI: a process whose standard input and output are pipes. */
#include "http/http.h"

#include <fcntl.h>
#include <time.h>

#include "base/clock.h"
#include "http/http_fixture.h"

#define REPLY_BYTES (1 << 20)

extern char **environ;

static char reply[REPLY_BYTES + 1];
static size_t more; /* bytes of the reply */

struct child {
	pid_t pid;
	int in, out; /* our ends */
};

static void
note_signal(int sig)
{
	(void)sig;
}

/* In the child: input and output are its standard ones. */
static void
be_cgi(char *method, char *length)
{
	char *env[] = {method, length, NULL};
	struct sigaction interrupt = {.sa_handler = note_signal};
	struct request req = {0};

	/* Without SA_RESTART a signal interrupts a read or a write. */
	sigaction(SIGUSR1, &interrupt, NULL);
	signal(SIGPIPE, SIG_IGN);
	environ = env;
	answer(NULL, &req, more);
	buf_free(&req.body);
	_exit(0);
}

/* length: CONTENT_LENGTH, or NULL.  input: standard input, or -1: a pipe. */
static struct child
start(const char *method, const char *length, int input)
{
	char name[32], said[64];
	int in[2], out[2];
	struct child c;

	snprintf(name, sizeof(name), "REQUEST_METHOD=%s", method);
	snprintf(said, sizeof(said), "CONTENT_LENGTH=%s", length);
	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1)
		exit(1);
	c.pid = fork();
	if (c.pid == 0) {
		dup2(input == -1 ? in[0] : input, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		be_cgi(name, length == NULL ? NULL : said);
	}
	close(in[0]);
	close(out[1]);
	c.in = in[1];
	c.out = out[0];
	return c;
}

static void
give(const struct child *c, const char *p, size_t len)
{
	if (write(c->in, p, len) != (ssize_t)len)
		printf("# the child did not read its input\n");
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Read the reply to its end; return the child's exit status. */
static int
finish(struct child *c)
{
	size_t len = 0;
	ssize_t n = 1;
	int status;

	while (c->out != -1 && n > 0 && len < REPLY_BYTES) {
		n = read(c->out, reply + len, REPLY_BYTES - len);
		len += n > 0 ? (size_t)n : 0;
	}
	reply[len] = '\0';
	close_end(&c->in);
	close_end(&c->out);
	waitpid(c->pid, &status, 0);
	return status;
}

/* An X in a body stands for BODY_MAX bytes. */
static const struct {
	const char *length, *body;
	bool stays_open; /* as a server may leave it */
	const char *want, *name;
} bodies[] = {
    {"5", "hello", false, "ok 5 hello", "a body of its length"},
    {"5", "hello", true, "ok 5 hello", "after which the input stays open"},
    {"6", "hello", false, "incomplete 5 hello", "a shorter one"},
    {"5", "", false, "incomplete 0 ", "none where there should be one"},
    {"5", "hello world", false, "ok 5 hello", "a longer one is cut"},
    {"0", "", true, "ok 0 ", "a length of 0"},
    {NULL, "hello", false, "ok 5 hello", "without a length: to the end"},
    {"", "hello", false, "ok 5 hello", "an empty length is none"},
    {NULL, "", false, "ok 0 ", "neither length nor body"},
    {"5x", "hello", false, "incomplete 5 hello", "a length that is none"},
    {"-5", "hello", false, "incomplete 5 hello", "one under 0"},
    {"99999999999999999999", "hello", false, "incomplete 5 hello",
	"one that no number can hold"},
    {"1000", "X", true, "ok 1000 xxxxxxxxxx", "a body as long as may be"},
    {NULL, "X", false, "ok 1000 xxxxxxxxxx", "the same without a length"},
    {"1001", "Xy", false, "too large 0 ", "a byte more"},
    {NULL, "Xy", false, "too large 1001 xxxxxxxxxx",
	"the same without a length"},
    {NULL, "XXXXXXXXXXXXXXXXXXXX", false, "too large", "much more"},
};

static void
give_body(const struct child *c, const char *body)
{
	static char x[BODY_MAX];

	memset(x, 'x', sizeof(x));
	for (; *body != '\0'; body++)
		if (*body == 'X')
			give(c, x, sizeof(x));
		else
			give(c, body, 1);
}

static void
test_bodies(void)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct child c = start("POST", bodies[i].length, -1);
		const char *body;

		give_body(&c, bodies[i].body);
		if (!bodies[i].stays_open)
			close_end(&c.in);
		is_int(finish(&c), 0, bodies[i].name);
		body = body_of(reply);
		if (!ok(strncmp(body, bodies[i].want, strlen(bodies[i].want)) ==
			    0,
			bodies[i].want))
			printf("# got %s\n", body);
	}
}

/* A sender that stops in the middle of what is too large. */
static void
test_discard(void)
{
	struct child c = start("POST", "100000", -1);
	int64_t began = clock_ms();

	give(&c, "hello", 5);
	is_int(finish(&c), 0, "a body too large that does not end");
	is_str(body_of(reply), "too large 0 ", "is answered all the same");
	ok(clock_ms() - began < 1900, "it is waited for once");

	began = clock_ms();
	c = start("POST", "1001", -1);
	give_body(&c, "Xy");
	is_int(finish(&c), 0, "one that ends while the input stays open");
	ok(clock_ms() - began < 900, "is not waited for");
}

static void
test_unreadable(void)
{
	int directory = open("/", O_RDONLY | O_CLOEXEC);
	struct child c = start("POST", "5", directory);

	is_int(finish(&c), 0, "an input that cannot be read");
	is_str(body_of(reply), "incomplete 0 ", "is no body");
	close(directory);
}

static void
interrupt(const struct child *c)
{
	nanosleep(&(struct timespec){0, 20000000}, NULL);
	kill(c->pid, SIGUSR1);
	nanosleep(&(struct timespec){0, 20000000}, NULL);
}

static void
test_signals(void)
{
	struct child c = start("POST", "10", -1);
	size_t len;

	give(&c, "hello", 5);
	interrupt(&c);
	give(&c, "world", 5);
	is_int(finish(&c), 0, "a signal while a body is read");
	is_str(body_of(reply), "ok 10 helloworld", "takes nothing from it");

	more = 200000; /* more than a pipe holds */
	c = start("POST", "0", -1);
	/* The first cuts a write short, the second comes before a byte. */
	interrupt(&c);
	interrupt(&c);
	is_int(finish(&c), 0, "signals while a reply is written");
	len = strlen(body_of(reply));
	is_int((long long)len, 200000 + 5, "take nothing from it");

	c = start("POST", "0", -1);
	close_end(&c.out);
	is_int(finish(&c), 0, "a reply that nobody reads ends no process");
	more = 0;
}

static void
test_head(void)
{
	struct child c = start("HEAD", NULL, -1);

	close_end(&c.in);
	is_int(finish(&c), 0, "HEAD");
	ok(strncmp(reply, "Status: 200 OK\r\n", 16) == 0, "has a status");
	ok(strstr(reply, "Content-Length: 5\r\n") != NULL,
	    "and the length of a body");
	is_str(body_of(reply), "", "that is not sent");
}

int
main(void)
{
	alarm(60); /* for a child that does not end */
	signal(SIGPIPE, SIG_IGN);
	test_bodies();
	test_discard();
	test_unreadable();
	test_signals();
	test_head();
	return done_testing();
}
