/* SPDX-License-Identifier: ISC */
#include "base/items.h"

#include <inttypes.h>

void
items_count(struct items *s, struct slice dialect, enum item_result result,
    uint64_t n)
{
	struct label_rows rows;
	struct items_row *row;

	if (s == NULL || n == 0)
		return;
	rows = (struct label_rows){s->rows, ITEMS_DIALECTS, sizeof(s->rows[0])};
	row = label_claim(&rows, dialect);
	if (row == NULL)
		row = &s->other;
	atomic_fetch_add(&row->counts[result], n);
}

static void
print_row(const struct items_row *row, const char *dialect, struct buf *b)
{
	static const char *const results[ITEM_RESULTS] = {"event", "skipped",
	    "refused"};

	for (int i = 0; i < ITEM_RESULTS; i++)
		buf_printf(b,
		    "tocsin_dialect_items_total{dialect=\"%s\","
		    "result=\"%s\"} %" PRIu64 "\n",
		    dialect, results[i], atomic_load(&row->counts[i]));
}

static bool
is_used(const struct items_row *row)
{
	for (int i = 0; i < ITEM_RESULTS; i++)
		if (atomic_load(&row->counts[i]) > 0)
			return true;
	return false;
}

void
items_print(const struct items *s, struct buf *b)
{
	char name[LABEL_BYTES];

	buf_puts(b,
	    "# HELP tocsin_dialect_items_total Items of requests in a dialect,"
	    " by what became of them.\n"
	    "# TYPE tocsin_dialect_items_total counter\n");
	if (is_used(&s->other))
		print_row(&s->other, "other", b);
	for (size_t i = 0; i < ITEMS_DIALECTS; i++)
		if (label_read(&s->rows[i].label, name))
			print_row(&s->rows[i], name, b);
}
