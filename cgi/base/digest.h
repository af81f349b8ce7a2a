/* SPDX-License-Identifier: ISC */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_BYTES 32

/* Compute SHA-256 (FIPS 180-4) of the len bytes at p. */
void digest_sha256(const void *p, size_t len, unsigned char out[DIGEST_BYTES]);

/* Compute HMAC-SHA256 (RFC 2104) of the len bytes at p. */
void digest_hmac(const void *key, size_t key_len, const void *p, size_t len,
    unsigned char out[DIGEST_BYTES]);

#define DIGEST_HEX_BYTES (2 * DIGEST_BYTES + 1) /* with the NUL */

/* Write the digest in lower-case hexadecimal. */
void digest_hex(const unsigned char sum[DIGEST_BYTES],
    char out[DIGEST_HEX_BYTES]);

/*
 * Read a digest from exactly 64 lower-case hexadecimal digits.  Returns 0, or
 * -1 when the len bytes at text are anything else.
 */
int digest_from_hex(unsigned char sum[DIGEST_BYTES], const char *text,
    size_t len);

#define DIGEST_BASE64_BYTES 45 /* with the NUL */

/* Write the digest in padded Base64 (RFC 4648). */
void digest_base64(const unsigned char sum[DIGEST_BYTES],
    char out[DIGEST_BASE64_BYTES]);

/* Compare in constant time. */
bool digest_equal(const unsigned char a[DIGEST_BYTES],
    const unsigned char b[DIGEST_BYTES]);

#endif
