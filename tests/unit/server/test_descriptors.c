/* SPDX-License-Identifier: ISC */
#include "server/descriptors.h"

#include <sys/resource.h>

#include "base/log.h"
#include "tap.h"

static const struct {
	rlim_t soft, hard;
	int workers, connections;
	int want;
	rlim_t soft_then;
	const char *name;
} cases[] = {
    /* From high to low: a hard limit cannot be raised again. */
    {1000, 1000, 64, 2, 64, 1000, "enough"},
    {154, 1000, 64, 2, 64, 154, "just enough"},
    {153, 1000, 64, 2, 64, 154, "one too few, which may be raised"},
    {20, 1000, 64, 16, 64, 168, "far too few, which may be raised"},
    {153, 153, 64, 2, 63, 153, "one too few: a worker less"},
    {100, 120, 64, 2, 47, 120, "raised as far as may be: fewer workers"},
    {28, 28, 64, 2, 1, 28, "enough for one"},
    {27, 27, 64, 2, 0, 27, "not enough for one"},
    {20, 20, 1, 1, 0, 20, "nor for the only one"},
};

int
main(void)
{
	struct rlimit limit;

	log_open("/dev/null", LOG_WARN_LEVEL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		limit = (struct rlimit){cases[i].soft, cases[i].hard};
		is_int(setrlimit(RLIMIT_NOFILE, &limit), 0, "a limit");
		is_int(descriptors_reserve(cases[i].workers,
			   cases[i].connections),
		    cases[i].want, cases[i].name);
		getrlimit(RLIMIT_NOFILE, &limit);
		is_int((long long)limit.rlim_cur, (long long)cases[i].soft_then,
		    "and the limit then");
	}
	return done_testing();
}
