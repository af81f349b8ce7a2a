/* SPDX-License-Identifier: ISC */
#include "base/hash.h"

uint32_t
hash_32(uint32_t before, struct slice s)
{
	uint32_t h = before;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT32_C(0x01000193);
	return h;
}

uint64_t
hash_64(struct slice s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * HASH_PRIME_64;
	return h;
}
