/* SPDX-License-Identifier: ISC */
#ifndef BASE_REFUSALS_H
#define BASE_REFUSALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/label.h"
#include "base/outcome.h"

#define REFUSALS_INTEGRATIONS 256
/* An id has at most 68 bytes, a dialect 32. */
#define REFUSALS_NAME_BYTES LABEL_BYTES
#define REFUSALS_AGAIN_US 1000000 /* between two lines about the same */
#define REFUSALS_KEPT_MAX 10 /* requests kept in a second, of the same */
#define REFUSALS_KEPT_ALL_MAX 32 /* and of all */

/* Refusals of one integration, in one dialect. */
struct refusals_row {
	struct label label;
	_Atomic uint64_t counts[OUTCOME_COUNT];
	_Atomic int64_t logged_at[OUTCOME_COUNT]; /* wall clock; 0 = never */
	_Atomic uint64_t omitted[OUTCOME_COUNT]; /* lines since then */
	_Atomic uint64_t kept[OUTCOME_COUNT]; /* second << 8 | number in it */
};

/*
 * Counts refusals by integration and outcome, and limits how often they are
 * logged and kept.  Lies in shared memory; zeroed, it is empty.  Never blocks.
 *
 * A row is named by the integration's id and, if its sender speaks a dialect,
 * a slash and the dialect: int_X/alertmanager.  Only integrations that exist
 * get rows, so that a stranger who guesses ids uses up neither memory nor
 * series: all unknown ids share one row, and all integrations beyond
 * REFUSALS_INTEGRATIONS another, in whatever dialect.
 */
struct refusals {
	struct refusals_row unknown;
	struct refusals_row other;
	struct refusals_row rows[REFUSALS_INTEGRATIONS];
	_Atomic uint64_t kept; /* of all, as of a row */
};

/* Note that an integration exists. */
void refusals_know(struct refusals *r, struct slice integration);

/*
 * Count a refusal at now_us (wall clock), and return whether to log it: at
 * most once a second per row and status.  *omitted becomes the number of
 * refusals that were not logged since the last one that was.
 */
bool refusals_count(struct refusals *r, struct slice integration,
    enum outcome o, int64_t now_us, uint64_t *omitted);

/*
 * Return whether to keep a refused request at now_us (wall clock): at most
 * REFUSALS_KEPT_MAX in a second per row and status, and
 * REFUSALS_KEPT_ALL_MAX in all.
 */
bool refusals_keep(struct refusals *r, struct slice integration, enum outcome o,
    int64_t now_us);

/* Append the counters in Prometheus's text format. */
void refusals_print(const struct refusals *r, struct buf *b);

#endif
