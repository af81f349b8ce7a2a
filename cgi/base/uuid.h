/* SPDX-License-Identifier: ISC */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_BYTES 37 /* 36 characters and the NUL */
#define UUID_LEAD_S 86400

struct uuid {
	unsigned char b[16]; /* network byte order, as PostgreSQL sends it */
};

/*
 * Make a UUIDv7 (RFC 9562 5.7) for wall_us, microseconds since the Unix
 * epoch: 48 bits of milliseconds, 12 bits of the fraction of a millisecond
 * (method 3 of 6.2), 62 random bits from getrandom(2).
 *
 * UUIDs made by one process are strictly increasing: when the clock stands
 * still or steps back by less than UUID_LEAD_S, the previous timestamp is
 * incremented.  A clock that was further ahead was wrong: what it has left
 * behind is forgotten, so that UUIDs do not stay wrong for years.
 * Thread-safe.  Does not allocate; ends the process when getrandom() fails.
 */
void uuid_make(struct uuid *u, int64_t wall_us);

/*
 * Take the timestamp that uuid_make() would use, in 4096ths of a millisecond.
 */
uint64_t uuid_take(int64_t wall_us);

/*
 * Make the UUIDv7 that these give, the same each time: a timestamp as from
 * uuid_take(), or a little later, and 62 bits of random.  UUIDs made and
 * timestamps taken after this are later.
 */
void uuid_compose(struct uuid *u, uint64_t time, uint64_t random);

/*
 * Have the UUIDs of all processes that share *last be increasing; it is 0 at
 * first and must stay valid.  NULL: those of this process alone.
 */
void uuid_share(_Atomic uint64_t *last);

void uuid_format(const struct uuid *u, char text[UUID_TEXT_BYTES]);

/*
 * Parse the canonical 36-character form, in either case.  Returns 0, or -1
 * when the len bytes at text are anything else.
 */
int uuid_parse(struct uuid *u, const char *text, size_t len);

#endif
