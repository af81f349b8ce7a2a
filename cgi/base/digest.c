/* SPDX-License-Identifier: ISC */
#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void
digest_sha256(const void *p, size_t len, unsigned char out[DIGEST_BYTES])
{
	/*
	 * The first call in a process takes about 0.8 ms, because libcrypto
	 * reads its configuration; SHA256() takes as long.  Abort on failure:
	 * there is no return value to report it, and out would be garbage.
	 */
	if (EVP_Digest(p, len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void
digest_hmac(const void *key, size_t key_len, const void *p, size_t len,
    unsigned char out[DIGEST_BYTES])
{
	if (HMAC(EVP_sha256(), key, (int)key_len, p, len, out, NULL) == NULL)
		abort();
}

bool
digest_equal(const unsigned char a[DIGEST_BYTES],
    const unsigned char b[DIGEST_BYTES])
{
	return CRYPTO_memcmp(a, b, DIGEST_BYTES) == 0;
}

void
digest_hex(const unsigned char sum[DIGEST_BYTES], char out[DIGEST_HEX_BYTES])
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
	out[DIGEST_HEX_BYTES - 1] = '\0';
}

int
digest_from_hex(unsigned char sum[DIGEST_BYTES], const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;

	if (len != DIGEST_HEX_BYTES - 1)
		return -1;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		high = memchr(digits, text[2 * i], 16);
		low = memchr(digits, text[2 * i + 1], 16);
		if (high == NULL || low == NULL)
			return -1;
		sum[i] = (unsigned char)((high - digits) << 4 | (low - digits));
	}
	return 0;
}

void
digest_base64(const unsigned char sum[DIGEST_BYTES],
    char out[DIGEST_BASE64_BYTES])
{
	EVP_EncodeBlock((unsigned char *)out, sum, DIGEST_BYTES);
}
