/* SPDX-License-Identifier: ISC */
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "tap.h"

static char home[] = "/tmp/tocsin-conf-XXXXXX";
static char path[64], error[CONF_ERROR_BYTES];

/* Override libc's getpwuid(), so as not to touch the real home directory. */
struct passwd *
getpwuid(uid_t uid)
{
	static struct passwd pw;

	(void)uid;
	pw.pw_dir = home;
	return &pw;
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char full[128];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", home, name);
	f = fopen(full, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF ||
	    chmod(full, mode) == -1)
		exit(1);
}

/* Read text as a file; return the error without the directory, or "". */
static const char *
fault_of(struct conf *c, const char *text, mode_t mode)
{
	write_file("t.conf", text, mode);
	error[0] = '\0';
	if (conf_read(c, path, NULL, 0, error) == 0)
		return "";
	if (strncmp(error, home, strlen(home)) == 0)
		return error + strlen(home) + 1;
	return error;
}

static const struct {
	const char *text;
	mode_t mode;
	const char *fault;
	const char *name;
} files[] = {
    {"", 0644, "", "an empty file is fine"},
    {"# a\n\n \t \n  # b\n", 0644, "", "so are comments and blank lines"},
    {"workers=5", 0644, "", "the last line needs no newline"},
    {"workers = 5 \t\r\n", 0644, "", "white space at the end is trimmed"},
    {"worker = 5\n", 0644, "t.conf:1: worker: unknown key",
	"an unknown key is an error"},
    {"Workers = 5\n", 0644, "t.conf:1: Workers: unknown key",
	"keys are lower case"},
    {"\n\nworkers 5\n", 0644, "t.conf:3: must be name = value",
	"a line without = is an error, and is not shown"},
    {"= 5\n", 0644, "t.conf:1: unknown key", "a line needs a name"},
    {"workers = 5\n\nworkers = 5\n", 0644,
	"t.conf:3: workers: already set in line 1",
	"a key may stand in the file once"},
    {"workers = 5 # five\n", 0644,
	"t.conf:1: workers: must be a number from 1 to 1024",
	"a comment has a line of its own"},
    {"log_level = \"info\"\n", 0644,
	"t.conf:1: log_level: must be warn, info or debug",
	"quotes are not special"},
    {"prepared = maybe\n", 0644, "t.conf:1: prepared: must be yes or no",
	"a wrong value is an error"},
    {"request_timeout = 2000\n", 0644,
	"t.conf:1: request_timeout: request_timeout, 2000, must be more than "
	"database_timeout, 2000",
	"a request must have more time than the database"},
    {"\ndatabase_timeout = 9000\n", 0644,
	"t.conf:2: database_timeout: request_timeout, 8000, must be more than "
	"database_timeout, 9000",
	"and the line that says otherwise is named"},
    {"database = host=x password=y\n", 0600, "",
	"a password in a file of one's own is fine"},
    {"database = host=x password=y\n", 0660,
	"t.conf:1: database: contains a password that others can read: "
	"chmod 600 it, or make root its owner with mode 640",
	"a password in a file that the group may write is refused"},
    {"\ndatabase = postgres://u:p@h/d\n", 0604,
	"t.conf:2: database: contains a password that others can read: "
	"chmod 600 it, or make root its owner with mode 640",
	"a URI with a password that others may read is refused"},
    {"database = host=x user=y\n", 0644, "",
	"a conninfo without a password may be read by all"},
};

static void
check_files(void)
{
	struct conf c;
	const char *fault;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		fault = fault_of(&c, files[i].text, files[i].mode);
		is_str(fault, files[i].fault, files[i].name);
		ok(fault[0] == '\0' || (c.log == NULL && c.path == NULL),
		    "and a struct that failed holds nothing");
		conf_free(&c);
	}
	write_file("t.conf", "", 0644);
	ok(truncate(path, 1) == 0, "a file can hold a NUL byte");
	conf_read(&c, path, NULL, 0, error);
	ok(strstr(error, "t.conf:1: contains a NUL byte") != NULL,
	    "a NUL byte is an error");
	is_int(conf_read(&c, home, NULL, 0, error), -1,
	    "a directory is no file");
	ok(strstr(error, "could not open \"/tmp/tocsin-conf-") == error &&
		strstr(error, "Is a directory") != NULL,
	    "and the error says so");
}

