/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "spool/roster.h"

/*
 * For 251_token_time.t, under callgrind: judge wrong tokens, and write the
 * instructions of each judgement as a dump of its own, by its name.
 */
#define ID "int_ODCWagoG9"

typedef bool judge(const struct buf *b, struct origin *from, const char *token);

/* As a request's token is judged. */
static bool
judge_token(const struct buf *b, struct origin *from, const char *token)
{
	digest_sha256(token, strlen(token), from->token_hash);
	return roster_admits(b, from, NULL);
}

static bool
judge_hash(const struct buf *b, struct origin *from, const char *token)
{
	(void)token;
	return roster_admits(b, from, NULL);
}

/* What a comparison that stops at the first difference would show. */
static bool
judge_in_haste(const struct buf *b, struct origin *from, const char *token)
{
	const volatile unsigned char *p = from->token_hash;
	unsigned char right[DIGEST_BYTES];
	size_t i = 0;

	(void)b;
	digest_sha256(token, strlen(token), right);
	while (i < DIGEST_BYTES && p[i] == right[i])
		i++;
	return i == DIGEST_BYTES;
}

static int
measure(const char *name, judge *how, const struct buf *b, struct origin *from,
    const char *token)
{
	bool admitted;

	how(b, from, token); /* binds and caches what the first call does */
	CALLGRIND_ZERO_STATS;
	admitted = how(b, from, token);
	CALLGRIND_DUMP_STATS_AT(name);
	return admitted;
}

int
main(int argc, char **argv)
{
	const char *right = argc > 1 ? argv[1] : "", *hash, *before;
	unsigned char want[DIGEST_BYTES];
	char hex[2][DIGEST_HEX_BYTES], name[32];
	struct buf b = {.max = ROSTER_BYTES_MAX};
	struct origin from = {.integration_id = SLICE(ID), .has_token = true};
	int admitted = 0;

	digest_sha256(right, strlen(right), want);
	digest_hex(want, hex[0]);
	digest_sha256("before", 6, want);
	digest_hex(want, hex[1]);
	hash = hex[0];
	before = hex[1];
	roster_begin(&b, "5b0e8a3c-8e9f-4c1d-9a47-3d2f6a1b7c55");
	if (roster_add(&b,
		(const char *[]){ID, "t", hash, before, "9000000000000000",
		    NULL},
		NULL) != NULL)
		return 1;
	roster_end(&b);
	digest_sha256(right, strlen(right), want);
	for (int same = 0; same < DIGEST_BYTES; same++) {
		memcpy(from.token_hash, want, DIGEST_BYTES);
		from.token_hash[same] ^= 0x10;
		snprintf(name, sizeof(name), "hash %d", same);
		admitted += measure(name, judge_hash, &b, &from, right);
		snprintf(name, sizeof(name), "haste %d", same);
		admitted += measure(name, judge_in_haste, &b, &from, right);
	}
	for (int i = 2; i < argc; i++) {
		snprintf(name, sizeof(name), "token %d", i);
		admitted += measure(name, judge_token, &b, &from, argv[i]);
	}
	/* And the right one is known. */
	return admitted == 0 && judge_token(&b, &from, right) ? 0 : 1;
}
