/* SPDX-License-Identifier: ISC */
#include "intake/housekeeper.h"

#include <sys/stat.h>

#include "intake/intake_fixture.h"

#define BUDGET_MS 10000

long long
rows_number(const struct rows *rows, int row, const char *name)
{
	(void)rows, (void)row, (void)name;
	return 0;
}

/* Set the time of a file back by so many minutes. */
static void
set_back(int at, const char *name, int minutes)
{
	const struct timespec t = {time(NULL) - minutes * 60, 0};

	if (utimensat(at, name, (const struct timespec[]){t, t}, 0) == -1)
		exit(1);
}

/* Leave a file in tmp/, as a process does that was killed long ago. */
static void
leave(void)
{
	write_at(spool->tmp, "left", "a part of it");
	set_back(spool->tmp, "left", 11);
}

static bool
is_left(void)
{
	struct stat st;

	return fstatat(spool->tmp, "left", &st, 0) == 0;
}

static void
once(void)
{
	housekeeper_once(&fixture_conf, intake, spooler, NULL, BUDGET_MS);
}

/* Of many processes that serve one request each, few read all of tmp/. */
static void
test_clean_once(void)
{
	leave();
	once();
	ok(!is_left(), "what the dead left in tmp/ is deleted");
	leave();
	once();
	ok(is_left(), "but not looked for by each process");
	set_back(spool->dir, "clean", 2);
	once();
	ok(!is_left(), "again when it is time");
}

int
main(void)
{
	open_intake();
	test_clean_once();
	close_intake();
	return done_testing();
}
