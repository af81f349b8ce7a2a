/* SPDX-License-Identifier: ISC */
/* tocsin.cgi: a small program that hands requests to a responder. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/identity.h"
#include "base/metrics.h"
#include "base/process.h"
#include "base/timing.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "door/client.h"
#include "door/place.h"
#include "door/relay.h"
#include "door/wire.h"

#define RESPONDER "tocsin.fcgi" /* in the same directory */
#define CHUNK_BYTES 16384
#define REQUEST 1 /* id of the only request */
#define PARAMS_MAX_BYTES (4 * 1024 * 1024)

static const char usage[] =
    "usage: tocsin.cgi\n"
    "\n"
    "Hands alert webhooks to tocsin.fcgi in the same directory.  A web server\n"
    "starts it: as CGI for one request, or as FastCGI with a listening socket\n"
    "as standard input.  See tocsin.cgi(8).\n";

/* Write the path of tocsin.fcgi.  Returns 0, or -1 with errno. */
static int
find_responder(const struct program *own, char path[PATH_MAX])
{
	const char *slash = strrchr(own->path, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - own->path);
	int n = snprintf(path, PATH_MAX, "%.*s" RESPONDER, dir, own->path);

	errno = ENAMETOOLONG;
	return n < PATH_MAX ? 0 : -1;
}

/* Become the responder, which reads the request or serves the socket. */
static int
become_responder(const char *program)
{
	execl(program, program, (char *)NULL);
	fprintf(stderr, "tocsin.cgi: could not run \"%s\": %s\n", program,
	    strerror(errno));
	if (getenv("REQUEST_METHOD") != NULL)
		descriptor_write_all(STDOUT_FILENO, RELAY_REFUSAL,
		    sizeof(RELAY_REFUSAL) - 1);
	return 1;
}

/*
 * Return how many bytes of a body to read: CONTENT_LENGTH if the server sets
 * it, none for a method without a body, otherwise as many as arrive.
 */
static size_t
body_bytes(void)
{
	const char *said = getenv("CONTENT_LENGTH");
	const char *method = getenv("REQUEST_METHOD");
	unsigned long n;
	char *end;

	if (said == NULL || said[0] == '\0')
		return strcmp(method, "POST") == 0 ? SIZE_MAX : 0;
	errno = 0;
	n = strtoul(said, &end, 10);
	return errno != 0 || *end != '\0' || said[0] == '-' ? SIZE_MAX : n;
}

/* Discard the rest of the body: web servers read no answer before its end. */
static void
discard(size_t left)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char chunk[CHUNK_BYTES];
	ssize_t n = 1;

	if (left > DISCARD_MAX_BYTES)
		left = DISCARD_MAX_BYTES;
	for (; left > 0 && n > 0 && poll(&p, 1, DISCARD_WAIT_MS) > 0;
	     left -= (size_t)n)
		n = read(STDIN_FILENO, chunk,
		    left < CHUNK_BYTES ? left : CHUNK_BYTES);
}

/*
 * Read the body.  Of one that is too long, keep one byte more than is allowed,
 * so that it is refused.
 */
static int
read_body(struct buf *b, const struct conf *conf)
{
	size_t left = body_bytes();
	size_t max = (size_t)conf->body_max + 1;
	ssize_t n;
	char *p;

	b->max = max + CHUNK_BYTES;
	while (left > 0 && b->len < max) {
		p = buf_reserve(b, left < CHUNK_BYTES ? left : CHUNK_BYTES);
		if (p == NULL)
			return -1;
		n = read(STDIN_FILENO, p,
		    left < CHUNK_BYTES ? left : CHUNK_BYTES);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		b->len += (size_t)n;
		left -= (size_t)n;
	}
	if (b->len >= max)
		discard(left);
	return 0;
}

