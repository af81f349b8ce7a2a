/* SPDX-License-Identifier: ISC */
#include "relay/mask.h"

#include <string.h>

#include "base/utf8.h"

#define WHOLE_MIN 4
#define PART_MIN 8
#define STARS SLICE("***")
#define URL_SEPARATORS "/?&=#;:@+%"
#define WORD_SEPARATORS " \t,;="

static void
add(struct mask *m, struct slice text, size_t min)
{
	if (text.len < min)
		return;
	buf_append(&m->hidden, text.p, text.len);
	buf_append(&m->hidden, "", 1);
}

static void
add_parts(struct mask *m, struct slice text, const char *separators)
{
	size_t from = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len &&
		    (text.p[i] == '\0' ||
			strchr(separators, text.p[i]) == NULL))
			continue;
		add(m, (struct slice){text.p + from, i - from}, PART_MIN);
		from = i + 1;
	}
}

void
mask_add(struct mask *m, struct slice text)
{
	add(m, text, WHOLE_MIN);
	add_parts(m, text, WORD_SEPARATORS);
}

void
mask_add_url(struct mask *m, struct slice url)
{
	const char *p = url.len == 0 ? NULL : memchr(url.p, ':', url.len);
	const char *end = url.p + url.len;

	if (p == NULL)
		return;
	for (p++; p < end && *p == '/';)
		p++;
	while (p < end && *p != '/' && *p != '?' && *p != '#')
		p++;
	if (p == end)
		return;
	add(m, (struct slice){p, (size_t)(end - p)}, WHOLE_MIN);
	add_parts(m, (struct slice){p, (size_t)(end - p)}, URL_SEPARATORS);
}

/* Return the longest hidden string that begins the text; 0 if none does. */
static size_t
hidden_len(const struct mask *m, struct slice text)
{
	const char *p = m->hidden.data, *end;
	size_t len, longest = 0;

	end = p == NULL ? NULL : p + m->hidden.len;
	for (; p < end; p += len + 1) {
		len = strlen(p);
		if (len > longest && len <= text.len &&
		    memcmp(p, text.p, len) == 0)
			longest = len;
	}
	return longest;
}

/* Return the length of the first character; 0 if it must become a space. */
static size_t
shown_len(struct slice text)
{
	size_t len = utf8_sequence(text);
	unsigned char c = (unsigned char)text.p[0];

	if (len == 1)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	/* The controls U+0080 to U+009F. */
	if (len == 2 && c == 0xc2 && (unsigned char)text.p[1] < 0xa0)
		return 0;
	return len;
}

void
mask_show(const struct mask *m, struct slice text, char *out, size_t size)
{
	struct slice rest, piece;
	size_t n = 0, len;

	for (size_t i = 0; i < text.len && !m->hidden.failed; i += len) {
		rest = (struct slice){text.p + i, text.len - i};
		len = hidden_len(m, rest);
		if (len > 0) {
			piece = STARS;
		} else {
			len = shown_len(rest);
			piece = (struct slice){rest.p, len};
			if (len == 0)
				piece = n > 0 && out[n - 1] != ' ' ? SLICE(" ")
								   : SLICE("");
			len += len == 0;
		}
		if (n + piece.len >= size)
			break;
		memcpy(out + n, piece.p, piece.len);
		n += piece.len;
	}
	out[n] = '\0';
}

void
mask_free(struct mask *m)
{
	buf_wipe(&m->hidden);
}
