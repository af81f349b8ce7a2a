/* SPDX-License-Identifier: ISC */
#include "json/lexer.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

#define ONES 0x0101010101010101U
#define HIGHS (ONES * 0x80)
/* Set the high bit of the lowest zero byte of x; higher bits are garbage. */
#define ZERO_BYTE(x) (((x)-ONES) & ~(x)&HIGHS)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Find the first byte from p on that needs a closer look in a string: a
 * quote, a backslash, a control character or a non-ASCII byte.
 */
static char *
skip_plain(char *p, const char *end)
{
	uint64_t word, special;
	unsigned char c;

	for (; end - p >= 8; p += 8) {
		memcpy(&word, p, sizeof(word));
		word = le64toh(word);
		special = ZERO_BYTE(word ^ ONES * '"') |
		    ZERO_BYTE(word ^ ONES * '\\') |
		    ((word - ONES * 0x20) & ~word & HIGHS) | (word & HIGHS);
		if (special != 0)
			return p + __builtin_ctzll(special) / 8;
	}
	for (; p < end; p++) {
		c = (unsigned char)*p;
		if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
			break;
	}
	return p;
}

/* Return the value of the escape \uXXXX at p; -1 if it is not one. */
static int
unicode_escape(const char *p, const char *end)
{
	int v = 0, digit;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		digit = hex_digit(p[i]);
		if (digit == -1)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

static bool
scan_escape(struct lexer *t)
{
	int v, low;

	if (t->end - t->p < 2)
		return lexer_fail(t, "the text ends inside a string");
	if (t->p[1] != 'u') {
		if (t->p[1] == '\0' || strchr("\"\\/bfnrt", t->p[1]) == NULL)
			return lexer_fail(t,
			    "an escape that is not valid in JSON");
		t->p += 2;
		return true;
	}
	v = unicode_escape(t->p, t->end);
	if (v == -1)
		return lexer_fail(t, "a \\u without four hexadecimal digits");
	if (v >= 0xd800 && v < 0xdc00) {
		low = unicode_escape(t->p + 6, t->end);
		if (low >= 0xdc00 && low < 0xe000) {
			t->p += 12;
			return true;
		}
	}
	if (v == 0 || (v >= 0xd800 && v < 0xe000))
		memcpy(t->p, "\\ufffd", 6);
	t->p += 6;
	return true;
}

/* Scan one or more sequences of two to four bytes. */
static bool
scan_utf8(struct lexer *t)
{
	size_t len;

	while (t->p < t->end && (*t->p & 0x80) != 0) {
		len = utf8_sequence(
		    (struct slice){t->p, (size_t)(t->end - t->p)});
		if (len == 0)
			return lexer_fail(t, "bytes that are not UTF-8");
		t->p += len;
	}
	return true;
}

bool
lexer_string(struct lexer *t)
{
	t->p++;
	for (;;) {
		t->p = skip_plain(t->p, t->end);
		if (t->p == t->end)
			return lexer_fail(t, "the text ends inside a string");
		if (*t->p == '"') {
			t->p++;
			return true;
		}
		if (*t->p == '\\') {
			if (!scan_escape(t))
				return false;
		} else if ((*t->p & 0x80) != 0) {
			if (!scan_utf8(t))
				return false;
		} else
			return lexer_fail(t,
			    "a bare control character in a string");
	}
}

/* Skip one digit or more; false if there is none. */
static bool
skip_digits(struct lexer *t)
{
	const char *begin = t->p;

	while (t->p < t->end && is_digit(*t->p))
		t->p++;
	return t->p > begin;
}

bool
lexer_number(struct lexer *t)
{
	const char *first;

	if (*t->p == '-')
		t->p++;
	first = t->p;
	if (!skip_digits(t))
		return lexer_fail(t, "something that is not a JSON value");
	if (*first == '0' && t->p - first > 1)
		return lexer_fail(t, "a number that begins with 0");
	if (t->p < t->end && *t->p == '.') {
		t->p++;
		if (!skip_digits(t))
			return lexer_fail(t,
			    "a number without digits after its dot");
	}
	if (t->p < t->end && (*t->p | 0x20) == 'e') {
		t->p++;
		if (t->p < t->end && (*t->p == '+' || *t->p == '-'))
			t->p++;
		if (!skip_digits(t))
			return lexer_fail(t, "an exponent without digits");
	}
	return true;
}

bool
lexer_word(struct lexer *t, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(t->end - t->p) < len || memcmp(t->p, word, len) != 0)
		return lexer_fail(t, "something that is not a JSON value");
	t->p += len;
	return true;
}

const char *
lexer_after_string(const char *p, const char *end)
{
	const char *back;

	for (p++;; p++) {
		p = memchr(p, '"', (size_t)(end - p));
		for (back = p; back[-1] == '\\';)
			back--;
		if ((p - back) % 2 == 0)
			return p + 1;
	}
}

size_t
lexer_escape(unsigned char c, char to[6])
{
	static const char hex[] = "0123456789abcdef";
	static const char bare[] = "\"\\\b\f\n\r\t";
	static const char letter[] = "\"\\bfnrt";
	const char *at = c == '\0' ? NULL : strchr(bare, c);

	to[0] = '\\';
	if (at != NULL) {
		to[1] = letter[at - bare];
		return 2;
	}
	memcpy(to + 1, "u00", 3);
	to[4] = hex[c >> 4];
	to[5] = hex[c & 15];
	return 6;
}
