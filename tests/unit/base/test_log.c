/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "tap.h"

static char directory[] = "/tmp/tocsin-log-XXXXXX";
static char path[64], text[1 << 20], datagram[1024];
static bool reopen = true;

/* Override libc's sendto() to capture what goes to syslog. */
ssize_t
sendto(int fd, const void *p, size_t len, int flags, __CONST_SOCKADDR_ARG to,
    socklen_t to_len)
{
	(void)fd;
	(void)to;
	(void)to_len;
	snprintf(datagram, sizeof(datagram), "%.*s", (int)len, (const char *)p);
	return flags & MSG_DONTWAIT ? (ssize_t)len : -1;
}

/* Move the file's content to text; return its length. */
static size_t
take(void)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	if (truncate(path, 0) == -1)
		text[0] = '\0';
	return n;
}

/* Return the level and message of the line in text. */
static const char *
message(void)
{
	char *p = strstr(text, "] ");

	if (p == NULL)
		return "";
	p[strcspn(p, "\n")] = '\0';
	return p + 2;
}

static void
check_form(void)
{
	int year, month, day, hour, minute, second, ms, n = 0;
	long pid;

	log_info("stored %d events", 3);
	take();
	is_int(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ tocsin[%ld] %n",
		   &year, &month, &day, &hour, &minute, &second, &ms, &pid, &n),
	    8, "a line begins with time and process");
	is_str(text + n, "info: stored 3 events\n", "then level and message");
	ok(pid == getpid(), "the process is ours");
	ok(text[4] == '-' && text[19] == '.' && text[23] == 'Z' && n > 24,
	    "the time has fixed places");
}

static void
check_errno(void)
{
	errno = ENOSPC;
	log_warn("could not write \"%s\"", "x");
	is_int(errno, ENOSPC, "errno is left as it was");
	take();
	is_str(message(),
	    "warn: could not write \"x\": No space left on device",
	    "warn appends the reason");
	errno = ENOSPC;
	log_warnx("token sent twice");
	take();
	is_str(message(), "warn: token sent twice", "warnx does not");
}

static void
check_escapes(void)
{
	size_t i, n;
	bool clean = true;

	log_info("a\nb\r\x1b[2Jc\x7f\x80\xff");
	take();
	is_str(message(), "info: a\\x0ab\\x0d\\x1b[2Jc\\x7f\\x80\\xff",
	    "bytes that are not printable ASCII are shown in hex");
	log_info("%0600d", 1);
	n = take();
	is_int((long long)n, 512, "a long line is cut at 512 bytes");
	is_str(text + n - 4, "...\n", "and says so");
	for (i = 0; i < 600; i++)
		datagram[i] = '\n';
	datagram[600] = '\0';
	log_info("%s", datagram);
	n = take();
	for (i = 0; i + 1 < n; i++)
		clean = clean && isprint((unsigned char)text[i]);
	ok(clean && n > 500 && n <= 512 && text[n - 1] == '\n',
	    "600 newlines are still one line of 512 bytes at most");
}

static void
check_level(void)
{
	log_debug("hidden");
	is_int((long long)take(), 0, "debug is silent at level info");
	log_open(path, LOG_WARN_LEVEL);
	log_info("hidden");
	is_int((long long)take(), 0, "info is silent at level warn");
	log_warnx("seen");
	ok(take() > 0, "warn is not");
	log_open(path, LOG_DEBUG_LEVEL);
	log_debug("seen");
	take();
	is_str(message(), "debug: seen", "debug speaks at level debug");
	is_int(log_level_named("warn"), LOG_WARN_LEVEL, "warn is a level");
	is_int(log_level_named("info"), LOG_INFO_LEVEL, "info is a level");
	is_int(log_level_named("debug"), LOG_DEBUG_LEVEL, "debug is a level");
	is_int(log_level_named("x"), LOG_INFO_LEVEL,
	    "any other name stands for info");
}

static void
check_file(void)
{
	struct stat st;
	char other[80];

	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640,
	    "a file is made for owner and group only");
	errno = 0;
	is_int(log_open("/nonexistent/log", LOG_INFO_LEVEL), -1,
	    "a file that cannot be opened is an error");
	is_int(errno, ENOENT, "with its reason");
	log_info("still here");
	ok(take() > 0, "and the former target stays");
	snprintf(other, sizeof(other), "%s.1", path);
	rename(path, other);
	is_int(log_open(path, LOG_INFO_LEVEL), 0, "a file is opened again");
	log_info("new");
	take();
	is_str(message(), "info: new", "after it was rotated away");
	unlink(other);
}

static void *
chatter(void *arg)
{
	int i;

	for (i = 0; i < 500; i++) {
		log_info("thread %s says the same again", (char *)arg);
		if (reopen && i % 50 == 0 && *(char *)arg == 'a')
			log_open(path, LOG_INFO_LEVEL);
	}
	return NULL;
}

