/* SPDX-License-Identifier: ISC */
#include "spool/bundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool/line.h"

static const char magic[] = "tocsin bundle 1\n";

#define MAGIC_BYTES (sizeof(magic) - 1)
#define TOP_BYTES (MAGIC_BYTES + 27 + 13) /* magic, first, count */
#define LINE_BYTES 26
#define RECORDS_MAX 999999

static size_t
head_bytes(size_t n)
{
	return TOP_BYTES + n * LINE_BYTES + LINE_SUM_BYTES;
}

void
bundle_begin(struct buf *b, size_t n)
{
	char *p = buf_reserve(b, head_bytes(n));

	if (p == NULL)
		return;
	memset(p, ' ', head_bytes(n));
	b->len += head_bytes(n);
}

void
bundle_end(struct buf *b, uint64_t first, const size_t *lengths, size_t n)
{
	struct buf head = {.max = head_bytes(n) + 1};
	size_t offset = head_bytes(n);

	buf_printf(&head, "%sfirst %020" PRIu64 "\ncount %06zu\n", magic, first,
	    n);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&head, "%012zu %012zu\n", offset, lengths[i]);
		offset += lengths[i];
	}
	line_sum(&head);
	if (head.failed || head.len != head_bytes(n))
		b->failed = true;
	if (!b->failed)
		memcpy(b->data, head.data, head.len);
	buf_free(&head);
}

/* Read len bytes at an offset to the end of b. */
static bool
read_at(int fd, struct buf *b, size_t len, size_t offset)
{
	char *p = buf_reserve(b, len + 1);

	if (p == NULL || pread(fd, p, len, (off_t)offset) != (ssize_t)len)
		return false;
	b->len += len;
	p[len] = '\0';
	return true;
}

/* Read the head into b; return how many records it has, 0 = no bundle. */
static size_t
read_head(int fd, struct buf *b, uint64_t *first)
{
	size_t n;

	if (!read_at(fd, b, TOP_BYTES, 0) ||
	    memcmp(b->data, magic, MAGIC_BYTES) != 0 ||
	    sscanf(b->data + MAGIC_BYTES, "first %20" SCNu64 " count %6zu",
		first, &n) != 2 ||
	    n == 0 || n > RECORDS_MAX ||
	    !read_at(fd, b, head_bytes(n) - TOP_BYTES, TOP_BYTES))
		return 0;
	return line_sum_fits(b->data, head_bytes(n)) ? n : 0;
}

bool
bundle_read(int fd, const char *name, struct buf *b)
{
	struct buf head = {.max = head_bytes(RECORDS_MAX) + 2};
	uint64_t first, number = strtoull(name, NULL, 10);
	size_t n, offset, len;
	bool found = false;

	buf_reset(b);
	n = read_head(fd, &head, &first);
	if (n > 0 && number >= first && number - first < n &&
	    sscanf(head.data + TOP_BYTES + (number - first) * LINE_BYTES,
		"%12zu %12zu", &offset, &len) == 2 &&
	    len < b->max)
		found = read_at(fd, b, len, offset);
	buf_free(&head);
	return found;
}
