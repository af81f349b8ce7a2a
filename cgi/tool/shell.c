/* SPDX-License-Identifier: ISC */
#include "tool/shell.h"

#include <string.h>

void
shell_quote(struct buf *b, const char *s)
{
	buf_puts(b, "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_puts(b, "'\\''");
		else
			buf_append(b, s, 1);
	}
	buf_puts(b, "'");
}

void
shell_url(struct buf *b, const char *base, const char *path)
{
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	buf_append(b, base, len);
	buf_puts(b, path);
}
