/* SPDX-License-Identifier: ISC */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A piece of somebody else's bytes; not terminated by a NUL.  A slice with
 * p == NULL is absent, which is something else than empty.
 */
struct slice {
	const char *p;
	size_t len;
};

/* The slice of a string literal. */
#define SLICE(s) ((struct slice){(s), sizeof(s) - 1})

/* The slice of a string; absent for NULL. */
struct slice slice_of(const char *s);

bool slice_equal(struct slice a, struct slice b);

/* A number of 1 to 18 decimal digits; -1 for anything else. */
int64_t slice_number(struct slice s);

/*
 * Bytes that grow up to a stated maximum.  A struct of zeroes but for max is
 * ready for use.
 *
 * An append that would pass max, or for which there is no memory, changes
 * nothing but failed, which stays set until buf_reset() and makes every later
 * append do nothing: append freely and look at failed once, at the end.  data
 * is not terminated by a NUL.
 */
struct buf {
	char *data; /* owned; NULL while nothing was appended */
	size_t len; /* bytes used */
	size_t cap; /* bytes allocated */
	size_t max; /* bytes at most */
	bool failed;
};

void buf_append(struct buf *b, const void *p, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Room for len more bytes at the end of the buffer, which the caller writes
 * and then counts in b->len himself.  NULL (and failed) when there is none.
 */
char *buf_reserve(struct buf *b, size_t len);

/* Empty it for reuse; gives memory back only when it holds over 64 KiB. */
void buf_reset(struct buf *b);

void buf_free(struct buf *b);

#endif
