/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "relay/child.h"
#include "tap.h"

#define LONG_MS 30000 /* more than any of these takes */

static char dir[] = "/tmp/commands.XXXXXX";
static char why[JOB_WHY_BYTES];
static int timeout_ms = LONG_MS;

/* Make a program of that name in the directory. */
static const char *
program(const char *name, const char *text, mode_t mode)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	f = fopen(path, "w");
	if (f == NULL || fprintf(f, "#!/bin/sh\n%s\n", text) < 0 ||
	    fclose(f) == EOF || chmod(path, mode) == -1)
		abort();
	return path;
}

/* Run a script to its end. */
static struct child_result
run(const char *script, const char *input, size_t times)
{
	static char variable[] = "TOCSIN_NOTICE=created";
	char *argv[] = {NULL, NULL}, *environment[] = {variable, NULL};
	struct buf in = {.max = 1 << 20};
	struct child_result r = {.status = -2};
	struct pollfd fds[CHILD_FDS];
	struct child *c;
	int owner;

	argv[0] = strdup(program("run", script, 0700));
	while (times-- > 0)
		buf_puts(&in, input);
	c = child_start(argv, environment, (struct slice){in.data, in.len},
	    timeout_ms, &owner, why);
	free(argv[0]);
	buf_free(&in);
	if (c == NULL)
		return r;
	while (!child_step(c, &r))
		poll(fds, child_poll(c, fds), 20);
	ok(r.owner == &owner, "it is told whose it was");
	return r;
}

static void
check_runs(void)
{
	struct child_result r;

	r = run("cat >&2; exit 0", "the message\n", 1);
	is_int(r.status, 0, "a program that ends well is seen");
	is_str(r.said, "the message ", "it has the message as its input");
	r = run("exit 75", "x", 1);
	is_int(r.status, 75, "the exit status is told");
	r = run("kill -9 $$", "x", 1);
	is_int(r.status, -1, "so is a signal");
	r = run("exit 0", "0123456789", 100000);
	is_int(r.status, 0, "one that does not read may end well");
	r = run("wc -c >&2", "0123456789", 100000);
	ok(strstr(r.said, "1000000") != NULL, "a long message arrives whole");
	r = run("head -c 2000 /dev/zero | tr '\\0' x >&2", "", 0);
	is_int((long)strlen(r.said), CHILD_SAID_BYTES - 1,
	    "of what it says the beginning is kept");
	r = run("pwd >&2; env | sort | cut -d= -f1 >&2", "", 0);
	is_str(r.said, "/ PWD TOCSIN_NOTICE ",
	    "it is in / and has the environment that it was handed");
	r = run("ls /proc/self/fd | wc -l >&2", "", 0);
	ok(strtol(r.said, NULL, 10) <= 4, "and no other descriptor");
	timeout_ms = 50;
	r = run("exec sleep 600", "", 0);
	ok(r.timed_out && r.status == -1, "one that takes too long is stopped");
	r = run("trap '' TERM; while :; do sleep 1; done", "", 0);
	ok(r.timed_out && r.status == -1, "even one that does not want to");
	r = run("exec yes >&2", "", 0);
	ok(r.timed_out && r.status == -1, "or that never stops to speak");
	timeout_ms = LONG_MS;
	r = run("sleep 9 & exit 0", "", 0);
	is_int(r.status, 0,
	    "a process that it leaves behind is not waited for");
}

static void
check_kill(void)
{
	char *argv[] = {NULL, NULL}, *environment[] = {NULL};
	const struct slice in = SLICE("x");
	struct child_result r;
	struct child *c;
	int64_t before = clock_ms();

	argv[0] = strdup(program("run", "sleep 600", 0700));
	c = child_start(argv, environment, in, LONG_MS, NULL, why);
	ok(c != NULL && !child_step(c, &r), "it runs");
	ok(child_deadline(c) <= before + LONG_MS + 60000, "it has a deadline");
	child_kill(c);
	ok(clock_ms() - before < 60000, "it can be killed");
	free(argv[0]);
	argv[0] = strdup("/nowhere/program");
	ok(child_start(argv, environment, in, LONG_MS, NULL, why) == NULL,
	    "what is not there cannot be started");
	is_str(why,
	    "could not execute \"/nowhere/program\": No such file or directory",
	    "and why");
	free(argv[0]);
}

static void
check_find(void)
{
	static const struct {
		const char *name;
		mode_t mode;
		const char *why; /* NULL: found */
	} cases[] = {
	    {"page-duty", 0755, NULL},
	    {"0", 0700, NULL},
	    {"group", 0775,
		"users other than root and the relay's can write to it"},
	    {"world", 0707,
		"users other than root and the relay's can write to it"},
	    {"data", 0600, "not a program"},
	};
	static const char *const names[] = {"", "-x", "../run", "a/b", "A",
	    "a.sh", "a b", "..", "abcdefghijklmnopqrstuvwxyz0123456"};
	char path[PATH_MAX], want[JOB_WHY_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		program(cases[i].name, "", cases[i].mode);
		why[0] = want[0] = '\0';
		if (cases[i].why != NULL)
			snprintf(want, sizeof(want),
			    "command \"%s\" in \"%s\": %s", cases[i].name, dir,
			    cases[i].why);
		is_int(child_find(dir, cases[i].name, path, why),
		    cases[i].why == NULL ? 0 : -1, cases[i].name);
		is_str(why, want, "and why");
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_int(child_find(dir, names[i], path, why), -1,
		    "what is no name is refused");
	is_int(child_find("", "page-duty", path, why), -1,
	    "without a directory there are no commands");
	chmod(dir, 0777);
	is_int(child_find(dir, "page-duty", path, why), -1,
	    "nor in one where others can write");
	is_int(child_check_directory(dir, why), -1, "which can be asked");
	snprintf(want, sizeof(want),
	    "relay_commands, \"%s\": users other than root and the relay's can "
	    "write to it",
	    dir);
	is_str(why, want, "and why");
	chmod(dir, 0700);
	is_int(child_check_directory(dir, why), 0, "it is mended");
	is_int(child_find(dir, "none", path, why), -1, "nor one that is not");
	is_int(child_check_directory("/nowhere", why), -1,
	    "nor is a directory that is not there");
	is_int(child_check_directory("/dev/null", why), -1, "nor another file");
}

/* The relay may be killed as soon as it has started a program. */
static void
check_orphan(void)
{
	static char path[128], script[512];
	char *argv[] = {NULL, NULL}, *environment[] = {NULL};
	struct buf in = {.max = 1 << 20};
	struct stat st = {.st_size = -1};
	pid_t pid;

	snprintf(path, sizeof(path), "%s/orphan", dir);
	snprintf(script, sizeof(script), "cat >%s.new; mv %s.new %s", path,
	    path, path);
	argv[0] = strdup(program("run", script, 0700));
	for (int i = 0; i < 100000; i++)
		buf_puts(&in, "0123456789");
	pid = fork();
	if (pid == 0) {
		child_start(argv, environment, (struct slice){in.data, in.len},
		    LONG_MS, NULL, why);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 3000 && stat(path, &st) == -1; i++)
		poll(NULL, 0, 20);
	is_int(st.st_size, 1000000,
	    "a program has its message whole, though the relay is gone");
	free(argv[0]);
	buf_free(&in);
}

int
main(void)
{
	char command[64];

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		abort();
	check_find();
	check_runs();
	check_kill();
	check_orphan();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) == 0 ? done_testing() : 1;
}
