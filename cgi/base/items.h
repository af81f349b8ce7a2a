/* SPDX-License-Identifier: ISC */
#ifndef BASE_ITEMS_H
#define BASE_ITEMS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/label.h"

#define ITEMS_DIALECTS 64

enum item_result { ITEM_EVENT, ITEM_SKIPPED, ITEM_REFUSED, ITEM_RESULTS };

/* Items in one dialect, by what became of them. */
struct items_row {
	struct label label;
	_Atomic uint64_t counts[ITEM_RESULTS];
};

/*
 * Counts what requests in dialects were made of, by dialect: each item is an
 * event, or skipped, or refused.  Lies in shared memory; zeroed, it is empty.
 * Dialects beyond ITEMS_DIALECTS share a row.  Never blocks.
 */
struct items {
	struct items_row other;
	struct items_row rows[ITEMS_DIALECTS];
};

/* Count n items; does nothing when s is NULL or n is 0. */
void items_count(struct items *s, struct slice dialect, enum item_result result,
    uint64_t n);

/* Append the counters in Prometheus's text format. */
void items_print(const struct items *s, struct buf *b);

#endif
