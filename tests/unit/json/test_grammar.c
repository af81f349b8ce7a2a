/* SPDX-License-Identifier: ISC */
#include <regex.h>
#include <stdlib.h>

#include "json/json.h"
#include "tap.h"

/*
 * Compare the scanner with slower implementations of the same grammar, on
 * every possible short input.
 */
static struct json_value top;

static bool
is_json(char *text, size_t len)
{
	const char *why;
	size_t at;

	return json_scan(&top, text, len, &why, &at) == OUTCOME_OK;
}

/* Joined again, the members json_next() returns must make the whole. */
static bool
walks_alike(void)
{
	static struct buf whole = {.max = 1000}, joined = {.max = 1000};
	struct slice rest = top.text;
	struct json_member m;
	bool is_object = top.type == JSON_OBJECT;

	if (!is_object && top.type != JSON_ARRAY)
		return true;
	buf_reset(&whole);
	buf_reset(&joined);
	json_compact(&whole, top.text);
	while (json_next(&rest, &m)) {
		if ((m.key.p != NULL) != is_object)
			return false;
		buf_puts(&joined, joined.len == 0 ? "" : ",");
		if (is_object) {
			buf_append(&joined, m.key.p - 1, m.key.len + 2);
			buf_puts(&joined, ":");
		}
		json_compact(&joined, m.value.text);
	}
	return whole.len == joined.len + 2 &&
	    (joined.len == 0 ||
		memcmp(whole.data + 1, joined.data, joined.len) == 0);
}

/* Recursive descent, a function per production and a character per token. */
static const char *value(const char *p);

static const char *
members(const char *p, char close, bool keyed)
{
	if (*p == close)
		return p + 1;
	for (;;) {
		if (keyed) {
			if (p[0] != 's' || p[1] != ':')
				return NULL;
			p += 2;
		}
		p = value(p);
		if (p == NULL || (*p != ',' && *p != close))
			return NULL;
		if (*p++ == close)
			return p;
	}
}

static const char *
value(const char *p)
{
	if (*p == '[')
		return members(p + 1, ']', false);
	if (*p == '{')
		return members(p + 1, '}', true);
	return *p == 's' || *p == '1' ? p + 1 : NULL;
}

static bool
next_word(char *word, const char *alphabet, size_t max)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++) {
		const char *c = strchr(alphabet, word[i]) + 1;

		if (*c != '\0') {
			word[i] = *c;
			return true;
		}
		word[i] = alphabet[0];
	}
	word[i] = alphabet[0];
	word[i + 1] = '\0';
	return i < max;
}

static void
test_structure(void)
{
	char word[16] = "", text[64];
	long wrong = 0, taken = 0, unlike = 0;

	while (next_word(word, "{}[],:s1", 7)) {
		const char *end = value(word);
		bool want = end != NULL && *end == '\0';
		size_t len = 0;

		for (const char *p = word; *p != '\0'; p++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    *p == 's' ? "\"]\\\"\" " : "%c ", *p);
		if (is_json(text, len) != want)
			wrong++;
		else if (want) {
			taken++;
			unlike += !walks_alike();
		}
	}
	is_int(wrong, 0, "every document of up to 7 tokens is judged rightly");
	ok(taken > 50, "there were documents to take among them");
	is_int(unlike, 0, "what is walked is what was noted");
}

static void
test_numbers(void)
{
	char word[16] = "";
	long wrong = 0, taken = 0;
	regex_t re;

	regcomp(&re, "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$",
	    REG_EXTENDED | REG_NOSUB);
	while (next_word(word, "012-+.eE", 6)) {
		bool want = regexec(&re, word, 0, NULL, 0) == 0;
		char *text = strdup(word);

		wrong += is_json(text, strlen(text)) != want;
		taken += want;
		free(text);
	}
	regfree(&re);
	is_int(wrong, 0,
	    "every number of up to 6 characters is judged rightly");
	ok(taken > 1000, "there were numbers to take among them");
}

/* Return the length of a sequence by Unicode's table 3-7; 0 if invalid. */
static size_t
sequence(const unsigned char *u, size_t len)
{
	static const unsigned char table[][9] = {{2, 0xc2, 0xdf, 0x80, 0xbf},
	    {3, 0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf},
	    {3, 0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf},
	    {3, 0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf},
	    {3, 0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf},
	    {4, 0xf0, 0xf0, 0x90, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
	    {4, 0xf1, 0xf3, 0x80, 0xbf, 0x80, 0xbf, 0x80, 0xbf},
	    {4, 0xf4, 0xf4, 0x80, 0x8f, 0x80, 0xbf, 0x80, 0xbf}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t n = table[i][0], k = 0;

		while (k < n && k < len && u[k] >= table[i][1 + 2 * k] &&
		    u[k] <= table[i][2 + 2 * k])
			k++;
		if (k == n)
			return n;
	}
	return u[0] < 0x80 ? 1 : 0;
}

static bool
is_utf8(const unsigned char *u, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; n > 0 && i < len; i += n)
		n = sequence(u + i, len - i);
	return n > 0;
}

/* Try all first two bytes, followed by bytes at the limits of their range. */
static void
test_utf8(void)
{
	static const unsigned char edge[] = {0x7f, 0x80, 0xbf, 0xc0};
	long wrong = 0, taken = 0;

	for (unsigned i = 0; i < 3u * 128 * 256 * 16; i++) {
		size_t len = 2 + i % 3;
		unsigned r = i / 3;
		unsigned char u[] = {(unsigned char)(0x80 | (r & 127)),
		    (unsigned char)(r >> 7), edge[r >> 15 & 3],
		    edge[r >> 17 & 3]};
		char text[8] = "\"";
		bool want = is_utf8(u, len);

		if (strchr("\"\\", u[1]) != NULL || u[1] < 0x20)
			continue;
		memcpy(text + 1, u, len);
		text[len + 1] = '"';
		wrong += is_json(text, len + 2) != want;
		taken += want;
	}
	is_int(wrong, 0, "every sequence of UTF-8 is judged rightly");
	ok(taken > 1000, "there were sequences to take among them");
}

static void
test_prefixes(void)
{
	static const char whole[] =
	    "{\"a\" : [1.5e3 , true,false , null,{}], \"\\u00e9\\n\": "
	    "\"\xc3\xa9\", \"m\":{\"x\":[[\"\\ud83d\\ude00\"]]} }";
	long taken = 0;

	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		char *text = malloc(len + 1);

		memcpy(text, whole, len);
		taken += is_json(text, len);
		free(text);
	}
	is_int(taken, 0, "no part of a document is taken for one");
}

int
main(void)
{
	test_structure();
	test_numbers();
	test_utf8();
	test_prefixes();
	return done_testing();
}
