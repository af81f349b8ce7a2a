/* SPDX-License-Identifier: ISC */
#ifndef BASE_LABEL_H
#define BASE_LABEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define LABEL_BYTES 104 /* with a NUL */

/*
 * The name of a row of counters in shared memory.  A row begins with one;
 * zeroed, it is free.  A row that has a name keeps it.  Nothing blocks.
 */
struct label {
	_Atomic uint64_t key; /* hash of the name; 0 = free */
	_Atomic uint64_t text[LABEL_BYTES / sizeof(uint64_t)];
};

/* Rows of size bytes each. */
struct label_rows {
	void *first;
	size_t n, size;
};

/*
 * Return the row of that name; failing that, the first free one on its way,
 * or NULL when all are taken.
 */
void *label_find(const struct label_rows *rows, struct slice name);

/* Return whether this row has that name. */
bool label_is(const struct label *row, struct slice name);

/*
 * Return the row of that name, taking a free one for it if need be.  Returns
 * NULL when all are taken, or the name has LABEL_BYTES or more.
 */
void *label_claim(const struct label_rows *rows, struct slice name);

/* Copy the name; return false if there is none yet. */
bool label_read(const struct label *row, char name[LABEL_BYTES]);

#endif
