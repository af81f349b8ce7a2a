/* SPDX-License-Identifier: ISC */
#include "tool/init.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/environment.h"

#define CONNECT_MS 10000
#define ARGUMENTS_MAX 16

const char tool_init_usage[] =
    "usage: tocsin init [--roles] [--sql DIR]\n"
    "\n"
    "Install the schema in the database, or upgrade it, with psql.\n"
    "\n"
    "      --roles    first create the roles tocsin_owner, tocsin_web,\n"
    "                 tocsin_relay and tocsin_reader (needs the right to\n"
    "                 create roles)\n"
    "      --sql DIR  read the SQL files from DIR\n";

struct options {
	bool roles;
	const char *sql;
};

/* Returns 0, or an exit status after printing an error. */
static int
read_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
	    {"roles", no_argument, NULL, 'r'},
	    {"sql", required_argument, NULL, 's'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'r')
			o->roles = true;
		else if (c == 's')
			o->sql = optarg;
		else
			return STATUS_USAGE;
	}
	if (optind < argc) {
		session_say("init takes no arguments: tocsin help init");
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static bool
has_file(const char *dir, const char *name, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	return n < PATH_MAX && access(path, R_OK) == 0;
}

/* The directory of this program, or "" if the kernel does not tell. */
static void
program_dir(char dir[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	dir[n > 0 ? n : 0] = '\0';
	slash = strrchr(dir, '/');
	if (slash != NULL)
		*slash = '\0';
}

/*
 * Find the SQL files: given; or relative to the program, in a checkout or
 * under the prefix that it was installed to, whatever the prefix was when it
 * was built; or where they were to be installed.
 */
static bool
find_sql(const char *given, char dir[PATH_MAX])
{
	static const char *const places[] = {"/../sql", "/../share/tocsin/sql"};
	char path[PATH_MAX], program[PATH_MAX];
	int n;

	if (given != NULL) {
		snprintf(dir, PATH_MAX, "%s", given);
		return has_file(dir, "install.sql", path);
	}
	program_dir(program);
	for (size_t i = 0; i < 2 && program[0] != '\0'; i++) {
		n = snprintf(dir, PATH_MAX, "%s%s", program, places[i]);
		if (n < PATH_MAX && has_file(dir, "install.sql", path))
			return true;
	}
	snprintf(dir, PATH_MAX, "%s", DATADIR "/sql");
	return has_file(dir, "install.sql", path);
}

/* Run psql; return its exit status, or -1 after printing an error. */
static int
run_psql(char *const argv[])
{
	posix_spawn_file_actions_t actions;
	int rc, status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0) {
		session_say("could not run psql: %s%s", strerror(rc),
		    rc == ENOENT ? ": install the package postgresql-client"
				 : "");
		return -1;
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	session_say("psql was killed by signal %d", WTERMSIG(status));
	return -1;
}

/*
 * Run the SQL files; each is one transaction.  -w keeps psql from asking for
 * a password: it is in the environment or in .pgpass.
 */
static enum status
run_files(const struct options *o, const char *dir)
{
	char roles[PATH_MAX], schema[PATH_MAX];
	char psql[] = "psql", flags[] = "-Xqw", output[] = "-o";
	char null[] = "/dev/null", variable[] = "-v", file[] = "-f";
	char stop[] = "ON_ERROR_STOP=1";
	char release[] = "software_version=" VERSION;
	char *argv[ARGUMENTS_MAX] = {psql, flags, output, null, variable, stop,
	    variable, release};
	size_t n = 8;

	if (o->roles) {
		if (!has_file(dir, "roles.sql", roles)) {
			session_say("could not read \"%s\"", roles);
			return STATUS_FAILED;
		}
		argv[n++] = file;
		argv[n++] = roles;
	}
	has_file(dir, "install.sql", schema);
	argv[n++] = file;
	argv[n++] = schema;
	switch (run_psql(argv)) {
	case 0:
		return STATUS_OK;
	case 2: /* psql(1): the connection went bad */
		session_say("the connection was lost and the schema is "
			    "unchanged: run tocsin init again");
		return STATUS_CONNECTION;
	case -1:
		return STATUS_FAILED;
	default:
		session_say("could not install the schema, which is "
			    "unchanged: see psql's messages");
		return STATUS_FAILED;
	}
}

/* Read the schema's version before the installation; 0 if there is none. */
static enum status
read_version(struct session *session, int *before,
    char error[SESSION_ERROR_BYTES])
{
	enum status status = session_schema(session, before, error);

	session_disconnect(session);
	if (status == STATUS_OK && *before > SCHEMA) {
		snprintf(error, SESSION_ERROR_BYTES,
		    "the schema has version %d, this program installs "
		    "version %d: install the newer tocsin",
		    *before, SCHEMA);
		return STATUS_SCHEMA;
	}
	/* A schema that is missing, old or not accessible is init's job. */
	if (status == STATUS_PRIVILEGE ||
	    (status == STATUS_SCHEMA && *before <= SCHEMA))
		return STATUS_OK;
	return status;
}

static enum status
install(struct session *session, const struct options *o, const char *dir)
{
	char error[SESSION_ERROR_BYTES], why[ENVIRONMENT_ERROR_BYTES];
	enum status status;
	int before, after;

	status = read_version(session, &before, error);
	if (status == STATUS_OK &&
	    environment_set(&session->conf, clock_ms() + CONNECT_MS, why) ==
		-1) {
		snprintf(error, sizeof(error),
		    "could not reach the "
		    "database: %s",
		    why);
		status = STATUS_CONNECTION;
	}
	if (status != STATUS_OK) {
		session_say("%s", error);
		return status;
	}
	status = run_files(o, dir);
	if (status != STATUS_OK)
		return status;
	status = session_schema(session, &after, error);
	if (status != STATUS_OK)
		session_say("the schema was installed, but: %s", error);
	else if (before == after)
		fprintf(stdout, "schema version %d is in place\n", after);
	else if (before == 0)
		fprintf(stdout, "installed schema version %d\n", after);
	else
		fprintf(stdout, "upgraded the schema from version %d to %d\n",
		    before, after);
	return status;
}

int
tool_init(struct session *session, int argc, char **argv)
{
	char dir[PATH_MAX], error[SESSION_ERROR_BYTES];
	struct options o = {0};
	int status;

	status = read_options(&o, argc, argv);
	if (status != STATUS_OK)
		return status;
	if (!find_sql(o.sql, dir)) {
		session_say("could not read \"%s/install.sql\": give its "
			    "directory with --sql DIR",
		    dir);
		return STATUS_FAILED;
	}
	status = (int)session_configure(session, error);
	if (status != STATUS_OK) {
		session_say("%s", error);
		return status;
	}
	return (int)install(session, &o, dir);
}
