/* SPDX-License-Identifier: ISC */
#include "server/pace.h"

#include "tap.h"

static void
note(struct pace *p, int n, int64_t us)
{
	for (int i = 0; i < n; i++)
		pace_note(p, us);
}

int
main(void)
{
	struct pace p = {0};
	int ms;

	is_int(pace_fill_ms(&p, 1), 0, "at first no batch waits");
	note(&p, 1000, 300);
	is_int(pace_fill_ms(&p, 1), 0, "nor for what comes at once");
	note(&p, 1, 10000);
	ms = pace_fill_ms(&p, 1);
	ok(ms <= 1, "one slow request is no crowd");
	note(&p, 1000, 5000);
	ms = pace_fill_ms(&p, 1);
	ok(ms == 9 || ms == 10, "in a crowd a batch fills for twice the way");
	is_int(pace_fill_ms(&p, PACE_ENOUGH - 1), ms, "until it has enough");
	is_int(pace_fill_ms(&p, PACE_ENOUGH), 0, "and then no longer");
	note(&p, 1000, INT64_MAX);
	is_int(pace_fill_ms(&p, 1), PACE_MAX_MS, "there is a longest time");
	note(&p, 1000, INT64_MIN);
	is_int(pace_fill_ms(&p, 1), 0, "a clock that was set does no harm");
	return done_testing();
}
