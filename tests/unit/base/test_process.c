/* SPDX-License-Identifier: ISC */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static void
test_keeps(void)
{
	static const struct {
		const char *variable;
		bool kept;
	} cases[] = {
	    {"TOCSIN_CONF=/etc/tocsin.conf", true},
	    {"TOCSIN_SPOOL=/spool", true},
	    {"PGHOST=/run", true},
	    {"HOME=/home/a", true},
	    {"HOMEPAGE=x", false},
	    {"TOCSIN_WORKERS=1", false},
	    {"TOCSIN_END_WITH_PARENT=yes", false},
	    {"HTTP_PROXY=http://evil", false},
	    {"HTTP_TOCSIN_SPOOL=/evil", false},
	    {"LD_PRELOAD=/evil.so", false},
	    {"PATH=/evil", false},
	    {"REQUEST_METHOD=POST", false},
	    {"QUERY_STRING=PGHOST=x", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(process_keeps(cases[i].variable) == cases[i].kept,
		    cases[i].variable);
}

/* Programs lie beside each other, or as make install puts them. */
static void
test_beside(void)
{
	char dir[] = "/tmp/process.XXXXXX", path[PATH_MAX], at[PATH_MAX];
	struct program own;

	if (mkdtemp(dir) == NULL)
		abort();
	snprintf(own.path, sizeof(own.path), "%s/bin/tocsin", dir);
	snprintf(at, sizeof(at), "%s/bin", dir);
	mkdir(at, 0700);
	is_int(program_beside(&own, "other", path), -1, "there is none");
	snprintf(at, sizeof(at), "%s/lib", dir);
	mkdir(at, 0700);
	snprintf(at, sizeof(at), "%s/lib/tocsin", dir);
	mkdir(at, 0700);
	snprintf(at, sizeof(at), "%s/lib/tocsin/other", dir);
	close(open(at, O_WRONLY | O_CREAT, 0700));
	is_int(program_beside(&own, "other", path), 0, "it is installed");
	snprintf(at, sizeof(at), "%s/bin/../lib/tocsin/other", dir);
	is_str(path, at, "in its directory");
	snprintf(at, sizeof(at), "%s/bin/other", dir);
	close(open(at, O_WRONLY | O_CREAT, 0600));
	program_beside(&own, "other", path);
	ok(strcmp(path, at) != 0, "what cannot be executed is no program");
	chmod(at, 0700);
	is_int(program_beside(&own, "other", path), 0, "one beside it");
	is_str(path, at, "is found first");
	snprintf(at, sizeof(at), "rm -r %s", dir);
	ok(system(at) == 0, "nothing else was made");
}

/* Otherwise this test ends here. */
static void
test_signals(void)
{
	struct rlimit before, few;
	FILE *file = tmpfile();
	int fd, ends[2];

	process_ignore_signals();
	if (file == NULL || pipe(ends) == -1)
		abort();
	close(ends[0]);
	ok(write(ends[1], "x", 1) == -1 && errno == EPIPE,
	    "writing to a pipe that nobody reads fails");
	close(ends[1]);
	getrlimit(RLIMIT_FSIZE, &before);
	few = (struct rlimit){10, before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &few);
	fd = fileno(file);
	ok(pwrite(fd, "x", 1, 10) == -1 && errno == EFBIG,
	    "so does writing beyond the longest file");
	setrlimit(RLIMIT_FSIZE, &before);
	fclose(file);
}

int
main(void)
{
	test_keeps();
	test_beside();
	test_signals();
	return done_testing();
}