/* What would never open, or never end. */
static void
check_no_file(void)
{
	char fifo[96];
	struct conf c;

	snprintf(fifo, sizeof(fifo), "%s/fifo", home);
	is_int(mkfifo(fifo, 0600), 0, "there is a FIFO");
	is_int(conf_read(&c, fifo, NULL, 0, error), -1, "which is no file");
	ok(strstr(error, "fifo\": not a regular file") != NULL,
	    "and the error says so");
	is_int(conf_read(&c, "/dev/zero", NULL, 0, error), -1,
	    "a device is none");
	is_str(error, "could not open \"/dev/zero\": not a regular file",
	    "and the error names it");
	is_int(conf_read(&c, "/dev/null", NULL, 0, error), 0,
	    "but for that which is empty");
	conf_free(&c);
	write_file("t.conf", "", 0644);
	is_int(truncate(path, 1024 * 1024 + 1), 0, "a file can be long");
	conf_read(&c, path, NULL, 0, error);
	ok(strstr(error, "over 1 MiB long") != NULL, "but not too long");
}

static void
check_defaults(void)
{
	struct conf c;

	unsetenv("TOCSIN_CONF");
	is_int(conf_read(&c, NULL, NULL, 0, error), 0, "no file is needed");
	ok(c.path == NULL, "and none is named");
	is_str(c.database, "", "libpq decides where the database is");
	is_int(c.connections, 2, "two connections");
	is_int(c.workers, 64, "64 workers");
	ok(c.prepared, "prepared statements");
	is_int(c.database_timeout, 2000, "2 s for the database");
	is_int(c.request_timeout, 8000, "8 s for a request");
	ok(!c.end_with_parent, "and nobody to end with");
	is_int(c.body_max, 2097152, "2 MiB for a body");
	is_str(c.base_path, "", "no base path");
	is_str(c.log, "stderr", "log to stderr");
	is_str(c.log_level, "info", "at level info");
	is_str(c.spool, "", "no spool");
	ok(!c.spool_volatile, "and not a volatile one");
	is_int(c.spool_max_files, 100000, "of 100000 files");
	is_int(c.spool_max_bytes, 536870912, "and 512 MiB");
	is_int(c.keep_refused, 100, "and 100 refused requests");
	conf_free(&c);
	ok(c.database == NULL && c.workers == 0, "free leaves zeroes");
	conf_free(&c);
}

/* Each file sets its own number of workers, which shows the one read. */
static int
workers_of(const char *file)
{
	struct conf c;
	int n = -1;

	if (conf_read(&c, file, NULL, 0, error) == 0) {
		n = c.workers;
		conf_free(&c);
	}
	return n;
}

static void
check_search(void)
{
	char dir[96], other[96];

	snprintf(dir, sizeof(dir), "%s/etc", home);
	mkdir(dir, 0755);
	write_file("etc/tocsin.conf", "workers = 11", 0644);
	is_int(workers_of(NULL), 11, "etc/tocsin.conf of the home is found");
	snprintf(dir, sizeof(dir), "%s/.config", home);
	mkdir(dir, 0755);
	write_file(".config/tocsin.conf", "workers = 12", 0644);
	setenv("HOME", "/nonexistent", 1);
	is_int(workers_of(NULL), 12, ".config goes before it, HOME or not");
	snprintf(other, sizeof(other), "%s/other.conf", home);
	write_file("other.conf", "workers = 13", 0644);
	setenv("TOCSIN_CONF", other, 1);
	is_int(workers_of(NULL), 13, "TOCSIN_CONF goes before those");
	write_file("t.conf", "workers = 14", 0644);
	is_int(workers_of(path), 14, "a path goes before all");
	setenv("TOCSIN_CONF", "/nonexistent/t.conf", 1);
	is_int(workers_of(NULL), -1, "a file that was named must exist");
	is_str(error,
	    "could not open \"/nonexistent/t.conf\": "
	    "No such file or directory",
	    "and the error says which");
	setenv("TOCSIN_CONF", "", 1);
	is_int(workers_of(NULL), 12, "an empty TOCSIN_CONF names nothing");
	unsetenv("TOCSIN_CONF");
}

/* What a process that stays looks at again and again. */
static void
check_stale(void)
{
	struct conf c;

	write_file(".config/tocsin.conf", "workers = 12", 0644);
	is_int(conf_read(&c, NULL, NULL, 0, error), 0, "a file is read");
	ok(!conf_is_stale(&c, NULL), "it is what would be read again");
	ok(conf_is_stale(&c, path), "which is not another one");
	write_file(".config/tocsin.conf", "workers = 123", 0644);
	ok(conf_is_stale(&c, NULL), "until it is written");
	conf_free(&c);
	is_int(conf_read(&c, path, NULL, 0, error), 0, "a file is read");
	remove(path);
	ok(conf_is_stale(&c, path), "or has gone");
	conf_free(&c);
	setenv("TOCSIN_CONF", "/dev/null", 1);
	is_int(conf_read(&c, NULL, NULL, 0, error), 0, "an empty one is read");
	ok(!conf_is_stale(&c, NULL), "it stays the same");
	conf_free(&c);
	unsetenv("TOCSIN_CONF");
}

