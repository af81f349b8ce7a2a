/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_BUNDLE_H
#define SPOOL_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Records of one batch in one file, so that one sync makes all of them
 * durable.  The file has a name in new/ for each of them, with numbers in a
 * row; it goes when the last name is deleted.
 *
 *	tocsin bundle 1
 *	first 01767225600123456001
 *	count 000002
 *	000000000180 000000000411
 *	000000000591 000000000405
 *	sha256 (of all that stands above, in hexadecimal)
 *
 * A line for each record has its offset and its length; then come the
 * records.
 */

/* Begin a bundle of n records in b; append them with record_write(). */
void bundle_begin(struct buf *b, size_t n);

/*
 * Fill in the head: the number of the first record's name, and the length of
 * each of the n records.
 */
void bundle_end(struct buf *b, uint64_t first, const size_t *lengths, size_t n);

/*
 * Read the record of this name into b.  Returns false when the file is no
 * bundle, is damaged or has no such record.
 */
bool bundle_read(int fd, const char *name, struct buf *b);

#endif
