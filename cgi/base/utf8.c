/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

#include <string.h>

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool
is_white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Return whether c is a UTF-8 continuation byte. */
static bool
is_inside(char c)
{
	return (c & 0xc0) == 0x80;
}

bool
utf8_is(struct slice s, const char *word)
{
	return utf8_compare(s, slice_of(word)) == 0;
}

int
utf8_compare(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int diff;

	for (size_t i = 0; i < len; i++) {
		diff = fold(a.p[i]) - fold(b.p[i]);
		if (diff != 0)
			return diff;
	}
	return (a.len > b.len) - (a.len < b.len);
}

struct slice
utf8_trim(struct slice s)
{
	while (s.len > 0 && is_white(s.p[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_white(s.p[0])) {
		s.p++;
		s.len--;
	}
	return s;
}

struct slice
utf8_known(struct slice s, const struct slice *known, size_t n)
{
	s = utf8_trim(s);
	for (size_t i = 0; i < n; i++)
		if (s.len == known[i].len && utf8_compare(s, known[i]) == 0)
			return known[i];
	return (struct slice){0};
}

/* Return the length of the white-space character at s; 0 if it is not one. */
static size_t
white_len(struct slice s)
{
	static const char *const wide[] = {"\xc2\x85", "\xc2\xa0", "\u1680",
	    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
	    "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
	    "\u2029", "\u202f", "\u205f", "\u3000"};

	if ((s.p[0] & 0x80) == 0)
		return is_white(s.p[0]);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		size_t len = strlen(wide[i]);

		if (s.len >= len && memcmp(s.p, wide[i], len) == 0)
			return len;
	}
	return 0;
}

struct slice
utf8_skip_blank(struct slice s)
{
	size_t len;

	for (; s.len > 0; s.len -= len, s.p += len) {
		len = white_len(s);
		if (len == 0)
			break;
	}
	return s;
}

struct slice
utf8_first_chars(struct slice s, size_t n)
{
	size_t chars = 0;

	/* n bytes hold at most n code points. */
	if (s.len <= n)
		return s;
	for (size_t i = 0; i < s.len; i++) {
		if (is_inside(s.p[i]))
			continue;
		if (chars++ == n)
			return (struct slice){s.p, i};
	}
	return s;
}

struct slice
utf8_first_bytes(struct slice s, size_t n)
{
	if (s.len <= n)
		return s;
	while (n > 0 && is_inside(s.p[n]))
		n--;
	return (struct slice){s.p, n};
}

size_t
utf8_sequence(struct slice s)
{
	const unsigned char *u = (const unsigned char *)s.p;
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s.len == 0 || (u[0] >= 0x80 && u[0] < 0xc2) || u[0] > 0xf4)
		return 0;
	len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0x80 ? 2 : 1;
	if (len == 1 || s.len < len)
		return len == 1;
	if (u[0] == 0xe0)
		low = 0xa0; /* below: overlong */
	else if (u[0] == 0xed)
		high = 0x9f; /* above: surrogates */
	else if (u[0] == 0xf0)
		low = 0x90; /* below: overlong */
	else if (u[0] == 0xf4)
		high = 0x8f; /* above: beyond U+10FFFF */
	if (u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!is_inside(s.p[i]))
			return 0;
	return len;
}