static void
write_request(struct buf *b, const struct identity *id, const struct buf *body)
{
	struct buf pairs = {.max = PARAMS_MAX_BYTES};

	b->max = body->len + 2 * PARAMS_MAX_BYTES;
	for (char *const *e = environ; e != NULL && *e != NULL; e++)
		wire_pair(&pairs, *e);
	wire_begin(b, REQUEST, false);
	wire_identity(b, REQUEST, id);
	wire_stream(b, WIRE_PARAMS, REQUEST,
	    (struct slice){pairs.data, pairs.len});
	wire_end_stream(b, WIRE_PARAMS, REQUEST);
	wire_stream(b, WIRE_STDIN, REQUEST,
	    (struct slice){body->data, body->len});
	wire_end_stream(b, WIRE_STDIN, REQUEST);
	b->failed = b->failed || pairs.failed;
	buf_free(&pairs);
}

/* Hand the request to the door and write the answer.  Returns 0 or -1. */
static int
use_door(const struct conf *conf, const char *program,
    const struct identity *id, const struct buf *body)
{
	struct wire_answer a = {.bytes = {.max = DOOR_ANSWER_MAX_BYTES}};
	enum door_end end = DOOR_FAILED;
	struct buf request = {0};
	struct slice piece;
	size_t at = 0;
	int fd = door_connect(conf, program);

	if (fd == -1)
		return -1;
	write_request(&request, id, body);
	if (!request.failed)
		end =
		    door_exchange(fd, (struct slice){request.data, request.len},
			&a, id->deadline + DOOR_LATE_MS);
	close(fd);
	while (end == DOOR_ANSWERED && wire_output(&a, &at, &piece))
		descriptor_write_all(STDOUT_FILENO, piece.p, piece.len);
	buf_free(&request);
	buf_free(&a.bytes);
	return end == DOOR_ANSWERED ? 0 : -1;
}

/* Pass the body that was read, and the identity, on as CGI does. */
static void
put_back(const struct buf *body, const struct identity *id)
{
	char text[IDENTITY_TEXT_BYTES];
	int fd = memfd_create("body", MFD_CLOEXEC);

	identity_format(id, text);
	/*
	 * After a failure the body is too short, which the responder answers
	 * with 503.
	 */
	if (fd == -1 || descriptor_write_all(fd, body->data, body->len) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1 || dup2(fd, STDIN_FILENO) == -1 ||
	    setenv(IDENTITY_NAME, text, 1) == -1)
		close(STDIN_FILENO);
}

/* Make ids later than those of all processes that use the spool. */
static void
share_ids(const struct conf *conf)
{
	int dir = open(conf->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	uuid_share(metrics_uuid(metrics_open(dir)));
	if (dir != -1)
		close(dir);
}

static int
answer_one(const struct conf *conf, const char *program)
{
	struct identity id = {.received_at = clock_wall_us(),
	    .settings = door_settings(conf->path)};
	struct buf body = {0};

	process_block_signals();
	if (identity_draw(&id) == 0 && read_body(&body, conf) == 0) {
		id.deadline = clock_ms() + conf->database_timeout;
		if (use_door(conf, program, &id, &body) == 0) {
			buf_free(&body);
			return 0;
		}
		put_back(&body, &id);
	}
	return become_responder(program);
}

int
main(void)
{
	/* Static: on the stack, each of its pages would be touched. */
	static char program[PATH_MAX], error[CONF_ERROR_BYTES];
	static struct program own;
	static struct conf conf;
	bool is_fcgi, is_cgi;

	descriptor_fill_standard();
	secret_forbid_cores();
	process_ignore_signals();
	is_fcgi = descriptor_is_listening(STDIN_FILENO);
	is_cgi = !is_fcgi && getenv("REQUEST_METHOD") != NULL;
	if (!is_fcgi && !is_cgi) {
		fputs(usage, stderr);
		return 2;
	}
	if (program_find(&own) == -1 || find_responder(&own, program) == -1) {
		fprintf(stderr, "tocsin.cgi: could not find itself: %s\n",
		    strerror(errno));
		return 1;
	}
	/* The responder reports what is wrong with a configuration. */
	if (conf_read(&conf, NULL, NULL, 0, error) == 0 && conf.door &&
	    conf.spool[0] != '\0') {
		share_ids(&conf);
		return is_cgi ? answer_one(&conf, program)
			      : relay(&conf, &own, program);
	}
	if (is_fcgi) {
		setenv("TOCSIN_WORKERS", "1", 0);
		setenv("TOCSIN_END_WITH_PARENT", "yes", 0);
	}
	return become_responder(program);
}
