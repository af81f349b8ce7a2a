/* SPDX-License-Identifier: ISC */
#include "conf/duration.h"
#include "tap.h"

static const struct {
	const char *text;
	int64_t max_s;
	const char *want; /* NULL: refused */
	const char *name;
} cases[] = {
    {"0", 0, "0 seconds", "none at all"},
    {"0d", 0, "0 days", "none, with a unit"},
    {"90s", 90, "90 seconds", "seconds, up to the limit"},
    {"91s", 90, NULL, "a second beyond it"},
    {"15m", 3600, "15 minutes", "minutes"},
    {"24h", 86400, "24 hours", "hours"},
    {"7d", 7 * DURATION_DAY_S, "7 days", "days"},
    {"26w", 366 * DURATION_DAY_S, "26 weeks", "weeks"},
    {"2y", 732 * DURATION_DAY_S, "2 years", "years"},
    {"3y", 732 * DURATION_DAY_S, NULL, "too many years"},
    {"007d", 7 * DURATION_DAY_S, "7 days", "zeroes in front"},
    {"", 100, NULL, "nothing"},
    {"d", 100, NULL, "a unit alone"},
    {"7", 100, NULL, "a number alone"},
    {"7 d", 100, NULL, "white space"},
    {" 7d", INT64_MAX, NULL, "white space in front"},
    {"7D", INT64_MAX, NULL, "a unit in upper case"},
    {"7days", INT64_MAX, NULL, "a word"},
    {"-1d", INT64_MAX, NULL, "a sign"},
    {"1.5h", INT64_MAX, NULL, "a fraction"},
    {"1h30m", INT64_MAX, NULL, "two of them"},
    {"99999999999999999999999y", INT64_MAX, NULL, "more than there is"},
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char interval[DURATION_BYTES] = "";
		int rc = duration_read(cases[i].text, cases[i].max_s, interval);

		is_int(rc, cases[i].want == NULL ? -1 : 0, cases[i].name);
		if (cases[i].want != NULL)
			is_str(interval, cases[i].want, "as an interval");
	}
	is_int(duration_seconds("0", 10), 0, "none in seconds");
	is_int(duration_seconds("2h", DURATION_DAY_S), 7200, "2h in seconds");
	is_int(duration_seconds("2h", 7199), -1, "beyond the limit");
	is_int(duration_seconds("yesterday", DURATION_DAY_S), -1, "no time");
	return done_testing();
}
