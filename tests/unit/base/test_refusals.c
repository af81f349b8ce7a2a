/* SPDX-License-Identifier: ISC */
#include "base/refusals.h"

#include <pthread.h>
#include <stdlib.h>

#include "tap.h"

#define SECOND 1000000

static struct refusals *r;
static uint64_t omitted;

static void
empty(void)
{
	free(r);
	r = calloc(1, sizeof(*r));
}

static bool
count(const char *id, enum outcome o, int64_t now)
{
	return refusals_count(r, slice_of(id), o, now, &omitted);
}

/* Return whether it prints the line; of NULL, the number of series. */
static long
prints(const char *line)
{
	struct buf b = {.max = 1 << 20};
	long n = 0;

	refusals_print(r, &b);
	buf_append(&b, "", 1);
	if (line != NULL)
		n = strstr(b.data, line) != NULL;
	else
		for (const char *p = b.data; *p != '\0'; p++)
			n += strncmp(p, "\ntocsin_", 8) == 0;
	buf_free(&b);
	return n;
}

static void
test_known(void)
{
	empty();
	count("int_a", OUTCOME_INVALID, 1);
	refusals_know(r, SLICE("int_a"));
	refusals_know(r, SLICE("int_a"));
	count("int_a", OUTCOME_INVALID, 1);
	count("int_a", OUTCOME_INVALID, 1);
	count("int_a", OUTCOME_FORBIDDEN, 1);
	ok(prints("tocsin_refusals_total{integration=\"\",dialect="
		  "\"\",reason=\"invalid\"} 1\n"),
	    "who is not known counts for nobody");
	ok(prints("tocsin_refusals_total{integration=\"int_a\",dialect="
		  "\"pagertree\",reason=\"invalid\"} 2\n"),
	    "who is known has a series");
	ok(prints("{integration=\"int_a\",dialect=\"pagertree\","
		  "reason=\"forbidden\"} 1\n"),
	    "for each reason");
	is_int(prints(NULL), 3, "and none without a refusal");
}

static void
test_dialect(void)
{
	empty();
	refusals_know(r, SLICE("int_a/oncall"));
	count("int_a/oncall", OUTCOME_INVALID, 1);
	ok(prints("tocsin_refusals_total{integration=\"int_a\","
		  "dialect=\"oncall\",reason=\"invalid\"} 1\n") &&
		prints(NULL) == 1,
	    "a dialect has a series of its own");
}

static void
test_bound(void)
{
	char id[REFUSALS_NAME_BYTES + 1];

	empty();
	for (int i = 0; i < 10000; i++) {
		snprintf(id, sizeof(id), "int_guess%d", i);
		count(id, OUTCOME_UNKNOWN_INTEGRATION, 1);
	}
	ok(prints("{integration=\"\",dialect=\"\","
		  "reason=\"unknown_integration\"} 10000\n") &&
		prints(NULL) == 1,
	    "10000 guesses are one series");
	for (int i = 0; i < REFUSALS_INTEGRATIONS + 44; i++) {
		snprintf(id, sizeof(id), "int_real%d", i);
		refusals_know(r, slice_of(id));
		count(id, OUTCOME_INVALID, 1);
	}
	ok(prints("{integration=\"other\",dialect=\"\","
		  "reason=\"invalid\"} 44\n"),
	    "whom there is no room for counts for the others");
	is_int(prints(NULL), 2 + REFUSALS_INTEGRATIONS,
	    "and the series are bounded");
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	empty();
	refusals_know(r, slice_of(id));
	count(id, OUTCOME_INVALID, 1);
	ok(prints("integration=\"\""), "an id that is too long is not known");
	id[68] = '\0';
	refusals_know(r, slice_of(id));
	count(id, OUTCOME_INVALID, 1);
	ok(prints(id), "the longest is");
}

