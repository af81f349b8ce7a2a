/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_BYTES 512
#define PATIENCE_MS 20

/*
 * The only state that threads share, since each line is a single write.  A
 * sink never changes its descriptor: a reopened file is duplicated onto the
 * old number, so no thread writes to a closed descriptor.
 */
static atomic_int max_level = LOG_INFO_LEVEL;
static atomic_int sink = STDERR_FILENO; /* negative: a syslog socket */

struct line {
	char text[LINE_BYTES];
	size_t len;
	bool cut;
};

/* Append s, escaped; leave the last four bytes free for add_end(). */
static void
add(struct line *l, const char *s)
{
	char shown[5];
	size_t n;

	for (; *s != '\0' && !l->cut; s++) {
		n = 1;
		shown[0] = *s;
		if (*s < 0x20 || *s > 0x7e)
			n = (size_t)snprintf(shown, sizeof(shown), "\\x%02x",
			    (unsigned char)*s);
		if (l->len + n > LINE_BYTES - 4) {
			l->cut = true;
			return;
		}
		memcpy(l->text + l->len, shown, n);
		l->len += n;
	}
}

static void
add_end(struct line *l)
{
	if (l->cut) {
		memcpy(l->text + l->len, "...", 3);
		l->len += 3;
	}
	l->text[l->len++] = '\n';
}

static void
add_time(struct line *l)
{
	char text[48];
	struct timespec t;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03ldZ ", t.tv_nsec / 1000000);
	add(l, text);
}

/*
 * Write to a pipe or terminal only if that will not block.  The lock keeps
 * other threads from filling the room that poll() reported.  Its holder may
 * itself block, when another process fills the pipe after poll(), so give up
 * on the lock after PATIENCE_MS.
 */
static void
write_if_room(int fd, const struct line *l)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	ssize_t n;
	int tries = 0;

	while (pthread_mutex_trylock(&lock) != 0) {
		if (tries++ == PATIENCE_MS)
			return;
		poll(NULL, 0, 1);
	}
	/* POLLERR means a pipe without a reader: writing raises SIGPIPE. */
	if (poll(&p, 1, 0) == 1 && p.revents == POLLOUT) {
		n = write(fd, l->text, l->len);
		(void)n;
	}
	pthread_mutex_unlock(&lock);
}

static void
write_line(int fd, const struct line *l)
{
	struct sockaddr_un syslogd = {AF_UNIX, "/dev/log"};
	struct stat st;
	ssize_t n = 0;

	/* Send to the address, not a connection: syslogd may restart. */
	if (fd < 0)
		n = sendto(-fd, l->text, l->len - 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&syslogd,
		    sizeof(syslogd));
	else if (fstat(fd, &st) == -1)
		return;
	else if (S_ISSOCK(st.st_mode))
		n = send(fd, l->text, l->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (S_ISREG(st.st_mode))
		n = write(fd, l->text, l->len);
	else
		write_if_room(fd, l);
	(void)n;
}

/* Format and write one line; why is an errno to append, or 0 for none. */
__attribute__((format(printf, 4, 0))) static void
say(int priority, const char *label, int why, const char *fmt, va_list ap)
{
	char message[LINE_BYTES + 1], head[64], reason[128];
	struct line l = {.len = 0};
	int fd = atomic_load(&sink);
	int saved = errno;

	if (fd < 0)
		snprintf(head, sizeof(head),
		    "<%d>tocsin[%ld]: %s: ", LOG_DAEMON | priority,
		    (long)getpid(), label);
	else {
		add_time(&l);
		snprintf(head, sizeof(head), "tocsin[%ld] %s: ", (long)getpid(),
		    label);
	}
	add(&l, head);
	vsnprintf(message, sizeof(message), fmt, ap);
	add(&l, message);
	if (why != 0) {
		add(&l, ": ");
		add(&l, strerror_r(why, reason, sizeof(reason)));
	}
	add_end(&l);
	write_line(fd, &l);
	errno = saved;
}

/* Open target; return a value for sink, or 0 with errno on failure. */
static int
open_sink(const char *target)
{
	static int file_fd, syslog_fd;
	int fd;

	if (strcmp(target, "stderr") == 0)
		return STDERR_FILENO;
	if (strcmp(target, "syslog") == 0) {
		if (syslog_fd == 0) {
			fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
			syslog_fd = fd == -1 ? 0 : -fd;
		}
		return syslog_fd;
	}
	/* Nonblocking: a FIFO without a reader must not block the start. */
	fd = open(target,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    0640);
	if (fd == -1)
		return 0;
	if (file_fd == 0)
		file_fd = fd;
	if (fd != file_fd) {
		dup3(fd, file_fd, O_CLOEXEC);
		close(fd);
	}
	return file_fd;
}

int
log_open(const char *target, enum log_level level)
{
	int fd = open_sink(target);

	if (fd == 0)
		return -1;
	atomic_store(&max_level, (int)level);
	atomic_store(&sink, fd);
	return 0;
}

enum log_level
log_level_named(const char *name)
{
	if (strcmp(name, "warn") == 0)
		return LOG_WARN_LEVEL;
	if (strcmp(name, "debug") == 0)
		return LOG_DEBUG_LEVEL;
	return LOG_INFO_LEVEL;
}

bool
log_is_due(atomic_llong *last, int again_ms)
{
	long long before = atomic_load(last), now = clock_ms();

	if (before != LOG_NEVER && now - before < again_ms)
		return false;
	return atomic_compare_exchange_strong(last, &before, now);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (atomic_load(&max_level) < LOG_DEBUG_LEVEL)
		return;
	va_start(ap, fmt);
	say(LOG_DEBUG, "debug", 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (atomic_load(&max_level) < LOG_INFO_LEVEL)
		return;
	va_start(ap, fmt);
	say(LOG_INFO, "info", 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARNING, "warn", errno, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARNING, "warn", 0, fmt, ap);
	va_end(ap);
}

void
log_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_CRIT, "fatal", errno, fmt, ap);
	va_end(ap);
	exit(1);
}

void
log_fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_CRIT, "fatal", 0, fmt, ap);
	va_end(ap);
	exit(1);
}
