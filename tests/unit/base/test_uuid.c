/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>

#include "base/uuid.h"
#include "tap.h"

#define THREADS 4
#define EACH 20000

#define NOW_US INT64_C(1767225600123456)
#define HOUR_US INT64_C(3600000000)

static int
compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static int64_t
milliseconds(const struct uuid *u)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u->b[i];
	return ms;
}

static void
test_layout(void)
{
	struct uuid u, v;
	bool good = true, differ = false;

	uuid_make(&u, NOW_US);
	is_int(milliseconds(&u), NOW_US / 1000, "it begins with milliseconds");
	is_int((u.b[6] & 15) << 8 | u.b[7], 456 * 4096 / 1000,
	    "then come the twelve bits of the fraction of one");
	for (int i = 0; i < 1000; i++) {
		uuid_make(&v, NOW_US);
		good &= v.b[6] >> 4 == 7 && v.b[8] >> 6 == 2;
		differ |= memcmp(u.b + 8, v.b + 8, 8) != 0;
	}
	ok(good, "version and variant are 7 and 2 in each");
	ok(differ, "the rest is random");
}

static void
test_order(void)
{
	static const int64_t at[] = {NOW_US + 1000000, NOW_US + 1000000,
	    NOW_US + 999999, NOW_US, NOW_US - HOUR_US, NOW_US - 23 * HOUR_US,
	    NOW_US + 1000001, NOW_US + 1001000, NOW_US + 5000000};
	struct uuid last, u;

	uuid_make(&last, NOW_US + 500000);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		uuid_make(&u, at[i]);
		ok(compare(&last, &u) < 0,
		    "each sorts after the one before, if the clock steps back");
		last = u;
	}
	is_int(milliseconds(&u), NOW_US / 1000 + 5000,
	    "when the clock has caught up it counts again");
	for (int i = 0; i < 5000; i++)
		uuid_make(&u, NOW_US);
	is_int(milliseconds(&u), NOW_US / 1000 + 5001,
	    "5000 in one millisecond run over into the next");
}

static void
test_wrong_clock(void)
{
	static const int64_t at[] = {NOW_US, 0, -5, INT64_MIN};
	struct uuid u;

	uuid_make(&u, NOW_US + 1000000 * HOUR_US);
	uuid_make(&u, NOW_US + 60 * HOUR_US);
	is_int(milliseconds(&u), (NOW_US + 60 * HOUR_US) / 1000,
	    "a clock that was years ahead is forgotten");
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		uuid_make(&u, at[i]);
		is_int(milliseconds(&u), at[i] > 0 ? at[i] / 1000 : 0,
		    "so is one that steps back by days");
	}
}

/* As with processes, which share nothing else. */
static void
test_share(void)
{
	static _Atomic uint64_t last;
	struct uuid u, v;

	uuid_make(&u, NOW_US + HOUR_US);
	uuid_share(&last);
	uuid_make(&v, NOW_US);
	is_int(milliseconds(&v), NOW_US / 1000, "shared ticks begin anew");
	last = (uint64_t)((NOW_US + HOUR_US) / 1000) << 12;
	uuid_make(&u, NOW_US);
	is_int(milliseconds(&u), (NOW_US + HOUR_US) / 1000,
	    "what another process has made is counted");
	uuid_make(&v, NOW_US + 1);
	ok(compare(&u, &v) < 0, "and goes on");
	uuid_share(NULL);
}

static void *
make_many(void *arg)
{
	struct uuid *u = arg;

	for (int i = 0; i < EACH; i++)
		uuid_make(&u[i], NOW_US + 10000000);
	return NULL;
}

static int
by_order(const void *a, const void *b)
{
	return compare(a, b);
}

static void
test_threads(void)
{
	static struct uuid all[THREADS * EACH];
	pthread_t thread[THREADS];
	bool ordered = true, unique = true;

	for (int t = 0; t < THREADS; t++)
		pthread_create(&thread[t], NULL, make_many, all + t * EACH);
	for (int t = 0; t < THREADS; t++)
		pthread_join(thread[t], NULL);
	for (int i = 1; i < THREADS * EACH; i++)
		if (i % EACH != 0)
			ordered &= compare(&all[i - 1], &all[i]) < 0;
	ok(ordered, "each thread sees its own in order");
	qsort(all, THREADS * EACH, sizeof(all[0]), by_order);
	for (int i = 1; i < THREADS * EACH; i++)
		unique &= memcmp(all[i - 1].b, all[i].b, 8) != 0;
	ok(unique, "no two threads get the same moment");
}

static void
test_text(void)
{
	static const char text[] = "0123abcd-4567-7890-abcd-ef0123456789";
	char upper[] = "0123ABCD-4567-7890-ABCD-EF0123456789", back[40];
	char bad[64];
	struct uuid u, v;
	int taken = 0;

	is_int(uuid_parse(&u, text, 36), 0, "the canonical form is read");
	is_int(u.b[0] << 8 | u.b[15], 0x0189, "in network byte order");
	uuid_format(&u, back);
	is_str(back, text, "and is printed as it was read");
	is_int(uuid_parse(&v, upper, 36), 0, "upper case is read");
	is_int(compare(&u, &v), 0, "as the same");
	for (size_t len = 0; len < 36; len++)
		taken += uuid_parse(&v, text, len) == 0;
	snprintf(bad, sizeof(bad), "%s0", text);
	taken += uuid_parse(&v, bad, 37) == 0;
	is_int(taken, 0, "no other length is read");
	for (int i = 0; i < 36; i++)
		for (const char *c = "-gG:`/@ "; *c != '\0'; c++) {
			if (*c == text[i])
				continue;
			memcpy(bad, text, 37);
			bad[i] = *c;
			taken += uuid_parse(&v, bad, 36) == 0;
		}
	for (int i = 8; i <= 23; i += 5) {
		memcpy(bad, text, 37);
		bad[i] = '0';
		taken += uuid_parse(&v, bad, 36) == 0;
	}
	is_int(taken, 0, "nor any other character at any place");
	is_int(compare(&u, &v), 0, "what cannot be read changes nothing");
}

int
main(void)
{
	test_layout();
	test_order();
	test_wrong_clock();
	test_share();
	test_threads();
	test_text();
	return done_testing();
}
