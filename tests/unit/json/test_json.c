/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "json/json.h"
#include "tap.h"

#define T(s) (s), sizeof(s) - 1

/* Single quotes stand for double ones, so that JSON stays readable. */
static const struct {
	const char *text;
	size_t len;
	const char *why; /* how the reason begins; NULL: it is JSON */
	size_t at;
	const char *name;
} cases[] = {
    {T(""), "the text is empty", 0, "nothing"},
    {T(" \t\r\n"), "the text is empty", 4, "nothing but white space"},
    {T("\xef\xbb\xbf{}"), "a byte order mark", 0, "a byte order mark"},
    {T("{}"), NULL, 0, "an empty object"},
    {T("[]"), NULL, 0, "an empty array"},
    {T(" \t\r\n{ \t\r\n} \t\r\n"), NULL, 0, "white space of every kind"},
    {T("null"), NULL, 0, "a null at the top"},
    {T("true"), NULL, 0, "a true at the top"},
    {T("false"), NULL, 0, "a false at the top"},
    {T("''"), NULL, 0, "an empty string at the top"},
    {T("0"), NULL, 0, "a number at the top"},
    {T("{} {}"), "more bytes", 3, "two documents"},
    {T("{}\0"), "more bytes", 2, "a NUL behind the document"},
    {T("{}x"), "more bytes", 2, "a letter behind the document"},
    {T("\0{}"), "something that is not", 0, "a NUL before the document"},
    {T("[\0]"), "something that is not", 1, "a NUL between tokens"},
    {T("\v{}"), "something that is not", 0, "a vertical tab"},
    {T("\f{}"), "something that is not", 0, "a form feed"},
    {T("\xc2\xa0{}"), "something that is not", 0, "a no-break space"},
    {T("[1,\xef\xbb\xbf 2]"), "something that is not", 3, "a later BOM"},
    {T("{"), "the text ends", 1, "an object without an end"},
    {T("["), "the text ends", 1, "an array without an end"},
    {T("[1"), "the text ends", 2, "an array that ends behind a number"},
    {T("[1,"), "the text ends", 3, "an array that ends behind a comma"},
    {T("{'a'"), "a key without a colon", 4, "an end behind a key"},
    {T("{'a':"), "the text ends", 5, "an end behind a colon"},
    {T("{'a':1,"), "the text ends", 7, "an end behind a member's comma"},
    {T("}"), "something that is not", 0, "a closing brace alone"},
    {T("]"), "something that is not", 0, "a closing bracket alone"},
    {T("[1,]"), "something that is not", 3, "a comma behind the last"},
    {T("[,1]"), "something that is not", 1, "a comma before the first"},
    {T("[1,,2]"), "something that is not", 3, "two commas"},
    {T("[1 2]"), "a comma or", 3, "no comma"},
    {T("[1}"), "a comma or", 2, "an array closed by a brace"},
    {T("{'a':1]"), "a comma or", 6, "an object closed by a bracket"},
    {T("{'a':1,}"), "a member without a key", 7, "a comma behind a member"},
    {T("{,'a':1}"), "a member without a key", 1, "a comma before a member"},
    {T("{'a':1 'b':2}"), "a comma or", 7, "members without a comma"},
    {T("{'a' 1}"), "a key without a colon", 5, "a key without a colon"},
    {T("{'a':}"), "something that is not", 5, "a key without a value"},
    {T("{'a'::1}"), "something that is not", 5, "two colons"},
    {T("{1:2}"), "a member without a key", 1, "a number for a key"},
    {T("{a:2}"), "a member without a key", 1, "a key without quotes"},
    {T("{null:2}"), "a member without a key", 1, "a null for a key"},
    {T("['a':1]"), "a comma or", 4, "a key in an array"},
    {T("{'a':1,'a':2}"), NULL, 0, "a key twice"},
    {T("{'':0}"), NULL, 0, "an empty key"},
    {T("[1,/**/2]"), "something that is not", 3, "a comment"},
    {T("tru"), "something that is not", 0, "half a word"},
    {T("[True]"), "something that is not", 1, "a word in upper case"},
    {T("[nul]"), "something that is not", 1, "a short null"},
    {T("[nulll]"), "a comma or", 5, "a long null"},
    {T("[NaN]"), "something that is not", 1, "NaN"},
    {T("[Infinity]"), "something that is not", 1, "Infinity"},
    {T("[-Infinity]"), "something that is not", 2, "minus Infinity"},
    {T("[undefined]"), "something that is not", 1, "undefined"},
    {T("[-01]"), "a number that begins", 4, "a 0 before digits"},
    {T("[+1]"), "something that is not", 1, "a plus sign"},
    {T("[-]"), "something that is not", 2, "a minus sign alone"},
    {T("[1.]"), "a number without", 3, "a dot without digits"},
    {T("[.5]"), "something that is not", 1, "a dot without a 0"},
    {T("[1e]"), "an exponent without", 3, "an exponent without digits"},
    {T("[1e+]"), "an exponent without", 4, "an exponent's sign alone"},
    {T("[0x10]"), "a comma or", 2, "a hexadecimal number"},
    {T("[1_000]"), "a comma or", 2, "an underscore in a number"},
    {T("[-0,0.0,-0e-0,1E+2]"), NULL, 0, "numbers with all their parts"},
    {T("[5e-324,1e-310,1e309,1e0308,0e-999]"), NULL, 0, "any exponent"},
    {T("[1e99999999999999999999]"), NULL, 0,
	"an exponent that no integer can hold"},
    {T("'"), "the text ends inside", 1, "a string without an end"},
    {T("'a"), "the text ends inside", 2, "a string that ends early"},
    {T("'\\"), "the text ends inside", 1, "an end behind a backslash"},
    {T("'\\'"), "the text ends inside", 3, "an escaped quote at the end"},
    {T("'\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9'"), NULL, 0, "every escape"},
    {T("'\\a'"), "an escape that", 1, "an escape that JSON lacks"},
    {T("'\\\0'"), "an escape that", 1, "an escaped NUL byte"},
    {T("'\\x41'"), "an escape that", 1, "an escape of C"},
    {T("'\\U0041'"), "an escape that", 1, "a \\U"},
    {T("'\\u12'"), "a \\u without", 1, "a \\u with two digits"},
    {T("'\\u12g4'"), "a \\u without", 1, "a \\u with a g"},
    {T("'\\u"), "a \\u without", 1, "an end behind a \\u"},
    {T("'\\ud83d\\u12"), "a \\u without", 7, "an end in a pair"},
    {T("'\\ud83d\\n'"), NULL, 0, "half a pair before another escape"},
    {T("['a\nb']"), "a bare control", 3, "a bare newline in a string"},
    {T("['a\tb']"), "a bare control", 3, "a bare tab in a string"},
    {T("['a\0b']"), "a bare control", 3, "a bare NUL in a string"},
    {T("{'a\x01':1}"), "a bare control", 3, "a control byte in a key"},
    {T("['12345678\x1f']"), "a bare control", 10, "one behind 8 bytes"},
    {T("['\x7f']"), NULL, 0, "a DEL in a string"},
    {T("['\xff']"), "bytes that are not", 2, "a byte that is never UTF-8"},
    {T("['\x80']"), "bytes that are not", 2, "a continuation alone"},
    {T("['\xc0\x80']"), "bytes that are not", 2, "an overlong NUL"},
    {T("['\xc1\xbf']"), "bytes that are not", 2, "an overlong letter"},
    {T("['\xe0\x9f\xbf']"), "bytes that are not", 2, "overlong in three"},
    {T("['\xf0\x8f\xbf\xbf']"), "bytes that are not", 2, "in four"},
    {T("['\xed\xa0\x80']"), "bytes that are not", 2, "a bare surrogate"},
    {T("['\xf4\x90\x80\x80']"), "bytes that are not", 2, "past U+10FFFF"},
    {T("['\xe2\x82"), "bytes that are not", 2, "a sequence cut by the end"},
    {T("['\xe2\x82'] "), "bytes that are not", 2, "one cut by a quote"},
    {T("['12345\xc3(']"), "bytes that are not", 7, "a sequence cut short"},
    {T("{'\xc3(':1}"), "bytes that are not", 2, "bad UTF-8 in a key"},
    {T("['\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"
       "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf']"),
	NULL, 0, "the first and last of every length of UTF-8"},
};

