/* SPDX-License-Identifier: ISC */
#include "relay/mask.h"
#include "tap.h"

#define CHAT                                                                   \
	"https://hooks.chat.example/services/T0AAAAAAA/B0BBBBBBB/sEcReTsEcReT"

static const struct {
	const char *text, *want, *name;
} cases[] = {
    {"invalid_token", "invalid_token", "an answer is shown"},
    {"no_service " CHAT, "no_service https://hooks.chat.example***",
	"a URL but for its host is not"},
    {"{\"u\":\"https:\\/\\/hooks.chat.example\\/services\\/T0AAAAAAA\"}",
	"{\"u\":\"https:\\/\\/hooks.chat.example\\/***\\/***\"}",
	"nor are its parts"},
    {"token sEcReTsEcReT!", "token ***!", "wherever they stand"},
    {"sEcReT", "sEcReT", "but for a part of a part"},
    {"got Bearer abcdefgh123", "got ***", "nor is a header"},
    {"got abcdefgh123", "got ***", "nor a word of it"},
    {"a\r\n\tb\x01\x7f", "a b ", "controls become one space"},
    {"a\xff\xc3", "a ", "so do bytes that are not UTF-8"},
    {"a\xc2\x9b", "a ", "and the controls of Latin 1"},
    {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\xa5",
	"gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\xa5", "other characters stay"},
};

int
main(void)
{
	struct mask m = {.hidden.max = MASK_MAX_BYTES};
	struct mask full = {.hidden.max = 4};
	char out[128], small[8];

	mask_add_url(&m, SLICE(CHAT));
	mask_add(&m, SLICE("Bearer abcdefgh123"));
	mask_add(&m, SLICE("abc"));
	mask_add_url(&m, SLICE("https://example.org"));
	mask_add_url(&m, SLICE(""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mask_show(&m, slice_of(cases[i].text), out, sizeof(out));
		is_str(out, cases[i].want, cases[i].name);
	}
	mask_show(&m, SLICE("a\0b"), out, sizeof(out));
	is_str(out, "a b", "a NUL is a control, too");
	mask_show(&m, SLICE("123456\xc3\xbc"), small, sizeof(small));
	is_str(small, "123456", "a character that does not fit is left out");
	mask_show(&m, SLICE("12345678"), small, sizeof(small));
	is_str(small, "1234567", "what is too long is cut");
	mask_show(&m, (struct slice){NULL, 0}, out, sizeof(out));
	is_str(out, "", "nothing shows nothing");
	mask_add(&full, SLICE("too long a secret"));
	mask_show(&full, SLICE("text"), out, sizeof(out));
	is_str(out, "", "what could not be hidden hides all");
	mask_free(&m);
	mask_free(&full);
	return done_testing();
}
