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
	check_from_hex();
	return done_testing();
}