/* Escapes that PostgreSQL cannot store, and what replaces them. */
static const struct {
	const char *in, *out, *name;
} escapes[] = {
    {"'\\u0000'", "'\\ufffd'", "an escaped NUL is replaced"},
    {"{'a\\u0000b':1}", "{'a\\ufffdb':1}", "in a key too"},
    {"'\\u0000\\u0000'", "'\\ufffd\\ufffd'", "and the next one too"},
    {"'\\\\u0000'", "'\\\\u0000'", "an escaped backslash is none"},
    {"'\\u0001'", "'\\u0001'", "an escaped control byte stays"},
    {"'\\ud83d\\ude00'", "'\\ud83d\\ude00'", "a pair stays"},
    {"'\\uD83D\\uDE00'", "'\\uD83D\\uDE00'", "a pair in upper case stays"},
    {"'\\ud83d'", "'\\ufffd'", "a lone high surrogate is replaced"},
    {"'\\ude00'", "'\\ufffd'", "a lone low surrogate is replaced"},
    {"'\\uDFFF\\uD800'", "'\\ufffd\\ufffd'", "a pair the wrong way round"},
    {"'\\ud83d\\ud83d\\ude00'", "'\\ufffd\\ud83d\\ude00'",
	"a high one before a pair is replaced alone"},
    {"'\\ud83d\\n\\ude00'", "'\\ufffd\\n\\ufffd'", "a pair that is parted"},
    {"'\\ud83dx'", "'\\ufffdx'", "a high one before a letter"},
    {"'\\ud7ff\\ue000'", "'\\ud7ff\\ue000'", "their neighbours stay"},
};