/* Count the lines in text, and how many of them are not torn. */
static void
count_lines(int *n, int *whole)
{
	char *line, *next;

	*n = *whole = 0;
	for (line = text; *line != '\0'; line = next + 1) {
		next = strchr(line, '\n');
		if (next == NULL)
			break;
		*next = '\0';
		++*n;
		*whole += strstr(line, "says the same again") != NULL &&
		    strchr(line, 'Z') == line + 23;
	}
}

static void
chat(void)
{
	static char names[4][2] = {"a", "b", "c", "d"};
	pthread_t threads[4];
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, chatter, names[i]);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void
check_threads(void)
{
	char target[32];
	int n, whole, p[2];

	chat();
	take();
	count_lines(&n, &whole);
	is_int(n, 2000, "no line of four threads is lost");
	is_int(whole, 2000, "and none is torn, while the file is reopened");

	if (pipe(p) == -1 || fcntl(p[1], F_SETPIPE_SZ, 1 << 20) == -1)
		exit(1);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", p[1]);
	log_open(target, LOG_INFO_LEVEL);
	reopen = false;
	chat();
	text[read(p[0], text, sizeof(text) - 1)] = '\0';
	count_lines(&n, &whole);
	ok(n == 2000 && whole == 2000, "nor in a pipe with room for them");
	log_open(path, LOG_INFO_LEVEL);
	close(p[0]);
	close(p[1]);
}

/* Log to fd as stderr in a child process; return the child's status. */
static int
child_logs_to(int fd, int lines, void (*say)(const char *, ...))
{
	int i, status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		if (fd == -1)
			close(STDERR_FILENO);
		else
			dup2(fd, STDERR_FILENO);
		log_open("stderr", LOG_INFO_LEVEL);
		for (i = 0; i < lines; i++)
			say("line %d of many", i);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void
check_stderr(void)
{
	int p[2], s[2];
	ssize_t n;

	if (pipe(p) == -1 || socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1)
		exit(1);
	is_int(child_logs_to(p[1], 3000, log_info), 0,
	    "a full pipe that nobody reads delays nobody");
	n = read(p[0], text, sizeof(text) - 1);
	ok(n > 4096, "and held lines up to then");
	close(p[0]);
	is_int(child_logs_to(p[1], 10, log_info), 0,
	    "a pipe without a reader kills nobody");
	is_int(child_logs_to(s[1], 20000, log_info), 0,
	    "a full socket delays nobody");
	close(s[0]);
	is_int(child_logs_to(s[1], 10, log_info), 0,
	    "a socket without a peer kills nobody");
	is_int(child_logs_to(open("/dev/full", O_WRONLY), 10, log_info), 0,
	    "a full device is no error");
	is_int(child_logs_to(-1, 10, log_info), 0,
	    "nor is a stderr that is closed");
}

static void
check_fatal(void)
{
	int p[2], status;

	if (pipe(p) == -1)
		exit(1);
	status = child_logs_to(p[1], 1, log_fatalx);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1,
	    "fatal ends the process with status 1");
	text[read(p[0], text, sizeof(text) - 1)] = '\0';
	is_str(message(), "fatal: line 0 of many", "and says why before");
}

static void
check_syslog(void)
{
	char want[64];

	snprintf(want, sizeof(want), "<28>tocsin[%ld]: warn: a\\x0ab",
	    (long)getpid());
	is_int(log_open("syslog", LOG_INFO_LEVEL), 0, "syslog is a target");
	log_warnx("a\nb");
	is_str(datagram, want, "it gets priority, process and message");
	ok(take() == 0, "and the file gets nothing");
	is_int(log_open(path, LOG_INFO_LEVEL), 0, "one can go back");
	log_info("x");
	ok(take() > 0, "and the file gets lines again");
}

/* A lasting problem is logged at once, then at intervals. */
static void
test_due(void)
{
	atomic_llong last = LOG_NEVER;

	ok(log_is_due(&last, 1000), "the first line is due");
	ok(!log_is_due(&last, 1000), "the next is not");
	ok(log_is_due(&last, 0), "but is when the pause is over");
	ok(!log_is_due(&last, 1000), "and it is the one that counts then");
}

int
main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	umask(022);
	snprintf(path, sizeof(path), "%s/log", directory);
	is_int(log_open(path, LOG_INFO_LEVEL), 0, "a file is a target");
	check_form();
	check_errno();
	check_escapes();
	check_level();
	check_file();
	check_threads();
	check_stderr();
	check_fatal();
	check_syslog();
	unlink(path);
	rmdir(directory);
	test_due();
	return done_testing();
}
