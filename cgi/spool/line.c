/* SPDX-License-Identifier: ISC */
#include "spool/line.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

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

static void
write_sum(char line[LINE_SUM_BYTES + 1], const char *p, size_t len)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];

	digest_sha256(p, len, sum);
	digest_hex(sum, hex);
	snprintf(line, LINE_SUM_BYTES + 1, "sha256 %s\n", hex);
}

void
line_sum(struct buf *b)
{
	char line[LINE_SUM_BYTES + 1];

	if (b->failed)
		return;
	write_sum(line, b->data, b->len);
	buf_puts(b, line);
}

bool
line_sum_fits(const char *p, size_t len)
{
	char line[LINE_SUM_BYTES + 1];

	if (len < LINE_SUM_BYTES)
		return false;
	write_sum(line, p, len - LINE_SUM_BYTES);
	return memcmp(p + len - LINE_SUM_BYTES, line, LINE_SUM_BYTES) == 0;
}