/* Scan an exact copy, so that sanitizers notice reads past its end. */
static enum outcome
scan(const char *text, size_t len, char **copy, const char **why, size_t *at)
{
	struct json_value top;
	enum outcome res;

	*copy = malloc(len + (len == 0));
	for (size_t i = 0; i < len; i++)
		(*copy)[i] = text[i] == '\'' ? '"' : text[i];
	*why = NULL;
	*at = 0;
	res = json_scan(&top, *copy, len, why, at);
	return res;
}

static bool
is_json(const char *text, size_t len)
{
	const char *why;
	size_t at;
	char *copy;
	bool good = scan(text, len, &copy, &why, &at) == OUTCOME_OK;

	free(copy);
	return good;
}

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why, *want = cases[i].why;
		size_t at;
		char *copy, name[120];
		enum outcome res;
		bool good;

		res = scan(cases[i].text, cases[i].len, &copy, &why, &at);
		free(copy);
		snprintf(name, sizeof(name), "%s: %s", cases[i].name,
		    want != NULL ? "refused" : "taken");
		if (want == NULL)
			good = res == OUTCOME_OK;
		else
			good = res == OUTCOME_BAD_JSON && why != NULL &&
			    strncmp(why, want, strlen(want)) == 0 &&
			    at == cases[i].at;
		if (!ok(good, name))
			printf("# got %d at %zu: %s\n", res, at,
			    why != NULL ? why : "");
	}
}

static void
test_escapes(void)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const char *in = escapes[i].in, *why;
		size_t at, len = strlen(in);
		char *copy;
		enum outcome res = scan(in, len, &copy, &why, &at);

		for (size_t k = 0; k < len; k++)
			if (copy[k] == '"')
				copy[k] = '\'';
		ok(res == OUTCOME_OK, "an odd escape is no reason to refuse");
		is_bytes(copy, len, escapes[i].out, escapes[i].name);
		free(copy);
	}
}

/* Scan what, wrapped in open and close n times. */
static bool
nested(const char *open, const char *close, int n, const char *what)
{
	char text[1024] = "";

	for (int i = 0; i < n; i++)
		strncat(text, open, sizeof(text) - strlen(text) - 1);
	strncat(text, what, sizeof(text) - strlen(text) - 1);
	for (int i = 0; i < n; i++)
		strncat(text, close, sizeof(text) - strlen(text) - 1);
	return is_json(text, strlen(text));
}

