/* SPDX-License-Identifier: ISC */
#include "base/identity.h"

#include "tap.h"

#define NOW_US INT64_C(1767225600123456)
#define EVENTS 1000

static struct identity id = {NOW_US, 0, 123456, 0xfedcba9876543210,
    {0x81, 2, 3, 4, 5, 6, 7, 8, 9, 10}};

static void
test_text(void)
{
	char text[IDENTITY_TEXT_BYTES], bad[IDENTITY_TEXT_BYTES];
	struct identity back = {0};
	int taken = 0;

	identity_format(&id, text);
	is_int(identity_parse(&back, text), 0, "what was written is read");
	is_int(back.received_at, NOW_US, "with its time");
	ok(back.time == id.time, "that of its ids");
	is_int(back.deadline, 123456, "its deadline");
	ok(back.settings == id.settings, "its settings");
	ok(memcmp(back.random, id.random, sizeof(id.random)) == 0,
	    "and its random bytes");
	for (size_t i = 0; i < strlen(text); i++)
		for (const char *c = "gG/:A -"; *c != '\0'; c++) {
			memcpy(bad, text, sizeof(bad));
			bad[i] = *c;
			taken += identity_parse(&back, bad) == 0;
		}
	for (size_t len = 0; len < strlen(text); len++) {
		memcpy(bad, text, sizeof(bad));
		bad[len] = '\0';
		taken += identity_parse(&back, bad) == 0;
	}
	snprintf(bad, sizeof(bad), "%s0", text);
	taken += identity_parse(&back, bad) == 0;
	memcpy(bad, text, sizeof(bad));
	bad[0] = 'f';
	taken += identity_parse(&back, bad) == 0;
	is_int(taken, 0, "nothing else is");
}

static void
test_draw(void)
{
	struct identity a = id, b = id;

	is_int(identity_draw(&a), 0, "an identity is drawn");
	is_int(identity_draw(&b), 0, "and another");
	ok(memcmp(a.random, b.random, sizeof(a.random)) != 0, "that differs");
	is_int(a.received_at, NOW_US, "the time stays");
}

static int
compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static void
test_events(void)
{
	struct identity other = id;
	bool ordered = true, same = true, right = true, apart = true;
	struct uuid u, v, w, last = {{0}};

	for (size_t n = 0; n < EVENTS; n++) {
		identity_event(&id, n, &u);
		identity_event(&id, n, &v);
		ordered &= compare(&last, &u) < 0;
		same &= compare(&u, &v) == 0;
		right &= u.b[6] >> 4 == 7 && u.b[8] >> 6 == 2;
		/* The random part alone tells two requests apart. */
		other.random[7] = (unsigned char)(id.random[7] + 1);
		identity_event(&other, n, &w);
		apart &= memcmp(u.b + 8, w.b + 8, 8) != 0;
		last = u;
	}
	ok(ordered, "the events of a request are in their order");
	ok(same, "each has the same id each time");
	ok(right, "which is a UUIDv7");
	ok(apart, "and those of another request are others");
}

/* The clock steps back between two requests of one spool. */
static void
test_clock(void)
{
	struct identity first = {.received_at = NOW_US},
			second = {.received_at = NOW_US - 3600000000};
	struct uuid u, v, w;

	identity_draw(&first);
	identity_event(&first, EVENTS, &u);
	identity_draw(&second);
	identity_event(&second, 0, &v);
	ok(compare(&u, &v) < 0,
	    "an id is later than those of the request before");
	uuid_make(&w, NOW_US - 3600000000);
	ok(compare(&v, &w) < 0, "and what is made then is later still");
	identity_event(&first, 0, &v);
	identity_event(&first, EVENTS, &w);
	ok(compare(&u, &w) == 0, "a request that comes again has its ids");
}

int
main(void)
{
	id.time = uuid_take(NOW_US);
	test_text();
	test_draw();
	test_events();
	test_clock();
	return done_testing();
}
