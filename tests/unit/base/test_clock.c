/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <time.h>

#include "base/clock.h"
#include "tap.h"

int
main(void)
{
	struct timespec nap = {0, 30000000};
	int64_t before = clock_ms();
	int64_t wall = clock_wall_us();
	int left;

	nanosleep(&nap, NULL);
	ok(clock_ms() - before >= 29, "30 ms are 30 ms, or more");
	ok(clock_ms() - before < 10000, "and not 10 s");
	ok(clock_wall_us() - wall >= 29000, "the wall clock counts in us");
	is_int(clock_wall_us() / 1000000 - time(NULL) <= 1 &&
		time(NULL) - clock_wall_us() / 1000000 <= 1,
	    1, "from the Unix epoch");

	left = clock_left_ms(clock_ms() + 5000);
	ok(left > 4000 && left <= 5000, "what is left is in ms");
	is_int(clock_left_ms(clock_ms() - 1), 0, "nothing is left of the past");
	is_int(clock_left_ms(INT64_MIN), 0, "nor of the farthest past");
	is_int(clock_left_ms(INT64_MAX), INT_MAX,
	    "the farthest future is as much as an int holds");
	return done_testing();
}
