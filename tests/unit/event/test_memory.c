/* SPDX-License-Identifier: ISC */
#include "event/parse_event.h"

/*
 * Fail each allocation in turn: the event must be parsed correctly, or
 * reported as out of memory, but never be parsed wrongly.
 */

#if defined(__SANITIZE_ADDRESS__)

int
main(void)
{
	puts("1..0 # SKIP the sanitizer has a malloc of its own");
	return 0;
}

#else

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

/* Allocations left before one fails; below 0 none fails. */
static long left = -1;
static long failures;

static bool
is_out(void)
{
	if (left < 0)
		return false;
	if (left-- > 0)
		return false;
	failures++;
	return true;
}

void *
malloc(size_t n)
{
	return is_out() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return is_out() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return is_out() ? NULL : __libc_realloc(p, n);
}

static const char *const bodies[] = {
    "{\"event_type\":\"create\",\"Id\":\"a\\nb\",\"Title\":\"t\\u00e9\"}",
    "{\"event_type\":\"create\",\"\\u0049d\":\"x\",\"Title\":\"\\/ 0123456789 "
    "0123456789 0123456789 0123456789\\n\",\"Description\":[\"\\\"\", {}],"
    "\"Tags\":[\"\\ud83d\\ude00\",\"b\"],\"dedup_keys\":[7,\"\\t\"],"
    "\"Meta\":{\"incid\\u0065nt\":1,\"incident_message\":\"\\n\",\"a\":1},"
    "\"\\u0041\":[\"\\\\\"],\"b\":{},\"a\":1,\"c\":null}",
    "{\"event_type\":\"r\\u0065solve\",\"Id\":\"\\\\\"}",
};

/* Concatenate the parsed fields.  Must not allocate. */
static size_t
image(char *to, size_t size)
{
	const struct slice s[] = {ev.type, ev.external_id, ev.title,
	    ev.description, ev.tags, ev.dedup_keys, ev.meta, ev.severity,
	    ev.message, ev.additional};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		if (s[i].p == NULL || at + s[i].len > size)
			continue;
		memcpy(to + at, s[i].p, s[i].len);
		at += s[i].len;
	}
	return at;
}

/* Parse body from scratch; after n allocations one fails. */
static enum outcome
read_body(const char *body, long n, char *to, size_t *len)
{
	static char text[1024];
	struct json_list scratch = {0};
	struct json_value top;
	const char *why;
	size_t at;
	enum outcome res;

	snprintf(text, sizeof(text), "%s", body);
	left = n;
	res = json_scan(&top, text, strlen(text), &why, &at);
	if (res == OUTCOME_OK)
		res = event_parse(&ev, top.text, &scratch, &fault);
	left = -1;
	*len = res == OUTCOME_OK ? image(to, 1024) : 0;
	event_free(&ev);
	json_list_free(&scratch);
	return res;
}

int
main(void)
{
	static char want[1024], got[1024];
	long wrong = 0, refused = 0;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		size_t want_len, len;

		is_int(read_body(bodies[i], -1, want, &want_len), OUTCOME_OK,
		    "with memory the event is read");
		for (long n = 0; n < 100; n++) {
			enum outcome res = read_body(bodies[i], n, got, &len);

			refused += res == OUTCOME_UNAVAILABLE;
			if (res != OUTCOME_UNAVAILABLE)
				wrong += res != OUTCOME_OK || len != want_len ||
				    memcmp(got, want, len) != 0;
		}
	}
	is_int(wrong, 0, "without memory it is read the same or not at all");
	ok(refused > 10, "there were readings that failed");
	ok(failures >= refused, "each for an allocation that did");
	drop_event();
	return done_testing();
}

#endif
