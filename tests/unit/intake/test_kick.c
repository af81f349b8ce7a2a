/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/timing.h"
#include "intake/kick.h"
#include "tap.h"

#define WAIT_MS 20000

/* Says how it was started, in a line of the file said. */
static const char script[] =
    "#!/bin/sh\n"
    "strange=$(env | grep -Ev '^(TOCSIN_|PG|HOME=|PWD=|_=|SHLVL=|OLDPWD=)')\n"
    "echo \"$* [$strange] $TOCSIN_LOG_LEVEL $PGAPPNAME\" >>\"$HOME/said\"\n";

static char dir[] = "/tmp/kick.XXXXXX", relay[PATH_MAX], said[PATH_MAX];
static const char *const set[] = {"a=b"};
static struct conf conf = {.relay_start = true,
    .path = (char[]){"/etc/x.conf"},
    .set = set,
    .set_n = 1};
static struct spool_dir spool = {.dir = -1};

/* Make the program that lies beside this one. */
static void
make_relay(void)
{
	struct program own;
	FILE *f;

	if (program_find(&own) == -1)
		abort();
	*strrchr(own.path, '/') = '\0';
	snprintf(relay, sizeof(relay), "%.4000s/tocsin-relay", own.path);
	f = fopen(relay, "w");
	if (f == NULL || fputs(script, f) == EOF || fclose(f) == EOF ||
	    chmod(relay, 0700) == -1)
		abort();
}

/* Return the n-th line of what was said; NULL if it does not come. */
static const char *
line(int n, int wait_ms)
{
	int64_t deadline = clock_ms() + wait_ms;
	static char text[1024];
	FILE *f;
	int i;

	do {
		f = fopen(said, "r");
		for (i = 0; f != NULL && i < n; i++)
			if (fgets(text, sizeof(text), f) == NULL)
				break;
		if (f != NULL)
			fclose(f);
		if (f != NULL && i == n)
			return text;
		poll(NULL, 0, 10);
	} while (clock_ms() < deadline);
	return NULL;
}

/* Let it be some time ago that one was started. */
static void
age_mark(void)
{
	struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	utimensat(spool.dir, KICK_MARK, old, 0);
}

static void
test_none(void)
{
	struct conf off = conf;

	off.relay_start = false;
	ok(kick_open(&off, &spool) == NULL, "nothing is started unasked");
	ok(kick_open(&conf, NULL) == NULL, "nor without a spool");
	kick_note(NULL);
	ok(!kick_is_due(NULL), "then none is ever due");
	kick(NULL);
	kick_close(NULL);
}

static void
test_note(void)
{
	struct kick *k = kick_open(&conf, &spool);

	ok(!kick_is_due(k), "none is due where nothing was changed");
	kick_note(k);
	ok(kick_is_due(k), "one is where something was");
	ok(!kick_is_due(k), "which is said once");
	kick_close(k);
}

static void
test_start(void)
{
	struct kick *k = kick_open(&conf, &spool), *other;

	kick(k);
	is_str(line(1, WAIT_MS),
	    "--once --started -c /etc/x.conf -o a=b [] warn mine\n",
	    "it is started with the configuration of this process, and nothing "
	    "else of its environment");
	kick_note(k);
	ok(!kick_is_due(k), "then no other is for a while");
	kick(k);
	other = kick_open(&conf, &spool);
	kick_note(other);
	ok(kick_is_due(other), "another process does not know");
	kick(other);
	kick_close(other);
	ok(line(2, 300) == NULL, "but starts none either");
	age_mark();
	other = kick_open(&conf, &spool);
	kick(other);
	ok(line(2, WAIT_MS) != NULL, "until that was some time ago");
	kick_close(other);
	poll(NULL, 0, KICK_EVERY_MS);
	ok(kick_is_due(k), "what was noted meanwhile is not forgotten");
	unlink(relay);
	age_mark();
	kick(k);
	ok(line(3, 300) == NULL, "one that is not installed is not started");
	kick_close(k);
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
	    "none is left to wait for");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		abort();
	spool.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(said, sizeof(said), "%s/said", dir);
	setenv("HOME", dir, 1);
	setenv("TOCSIN_LOG_LEVEL", "warn", 1);
	setenv("PGAPPNAME", "mine", 1);
	setenv("HTTP_PROXY", "http://192.0.2.1", 1);
	setenv("LD_PRELOAD", "", 1);
	make_relay();
	log_open("/dev/null", LOG_WARN_LEVEL);
	test_none();
	test_note();
	test_start();
	unlink(relay);
	unlink(said);
	unlinkat(spool.dir, KICK_MARK, 0);
	rmdir(dir);
	return done_testing();
}
