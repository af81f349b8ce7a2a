/* SPDX-License-Identifier: ISC */
#include "base/uuid.h"

#include <sys/random.h>

#include <err.h>
#include <errno.h>
#include <string.h>

#include "base/hex.h"

/* Offsets of the dashes in the text form. */
#define IS_DASH(i) ((i) == 8 || (i) == 13 || (i) == 18 || (i) == 23)

#define TICKS_LEAD ((uint64_t)UUID_LEAD_S * 1000 << 12)

/*
 * Return the 60 bits that order UUIDv7s: milliseconds in the upper 48 bits,
 * 4096ths of a millisecond in the lower 12.
 */
static uint64_t
ticks(int64_t wall_us)
{
	uint64_t us = wall_us < 0 ? 0 : (uint64_t)wall_us;

	return us / 1000 << 12 | us % 1000 * 4096 / 1000;
}

/* The last ticks returned, by this process or all that share them. */
static _Atomic uint64_t own, *_Atomic last = &own;

void
uuid_share(_Atomic uint64_t *shared)
{
	atomic_store(&last, shared == NULL ? &own : shared);
}

/* The ticks of wall_us, or the last ones plus 1 if later, not by too much. */
uint64_t
uuid_take(int64_t wall_us)
{
	_Atomic uint64_t *from = atomic_load(&last);
	uint64_t now = ticks(wall_us);
	uint64_t before = atomic_load(from);
	uint64_t next;

	do
		next = now > before || before - now > TICKS_LEAD ? now
								 : before + 1;
	while (!atomic_compare_exchange_weak(from, &before, next));
	return next;
}

static void
random_bytes(unsigned char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = getrandom(p, len, 0);
		if (n == -1 && errno != EINTR)
			err(1, "could not get random bytes");
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

/* Take eight random bytes from a per-thread pool, refilled by one syscall. */
static uint64_t
take_random(void)
{
	static _Thread_local unsigned char pool[256];
	static _Thread_local size_t left;
	uint64_t v;

	if (left == 0) {
		random_bytes(pool, sizeof(pool));
		left = sizeof(pool);
	}
	left -= 8;
	memcpy(&v, pool + left, 8);
	return v;
}

static void
compose(struct uuid *u, uint64_t t, uint64_t random)
{
	for (int i = 0; i < 6; i++)
		u->b[i] = (unsigned char)(t >> (52 - 8 * i));
	u->b[6] = 0x70 | (t >> 8 & 0x0f);
	u->b[7] = (unsigned char)t;
	for (int i = 0; i < 8; i++)
		u->b[8 + i] = (unsigned char)(random >> (56 - 8 * i));
	u->b[8] = 0x80 | (u->b[8] & 0x3f);
}

void
uuid_make(struct uuid *u, int64_t wall_us)
{
	compose(u, uuid_take(wall_us), take_random());
}

void
uuid_compose(struct uuid *u, uint64_t time, uint64_t random)
{
	_Atomic uint64_t *from = atomic_load(&last);
	uint64_t before = atomic_load(from);

	while (before < time)
		if (atomic_compare_exchange_weak(from, &before, time))
			break;
	compose(u, time, random);
}

void
uuid_format(const struct uuid *u, char text[UUID_TEXT_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(u->b); i++) {
		if (IS_DASH(n))
			text[n++] = '-';
		text[n++] = hex[u->b[i] >> 4];
		text[n++] = hex[u->b[i] & 15];
	}
	text[n] = '\0';
}

int
uuid_parse(struct uuid *u, const char *text, size_t len)
{
	struct uuid parsed;
	size_t n = 0;
	int byte;

	if (len != UUID_TEXT_BYTES - 1)
		return -1;
	for (size_t i = 0; i < sizeof(parsed.b); i++) {
		if (IS_DASH(n) && text[n++] != '-')
			return -1;
		byte = hex_byte(text + n);
		if (byte == -1)
			return -1;
		parsed.b[i] = (unsigned char)byte;
		n += 2;
	}
	*u = parsed;
	return 0;
}
