/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "tap.h"

#define E "\xc3\xa9" /* two bytes */
#define EURO "\xe2\x82\xac" /* three */
#define FACE "\xf0\x9f\x98\x80" /* four */

static struct slice
slice(const char *s)
{
	return (struct slice){s, strlen(s)};
}

static void
test_folding(void)
{
	static const struct slice words[] = {{"low", 3}, {"high", 4}};
	struct slice s;

	ok(utf8_is(slice("FaLsE"), "false"), "folding knows both cases");
	ok(utf8_is(slice("AMNZ@["), "amnz@["), "of A to Z, and no more");
	ok(!utf8_is(slice("falsey"), "false"), "a longer word is another");
	ok(!utf8_is(slice("fals"), "false"), "so is a shorter one");
	ok(utf8_is(slice(""), ""), "nothing is nothing");
	ok(!utf8_is(slice("[\\]"), "{|}"), "only letters are folded");
	ok(!utf8_is(slice("\xc3\x89"), "\xc3\xa9"), "only those of ASCII");
	ok(utf8_compare(slice("A"), slice("b")) < 0, "a comes before b");
	ok(utf8_compare(slice("b"), slice("A")) > 0, "b comes behind a");
	ok(utf8_compare(slice("a"), slice("AB")) < 0, "shorter comes first");
	ok(utf8_compare(slice("z"), slice(E)) < 0, "bytes are not signed");
	s = utf8_known(slice(" \tHIGH\n"), words, 2);
	ok(s.p == words[1].p, "a known word is found in any case and trimmed");
	ok(utf8_known(slice("highest"), words, 2).p == NULL,
	    "an unknown one is absent");
	ok(utf8_known((struct slice){0}, words, 2).p == NULL,
	    "so is one that is absent");
}

static void
test_trimming(void)
{
	static const char *const cases[][2] = {{"", ""}, {" ", ""}, {"a", "a"},
	    {" \t\n\v\f\ra b\r\f\v\n\t ", "a b"},
	    {"\x1f"
	     "a",
		"\x1f"
		"a"},
	    {"\xc2\xa0"
	     "a",
		"\xc2\xa0"
		"a"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice s = utf8_trim(slice(cases[i][0]));

		is_bytes(s.p, s.len, cases[i][1],
		    "white space of ASCII is trimmed at both ends, no other");
	}
}

/* The UTF-8 of one code point below 0x10000. */
static size_t
encode(unsigned c, char to[3])
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 63));
	to[2] = (char)(0x80 | (c & 63));
	return 3;
}

static void
test_blank(void)
{
	char text[3];
	int wrong = 0, blanks = 0;

	ok((utf8_skip_blank(slice("")).len == 0), "nothing is blank");
	ok((utf8_skip_blank(slice(" \xc2\xa0\xe3\x80\x80\t")).len == 0),
	    "white space of several kinds is blank");
	ok(!(utf8_skip_blank(slice(" \xc2\xa0.")).len == 0),
	    "a full stop is not");
	ok(!(utf8_skip_blank(slice("\xe2\x80")).len == 0),
	    "half a character is not");
	for (unsigned c = 1; c < 0x10000; c++) {
		struct slice s = {text, encode(c, text)};
		bool white = (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 ||
		    c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
		    c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
		    c == 0x3000;

		wrong += (utf8_skip_blank(s).len == 0) != white;
		blanks += white;
	}
	is_int(wrong, 0, "white is what Unicode calls White_Space");
	is_int(blanks, 25, "which are 25 characters");
}

static void
test_cutting(void)
{
	static const struct {
		const char *text;
		size_t n;
		const char *chars, *bytes;
	} cases[] = {
	    {"", 0, "", ""},
	    {"abc", 0, "", ""},
	    {"abc", 2, "ab", "ab"},
	    {"abc", 3, "abc", "abc"},
	    {"abc", 9, "abc", "abc"},
	    {E E E, 1, E, ""},
	    {E E E, 2, E E, E},
	    {E E E, 3, E E E, E},
	    {"a" EURO "b", 2, "a" EURO, "a"},
	    {"a" EURO "b", 3, "a" EURO "b", "a"},
	    {"a" EURO "b", 4, "a" EURO "b", "a" EURO},
	    {FACE FACE, 1, FACE, ""},
	    {FACE FACE, 3, FACE FACE, ""},
	    {FACE FACE, 7, FACE FACE, FACE},
	    {FACE FACE, 8, FACE FACE, FACE FACE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice s =
		    utf8_first_chars(slice(cases[i].text), cases[i].n);

		is_bytes(s.p, s.len, cases[i].chars,
		    "characters are counted, whatever their bytes");
		s = utf8_first_bytes(slice(cases[i].text), cases[i].n);
		is_bytes(s.p, s.len, cases[i].bytes,
		    "bytes are counted, and no character is split");
	}
	ok(utf8_first_chars((struct slice){0}, 5).p == NULL,
	    "what is absent stays absent");
}

static void
test_sequence(void)
{
	static const struct {
		const char *text;
		size_t len;
		const char *name;
	} cases[] = {
	    {"", 0, "nothing has no sequence"},
	    {"a" E, 1, "an ASCII character"},
	    {E "a", 2, "two bytes"},
	    {EURO, 3, "three"},
	    {FACE, 4, "four"},
	    {"\xc3", 0, "one that is cut off"},
	    {"\xe2\x82", 0, "or a longer one"},
	    {"\x80", 0, "a byte from inside"},
	    {"\xc0\x80", 0, "overlong in two bytes"},
	    {"\xe0\x9f\xbf", 0, "in three"},
	    {"\xf0\x8f\xbf\xbf", 0, "in four"},
	    {"\xed\xa0\x80", 0, "a surrogate"},
	    {"\xf4\x90\x80\x80", 0, "beyond U+10FFFF"},
	    {"\xf5\x80\x80\x80", 0, "far beyond"},
	    {"\xe2\x82x", 0, "a last byte of another"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int((long long)utf8_sequence(slice(cases[i].text)),
		    (long long)cases[i].len, cases[i].name);
}

int
main(void)
{
	test_sequence();
	test_folding();
	test_trimming();
	test_blank();
	test_cutting();
	return done_testing();
}
