/* SPDX-License-Identifier: ISC */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Borrowed bytes, not NUL-terminated.  A slice with p == NULL is absent,
 * which differs from empty.
 */
struct slice {
	const char *p;
	size_t len;
};

/* Make a slice of a string literal. */
#define SLICE(s) ((struct slice){(s), sizeof(s) - 1})

/* Return the slice of a string; absent for NULL. */
struct slice slice_of(const char *s);

bool slice_equal(struct slice a, struct slice b);

/* A number of 1 to 18 decimal digits; -1 for anything else. */
int64_t slice_number(struct slice s);

/*
 * A byte buffer that grows up to max.  To initialize one, zero it and set
 * max.
 *
 * An append that would exceed max, or that runs out of memory, changes
 * nothing but failed.  failed stays set until buf_reset() and turns every
 * later append into a no-op, so check it once, at the end.  data is not
 * NUL-terminated.
 */
struct buf {
	char *data; /* owned; NULL until the first append */
	size_t len; /* bytes used */
	size_t cap; /* bytes allocated */
	size_t max; /* limit in bytes */
	bool failed;
};

void buf_append(struct buf *b, const void *p, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Return room for len more bytes at the end of the buffer; the caller writes
 * them and adds their number to b->len.  Returns NULL and sets failed when
 * there is no room.
 */
char *buf_reserve(struct buf *b, size_t len);

/* Empty it for reuse; free its memory only when that is over 8 KiB. */
void buf_reset(struct buf *b);

void buf_free(struct buf *b);

/* Overwrite what it has or had, and free it: it may have held a secret. */
void buf_wipe(struct buf *b);

#endif
