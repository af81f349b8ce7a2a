/* SPDX-License-Identifier: ISC */
#include "spool/line.h"

#include <string.h>

void
line_write(struct buf *b, const char *name, struct slice value)
{
	if (value.p != NULL)
		buf_printf(b, "%s: %.*s\n", name, (int)value.len, value.p);
}

bool
line_take_text(struct slice *in, struct slice s)
{
	if (in->len < s.len || memcmp(in->p, s.p, s.len) != 0)
		return false;
	in->p += s.len;
	in->len -= s.len;
	return true;
}

struct slice
line_take(struct slice *in, const char *name)
{
	size_t len = strlen(name);
	struct slice value = {NULL, 0};
	const char *end;

	if (in->len < len + 2 || memcmp(in->p, name, len) != 0 ||
	    memcmp(in->p + len, ": ", 2) != 0)
		return value;
	end = memchr(in->p, '\n', in->len);
	if (end == NULL)
		return value;
	value.p = in->p + len + 2;
	value.len = (size_t)(end - value.p);
	in->len -= (size_t)(end + 1 - in->p);
	in->p = end + 1;
	return value;
}
