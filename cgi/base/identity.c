/* SPDX-License-Identifier: ISC */
#include "base/identity.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define NUMBERS 6
#define HEX_CHARS 16 /* of each of them but the last */

int
identity_draw(struct identity *id)
{
	ssize_t n = getrandom(id->random, sizeof(id->random), 0);

	id->time = uuid_take(id->received_at);
	return n == sizeof(id->random) ? 0 : -1;
}

static uint64_t
big_endian(const unsigned char *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

void
identity_format(const struct identity *id, char text[IDENTITY_TEXT_BYTES])
{
	snprintf(text, IDENTITY_TEXT_BYTES,
	    "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64
	    "%016" PRIx64 "%04" PRIx64,
	    (uint64_t)id->received_at, id->time, (uint64_t)id->deadline,
	    id->settings, big_endian(id->random, 8),
	    big_endian(id->random + 8, 2));
}

/* Read len hexadecimal digits; false if there are others. */
static bool
read_hex(const char *text, size_t len, uint64_t *v)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	*v = 0;
	for (size_t i = 0; i < len; i++) {
		at = strchr(digits, text[i]);
		if (text[i] == '\0' || at == NULL)
			return false;
		*v = *v << 4 | (uint64_t)(at - digits);
	}
	return true;
}

int
identity_parse(struct identity *id, const char *text)
{
	uint64_t v[NUMBERS];

	if (strlen(text) != (NUMBERS - 1) * HEX_CHARS + 4)
		return -1;
	for (size_t i = 0; i < NUMBERS; i++)
		if (!read_hex(text + i * HEX_CHARS,
			i < NUMBERS - 1 ? HEX_CHARS : 4, &v[i]))
			return -1;
	if (v[0] > INT64_MAX || v[2] > INT64_MAX)
		return -1;
	id->received_at = (int64_t)v[0];
	id->time = v[1];
	id->deadline = (int64_t)v[2];
	id->settings = v[3];
	for (size_t i = 0; i < 8; i++)
		id->random[i] = (unsigned char)(v[4] >> (56 - 8 * i));
	id->random[8] = (unsigned char)(v[5] >> 8);
	id->random[9] = (unsigned char)v[5];
	return 0;
}

void
identity_event(const struct identity *id, size_t n, struct uuid *u)
{
	/* Two events of a request differ by more than their number. */
	uint64_t step = big_endian(id->random + 8, 2) << 16 | 1;

	uuid_compose(u, id->time + n, big_endian(id->random, 8) + n * step);
}
