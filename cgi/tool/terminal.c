/* SPDX-License-Identifier: ISC */
#include "tool/terminal.h"

#include <langinfo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NOT_UTF8 UINT32_MAX
#define REPLACEMENT 0xfffd

/*
 * Decode the code point at s; return its length in bytes.  If it is not valid
 * (RFC 3629: no surrogates, no overlong forms), give NOT_UTF8 and one byte.
 */
static size_t
decode(const char *s, uint32_t *c)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s;
	size_t len, i;

	*c = p[0];
	if (p[0] < 0x80)
		return 1;
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	*c = p[0] & (0x7fU >> len);
	for (i = 1; i < len && (p[i] & 0xc0) == 0x80; i++)
		*c = *c << 6 | (p[i] & 0x3f);
	if (p[0] >= 0xc0 && p[0] < 0xf8 && i == len && *c >= lowest[len] &&
	    *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff))
		return len;
	*c = NOT_UTF8;
	return 1;
}

/* Control characters of ASCII and Latin-1; bidi and invisible characters. */
static bool
is_hostile(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool
is_shown(uint32_t c, bool utf8)
{
	if (c == NOT_UTF8 || is_hostile(c))
		return false;
	return c < 0x80 || (utf8 && wcwidth((wchar_t)c) >= 0);
}

size_t
terminal_text(FILE *out, const char *text)
{
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	size_t len, width = 0;
	uint32_t c;

	for (; *text != '\0'; text += len) {
		len = decode(text, &c);
		if (is_shown(c, utf8)) {
			width += c < 0x80 ? 1 : (size_t)wcwidth((wchar_t)c);
			if (out != NULL)
				fwrite(text, 1, len, out);
			continue;
		}
		width += 4 * len;
		for (size_t i = 0; out != NULL && i < len; i++)
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
	}
	return width;
}

void
terminal_json(FILE *out, const char *text)
{
	size_t len;
	uint32_t c;

	putc('"', out);
	for (; *text != '\0'; text += len) {
		len = decode(text, &c);
		if (c == NOT_UTF8)
			c = REPLACEMENT;
		else if (c == '"' || c == '\\')
			putc('\\', out);
		if (is_hostile(c) || c == REPLACEMENT)
			fprintf(out, "\\u%04x", (unsigned)c);
		else
			fwrite(text, 1, len, out);
	}
	putc('"', out);
}

void
terminal_lines(FILE *out, struct slice s)
{
	char *copy = strndup(s.p, s.len), *next = copy, *line;

	while (copy != NULL && (line = strsep(&next, "\n")) != NULL) {
		terminal_text(out, line);
		if (next != NULL)
			putc('\n', out);
	}
	free(copy);
}
