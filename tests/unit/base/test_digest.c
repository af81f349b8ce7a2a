/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/digest.h"
#include "tap.h"

/* The examples of FIPS 180-4, and lengths about the edge of a block. */
static const struct {
	const char *text;
	const char *hex;
	const char *name;
} cases[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"no bytes"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	"one block"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	"two blocks"},
};

static void
check_cases(void)
{
	unsigned char out[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		digest_sha256(cases[i].text, strlen(cases[i].text), out);
		digest_hex(out, hex);
		is_str(hex, cases[i].hex, cases[i].name);
	}
}

/* Cases 1, 2 and 6 of RFC 4231. */
static void
check_hmac(void)
{
	unsigned char key[131], out[DIGEST_BYTES];
	static const char what[] = "what do ya want for nothing?";
	static const char long_key[] =
	    "Test Using Larger Than Block-Size Key - Hash Key First";
	char hex[DIGEST_HEX_BYTES];

	memset(key, 0x0b, 20);
	digest_hmac(key, 20, "Hi There", 8, out);
	digest_hex(out, hex);
	is_str(hex,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	    "HMAC with a short key");
	digest_hmac("Jefe", 4, what, sizeof(what) - 1, out);
	digest_hex(out, hex);
	is_str(hex,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	    "HMAC with a shorter one");
	memset(key, 0xaa, sizeof(key));
	digest_hmac(key, sizeof(key), long_key, sizeof(long_key) - 1, out);
	digest_hex(out, hex);
	is_str(hex,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "HMAC with a key that is longer than a block");
}

static void
check_from_hex(void)
{
	static const char *const wrong[] = {"", "ba7816bf",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
	    "BA7816BF8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "\\x7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a "};
	unsigned char sum[DIGEST_BYTES], back[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];

	digest_sha256("abc", 3, sum);
	digest_hex(sum, hex);
	is_int(digest_from_hex(back, hex, strlen(hex)), 0, "a digest is read");
	ok(digest_equal(sum, back), "as it was written");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_int(digest_from_hex(back, wrong[i], strlen(wrong[i])), -1,
		    "nothing else is");
	is_int(digest_from_hex(back, "\0", 1), -1, "nor a NUL");
}

int
main(void)
{
	unsigned char a[DIGEST_BYTES], b[DIGEST_BYTES];
	bool all = true;
	size_t i;

	check_cases();
	digest_sha256("a\0b", 3, a);
	digest_sha256("a\0c", 3, b);
	ok(!digest_equal(a, b), "bytes after a NUL count");
	memcpy(b, a, sizeof(b));
	ok(digest_equal(a, b), "equal digests are equal");
	for (i = 0; i < DIGEST_BYTES * 8; i++) {
		b[i / 8] ^= (unsigned char)(1 << i % 8);
		all = all && !digest_equal(a, b);
		b[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	ok(all, "a difference in any single bit is seen");
	check_hmac();
	check_from_hex();
	return done_testing();
}