static void
test_lines(void)
{
	empty();
	refusals_know(r, SLICE("int_a"));
	ok(count("int_a", OUTCOME_INVALID, SECOND) && omitted == 0,
	    "the first refusal is logged");
	ok(!count("int_a", OUTCOME_INVALID, SECOND) &&
		!count("int_a", OUTCOME_INVALID, 2 * SECOND - 1),
	    "the next within a second are not");
	ok(count("int_a", OUTCOME_FORBIDDEN, SECOND),
	    "one of another status is");
	ok(count("int_a", OUTCOME_NOT_JSON, SECOND) &&
		!count("int_a", OUTCOME_ENCODED, SECOND),
	    "reasons of one status share a line");
	ok(count("int_b", OUTCOME_INVALID, SECOND) &&
		!count("int_c", OUTCOME_INVALID, SECOND),
	    "and so do all that are unknown");
	ok(count("int_a", OUTCOME_INVALID, 2 * SECOND), "after a second it is");
	is_int((long long)omitted, 2, "and tells how many were not");
	ok(count("int_a", OUTCOME_INVALID, 3 * SECOND) && omitted == 0,
	    "just once");
	ok(count("int_a", OUTCOME_INVALID, SECOND) && omitted == 0,
	    "a clock that is set back silences nobody");
	omitted = 7;
	ok(refusals_count(NULL, SLICE("int_a"), OUTCOME_INVALID, 1, &omitted) &&
		omitted == 0,
	    "where nothing is counted all is logged");
	refusals_know(NULL, SLICE("int_a"));
}

static int
kept(const char *id, enum outcome o, int64_t now_us, int tries)
{
	int n = 0;

	for (int i = 0; i < tries; i++)
		n += refusals_keep(r, slice_of(id), o, now_us);
	return n;
}

static void
test_kept(void)
{
	const int64_t now = INT64_C(1767225600123456);

	empty();
	refusals_know(r, SLICE("int_a"));
	refusals_know(r, SLICE("int_b"));
	is_int(kept("int_a", OUTCOME_INVALID, now, 50), REFUSALS_KEPT_MAX,
	    "of one status so many are kept");
	is_int(kept("int_a", OUTCOME_INVALID, now + 800000, 50), 0,
	    "and no more in the same second");
	is_int(kept("int_a", OUTCOME_BAD_JSON, now, 50), REFUSALS_KEPT_MAX,
	    "and of another status");
	is_int(kept("int_a", OUTCOME_ENCODED, now, 7) +
		kept("int_a", OUTCOME_NOT_JSON, now, 7),
	    REFUSALS_KEPT_MAX, "which two outcomes may have");
	is_int(kept("int_b", OUTCOME_INVALID, now, 50),
	    REFUSALS_KEPT_ALL_MAX - 3 * REFUSALS_KEPT_MAX,
	    "and of another integration, until all is used up");
	is_int(kept("int_b", OUTCOME_INVALID, now + 1000000, 50),
	    REFUSALS_KEPT_MAX, "in the next one as many as before");
	ok(refusals_keep(NULL, SLICE("int_a"), OUTCOME_INVALID, now),
	    "where nothing is counted all are");
}

static void *
race(void *arg)
{
	uint64_t left;
	long *lines = arg;
	char id[16];

	for (int i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "int_%d", i % 300);
		refusals_know(r, slice_of(id));
		*lines +=
		    refusals_count(r, slice_of(id), OUTCOME_INVALID, 5, &left);
	}
	return NULL;
}

static void
test_threads(void)
{
	pthread_t threads[4];
	long lines[4] = {0}, sum = 0;
	uint64_t counted = 0;

	empty();
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, race, &lines[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		sum += lines[i];
	}
	for (int i = 0; i < REFUSALS_INTEGRATIONS; i++)
		counted += r->rows[i].counts[OUTCOME_INVALID];
	counted += r->other.counts[OUTCOME_INVALID];
	is_int((long long)counted, 4 * 2000, "threads lose no count");
	is_int((long long)r->unknown.counts[OUTCOME_INVALID], 0,
	    "and know whom they were told of");
	is_int(prints(NULL), REFUSALS_INTEGRATIONS + 1,
	    "an id has one row, whoever is first");
	is_int(sum, REFUSALS_INTEGRATIONS + 1, "and one line each");
}

int
main(void)
{
	test_known();
	test_dialect();
	test_bound();
	test_lines();
	test_kept();
	test_threads();
	free(r);
	return done_testing();
}