/* Strings are scanned eight bytes at a time: try every position. */
static void
test_places(void)
{
	int wrong = 0;

	for (int place = 1; place <= 20; place++)
		for (int c = 0; c < 0x80; c++) {
			char text[] = "'abcdefghijklmnopqrstuvwxyz'";
			const char *why;
			size_t at;
			char *copy;
			enum outcome res;

			if (strchr("'\"\\", c) != NULL && c != 0)
				continue;
			text[place] = (char)c;
			res = scan(text, 28, &copy, &why, &at);
			free(copy);
			if (c >= 0x20)
				wrong += res != OUTCOME_OK;
			else
				wrong += res != OUTCOME_BAD_JSON ||
				    at != (size_t)place;
		}
	is_int(wrong, 0, "control bytes are found at any place of a string");
}

static void
test_limits(void)
{
	char number[500];

	ok(nested("[", "]", 32, ""), "32 arrays in one another are taken");
	ok(!nested("[", "]", 33, ""), "33 arrays are refused");
	ok(nested("{'a':", "}", 32, "1"), "32 objects are taken");
	ok(!nested("{'a':", "}", 33, "1"), "33 objects are refused");
	ok(nested("[{'a':", "}]", 16, "1"), "32 of both together are taken");
	ok(!nested("[{'a':", "}]", 16, "[]"), "33 of both are refused");
	ok(nested("[", "]", 31, "[],[],{}"), "neighbours do not add up");

	memset(number, '1', sizeof(number));
	ok(is_json(number, sizeof(number)), "a number of any length is taken");
}

/* Numbers, and whether they take more than 400 digits when written out. */
static const struct {
	const char *text;
	bool is_long;
} numbers[] = {
    {"0", false}, {"-0", false}, {"1e399", false}, /* 400 digits */
    {"1e400", true}, {"-1E+400", true}, {"1.5e399", false}, {"15e399", true},
    {"10e398", false}, {"0.001e402", false}, {"0.001e403", true},
    {"1e-400", false}, {"1e-401", true}, {"1.5e-399", false},
    {"1.5e-400", true}, {"5e-324", false}, /* the least double */
    {"4.9406564584124654e-324", false}, {"1e-310", false},
    {"2.2250738585072014e-308", false}, {"1.7976931348623157e308", false},
    {"0e400", false}, /* one digit, and no place */
    {"0.0e400", false}, {"0e999999999", false},
    {"0e9999999999", true}, /* PostgreSQL reads no such exponent */
    {"0e-400", false},
    {"0e-401", true}, /* PostgreSQL keeps the places of a zero */
    {"-0.00e-399", true}, {"1e0000000000000000000000000000000001", false},
    {"1e-0000000000000000000000000000000001", false},
    {"1e99999999999999999999999999999999", true},
    {"1e-99999999999999999999999999999999", true},
    {"1e18446744073709551617", true}, /* 2^64 + 1 */
};

static void
test_numbers(void)
{
	char text[500];
	struct slice all = {text, 0}, found;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(text, sizeof(text), "{\"%s\":[1,%s]}", "1e999",
		    numbers[i].text);
		all.len = strlen(text);
		found = json_long_number(all);
		is_bytes(found.p, found.len,
		    numbers[i].is_long ? numbers[i].text : NULL,
		    numbers[i].text);
	}
	memset(text, '1', sizeof(text));
	all.len = 400;
	ok(json_long_number(all).p == NULL, "400 digits are not too many");
	all.len = 401;
	ok(json_long_number(all).p != NULL, "401 are");
	text[0] = '-';
	ok(json_long_number(all).p == NULL, "a minus sign is no digit");
	text[200] = '.';
	all.len = 402;
	ok(json_long_number(all).p == NULL, "nor is a dot");
	all.len = 403;
	ok(json_long_number(all).p != NULL, "digits on both sides of it count");
	ok(json_long_number(SLICE("[true,null,\"1e999\",\"\\\"1e999\",-1]"))
		    .p == NULL,
	    "what stands in a string is no number");
}

int
main(void)
{
	test_cases();
	test_escapes();
	test_places();
	test_limits();
	test_numbers();
	return done_testing();
}