static void
check_precedence(void)
{
	static const char *const set[] = {"workers = 4", "body_max=4k",
	    "body_max=5k"};
	static const char *const bad[] = {"body_max=x"};
	static const char *const none[] = {"body_max"};
	struct conf c;

	write_file("t.conf", "workers=2\nconnections=2\nprepared=no\n", 0644);
	setenv("TOCSIN_WORKERS", "3", 1);
	setenv("TOCSIN_CONNECTIONS", " 3 ", 1);
	is_int(conf_read(&c, path, set, 3, error), 0, "all sources are read");
	ok(!c.prepared, "the file goes before the default");
	is_int(c.connections, 3, "the environment goes before the file");
	is_int(c.workers, 4, "an option goes before the environment");
	is_int(c.body_max, 5120, "the last of several options is taken");
	is_str(c.path, path, "the file is named");
	conf_free(&c);
	is_int(conf_read(&c, path, bad, 1, error), -1,
	    "an option can be wrong");
	is_str(error, "option body_max: must be a number from 1024 to 16777216",
	    "and is named as one");
	conf_read(&c, path, none, 1, error);
	is_str(error, "option must be name = value", "an option needs its =");
	setenv("TOCSIN_WORKERS", "lots", 1);
	is_int(conf_read(&c, path, NULL, 0, error), -1,
	    "a variable can be wrong");
	is_str(error,
	    "TOCSIN_WORKERS: workers: must be a number from 1 to 1024",
	    "and is named as one");
	unsetenv("TOCSIN_WORKERS");
	unsetenv("TOCSIN_CONNECTIONS");
}

static void
check_unknown_variable(void)
{
	char name[80], text[256] = "";
	struct conf c;
	FILE *f;

	snprintf(name, sizeof(name), "%s/log", home);
	log_open(name, LOG_INFO_LEVEL);
	setenv("TOCSIN_BOAT", "secret", 1);
	setenv("TOCSIN_CONF", path, 1);
	is_int(conf_read(&c, path, NULL, 0, error), 0,
	    "an unknown variable is no error");
	conf_free(&c);
	unsetenv("TOCSIN_BOAT");
	unsetenv("TOCSIN_CONF");
	f = fopen(name, "r");
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	ok(strstr(text, "warn: ignored unknown variable TOCSIN_BOAT\n") != NULL,
	    "but a warning, without its value");
	ok(strchr(text, '\n') == strrchr(text, '\n'),
	    "and TOCSIN_CONF is none");
}

/* A dumped configuration, read back, must dump the same. */
static void
check_dump(void)
{
	char *first = NULL, *second = NULL;
	struct conf c;
	size_t len;
	FILE *f;

	fault_of(&c,
	    "database = host=x password=hunter2\nlog=/a b\nworkers = 7\n"
	    "prepared = no\nspool = /s\nspool_max_bytes = 1m\n",
	    0600);
	f = open_memstream(&first, &len);
	conf_dump(&c, f);
	fclose(f);
	conf_free(&c);
	ok(strstr(first, "hunter2") == NULL, "a password is not shown");
	ok(strstr(first, "\ndatabase = host=x password=********\n") != NULL,
	    "but that there is one");
	is_str(fault_of(&c, first, 0600), "", "a dump can be read");
	f = open_memstream(&second, &len);
	conf_dump(&c, f);
	fclose(f);
	conf_free(&c);
	is_str(second, first, "and gives the same dump again");
	free(first);
	free(second);
}

/* Read the example with its keys uncommented. */
static void
check_example(void)
{
	char *text = NULL, *p, *before = NULL, *after = NULL;
	struct conf c;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	conf_example(f);
	fclose(f);
	fault_of(&c, text, 0644);
	f = open_memstream(&before, &len);
	conf_dump(&c, f);
	fclose(f);
	conf_free(&c);
	for (p = text; (p = strstr(p, "\n#")) != NULL; p++)
		if (p[2] != ' ')
			p[1] = ' ';
	is_str(fault_of(&c, text, 0644), "", "the example can be read");
	f = open_memstream(&after, &len);
	conf_dump(&c, f);
	fclose(f);
	conf_free(&c);
	ok(strstr(text, "\n workers = 64\n") != NULL, "it has the keys");
	is_str(after, before, "and shows every default");
	free(text);
	free(before);
	free(after);
}

int
main(void)
{
	char command[96];

	if (mkdtemp(home) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/t.conf", home);
	check_defaults();
	check_files();
	check_no_file();
	check_search();
	check_stale();
	check_precedence();
	check_unknown_variable();
	check_dump();
	check_example();
	snprintf(command, sizeof(command), "rm -r %s", home);
	ok(system(command) == 0, "nothing is left behind");
	return done_testing();
}
