/* SPDX-License-Identifier: ISC */
#include "http/form.h"

#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode the next byte of text at *i; -1 if it is not well formed. */
static int
next_byte(struct slice text, size_t *i)
{
	char c = text.p[(*i)++];
	int high, low;

	if (c == '+')
		return ' ';
	if (c != '%')
		return (unsigned char)c;
	if (text.len - *i < 2)
		return -1;
	high = hex_digit(text.p[*i]);
	low = hex_digit(text.p[*i + 1]);
	*i += 2;
	return high == -1 || low == -1 ? -1 : high * 16 + low;
}

static int
decode(struct slice text, char *value, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len;) {
		int c = next_byte(text, &i);

		if (c <= 0 || len + 1 >= size) {
			value[0] = '\0';
			return -2;
		}
		value[len++] = (char)c;
	}
	value[len] = '\0';
	return 0;
}

int
form_field(struct slice form, const char *name, char *value, size_t size)
{
	size_t len = strlen(name), n;
	const char *end;

	value[0] = '\0';
	while (form.len > 0) {
		end = memchr(form.p, '&', form.len);
		n = end == NULL ? form.len : (size_t)(end - form.p);
		if (n > len && memcmp(form.p, name, len) == 0 &&
		    form.p[len] == '=')
			return decode((struct slice){form.p + len + 1,
					  n - len - 1},
			    value, size);
		n += end != NULL;
		form.p += n;
		form.len -= n;
	}
	return -1;
}
