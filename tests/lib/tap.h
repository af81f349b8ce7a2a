/* SPDX-License-Identifier: ISC */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * The least of a TAP producer.  Each check prints one line whose name is a
 * fact in plain words; main() ends with return done_testing();.
 */
static int tap_run, tap_failed;

static inline bool
ok(bool good, const char *name)
{
	tap_run++;
	tap_failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tap_run, name);
	fflush(stdout);
	return good;
}

static inline bool
is_int(long long got, long long want, const char *name)
{
	if (!ok(got == want, name)) {
		printf("# got %lld, want %lld\n", got, want);
		return false;
	}
	return true;
}

/* Compare len bytes with a string; a NULL got equals a NULL want only. */
static inline bool
is_bytes(const char *got, size_t len, const char *want, const char *name)
{
	bool same = got == NULL || want == NULL
	    ? got == NULL && want == NULL
	    : len == strlen(want) && memcmp(got, want, len) == 0;

	if (!ok(same, name)) {
		printf("# got  %.*s\n", got ? (int)len : 4, got ? got : "NULL");
		printf("# want %s\n", want ? want : "NULL");
	}
	return same;
}

static inline bool
is_str(const char *got, const char *want, const char *name)
{
	return is_bytes(got, got != NULL ? strlen(got) : 0, want, name);
}

static inline int
done_testing(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed != 0 || tap_run == 0;
}

#endif
