/* SPDX-License-Identifier: ISC */
#include "base/hash.h"
#include "tap.h"

/* From the test vectors of draft-eastlake-fnv. */
int
main(void)
{
	ok(hash_32(HASH_START_32, SLICE("")) == UINT32_C(0x811c9dc5),
	    "32 bits of nothing");
	ok(hash_32(HASH_START_32, SLICE("foobar")) == UINT32_C(0xbf9cf968),
	    "of a word");
	ok(hash_32(hash_32(HASH_START_32, SLICE("foo")), SLICE("bar")) ==
		UINT32_C(0xbf9cf968),
	    "of its halves");
	ok(hash_64(SLICE("")) == UINT64_C(0xcbf29ce484222325),
	    "64 bits of nothing");
	ok(hash_64(SLICE("foobar")) == UINT64_C(0x85944171f73967e8),
	    "of a word");
	return done_testing();
}
