/* SPDX-License-Identifier: ISC */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_BYTES 32

/* SHA-256 of len bytes at p (FIPS 180-4). */
void digest_sha256(const void *p, size_t len, unsigned char out[DIGEST_BYTES]);

/* Compare in a time that does not depend on where they differ. */
bool digest_equal(const unsigned char a[DIGEST_BYTES],
    const unsigned char b[DIGEST_BYTES]);

#endif
