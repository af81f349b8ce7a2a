/* SPDX-License-Identifier: ISC */
#include "conf/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	char letter;
	const char *word;
	int64_t seconds;
} units[] = {
    {'s', "seconds", 1},
    {'m', "minutes", 60},
    {'h', "hours", 3600},
    {'d', "days", DURATION_DAY_S},
    {'w', "weeks", 7 * DURATION_DAY_S},
    {'y', "years", 366 * DURATION_DAY_S},
};

/* Return the unit of the duration, and its number; or -1. */
static int
read_units(const char *text, int64_t max_s, int64_t *n)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	*n = strtoll(text, &end, 10);
	if (*n == 0 && *end == '\0')
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == end[0] && end[1] == '\0')
			return *n > max_s / units[i].seconds ? -1 : (int)i;
	return -1;
}

int
duration_read(const char *text, int64_t max_s, char interval[DURATION_BYTES])
{
	int64_t n;
	int unit = read_units(text, max_s, &n);

	if (unit == -1)
		return -1;
	snprintf(interval, DURATION_BYTES, "%" PRId64 " %s", n,
	    units[unit].word);
	return 0;
}

int64_t
duration_seconds(const char *text, int64_t max_s)
{
	int64_t n;
	int unit = read_units(text, max_s, &n);

	return unit == -1 ? -1 : n * units[unit].seconds;
}
