/* SPDX-License-Identifier: ISC */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 256
#define KEEP_BYTES 8192

struct slice
slice_of(const char *s)
{
	return (struct slice){s, s == NULL ? 0 : strlen(s)};
}

bool
slice_equal(struct slice a, struct slice b)
{
	if (a.p == NULL || b.p == NULL)
		return a.p == b.p;
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

int64_t
slice_number(struct slice s)
{
	int64_t n = 0;

	if (s.p == NULL || s.len == 0 || s.len > 18)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		n = n * 10 + (s.p[i] - '0');
	}
	return n;
}

/* Allocate one byte more than cap, for the NUL that vsnprintf() writes. */
static int
grow(struct buf *b, size_t need)
{
	size_t cap;
	char *data;

	cap = b->cap < FIRST_BYTES / 2 ? FIRST_BYTES : b->cap * 2;
	if (cap < need)
		cap = need;
	if (cap > b->max)
		cap = b->max;
	data = realloc(b->data, cap + 1);
	if (data == NULL)
		return -1;
	b->data = data;
	b->cap = cap;
	return 0;
}

char *
buf_reserve(struct buf *b, size_t len)
{
	size_t max = b->max < SIZE_MAX / 4 ? b->max : SIZE_MAX / 4;

	if (b->failed)
		return NULL;
	if (b->len > max || len > max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->data == NULL || len > b->cap - b->len) {
		if (grow(b, b->len + len) == -1) {
			b->failed = true;
			return NULL;
		}
	}
	return b->data + b->len;
}

void
buf_append(struct buf *b, const void *p, size_t len)
{
	char *to;

	if (len == 0)
		return;
	to = buf_reserve(b, len);
	if (to == NULL)
		return;
	memcpy(to, p, len);
	b->len += len;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = 0;
	va_list ap;
	int n;

	if (b->failed)
		return;
	if (b->data != NULL)
		room = b->cap - b->len + 1;
	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if ((size_t)n >= room) {
		if (buf_reserve(b, (size_t)n) == NULL)
			return;
		va_start(ap, fmt);
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

void
buf_reset(struct buf *b)
{
	if (b->cap > KEEP_BYTES)
		buf_free(b);
	b->len = 0;
	b->failed = false;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
	b->failed = false;
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}
