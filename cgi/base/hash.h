/* SPDX-License-Identifier: ISC */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/buf.h"

/*
 * FNV-1a (draft-eastlake-fnv): fast, but anyone can choose inputs that collide.
 * It must not change: names of files in the spool contain it.
 */
#define HASH_START_32 UINT32_C(0x811c9dc5)
#define HASH_PRIME_64 UINT64_C(0x100000001b3)

/* Continue from HASH_START_32, or from the hash of the bytes before. */
uint32_t hash_32(uint32_t before, struct slice s);

uint64_t hash_64(struct slice s);

#endif
