/* SPDX-License-Identifier: ISC */
#include "relay/sign.h"
#include "tap.h"

/* Of the vector of Standard Webhooks, and another one. */
#define SECRET "31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0"
#define OTHER "000102030405060708090a0b0c0d0e0f1011121314151617"
#define VECTOR "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static void
is_signed(const char *json, const char *want, const char *name)
{
	struct buf out = {.max = 4096};
	struct sign_secrets secrets;

	is_int(sign_read(&secrets, slice_of(json)), 0, "the secrets are read");
	sign_webhook(&out, &secrets, SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"),
	    1614265330, SLICE("{\"test\": 2432232314}"));
	is_bytes(out.len == 0 ? "" : out.data, out.len, want, name);
	buf_free(&out);
}

static void
check_read(void)
{
	static const char *const wrong[] = {"", "{}", "[1]", "[null]", "[\"\"]",
	    "[\"0\"]", "[\"0g\"]", "[\"0 \"]", "[\"\\\\x\"]", "[", "\"00\"",
	    "[\"00\",\"00\",\"00\",\"00\",\"00\"]",
	    "[\"" OTHER OTHER OTHER "\"]"};
	struct sign_secrets secrets;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		is_int(sign_read(&secrets, slice_of(wrong[i])), -1, wrong[i]);
}

int
main(void)
{
	struct buf small = {.max = 8};
	struct sign_secrets secrets;

	is_signed("[\"" SECRET "\"]", VECTOR, "a request is signed");
	is_signed("[\"\\\\x" SECRET "\"]", VECTOR,
	    "a secret may be written as PostgreSQL writes it");
	is_signed("[\"" OTHER "\", \"" SECRET "\"]",
	    "v1,/485aUtxlie+TIScVpHggMfqOB4so2KWb7+Gf727B44= " VECTOR,
	    "with two secrets, by both, the new one first");
	is_signed("[]", "", "without a secret it is not");
	is_signed("null", "", "nor where null stands for none");
	is_signed(NULL, "", "nor where nothing does");
	check_read();
	sign_read(&secrets, SLICE("[\"" SECRET "\"]"));
	sign_webhook(&small, &secrets, SLICE("a"), 1, SLICE("b"));
	ok(small.failed, "lack of room is told");
	buf_free(&small);
	return done_testing();
}
