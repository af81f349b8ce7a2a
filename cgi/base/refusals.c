/* SPDX-License-Identifier: ISC */
#include "base/refusals.h"

#include <inttypes.h>
#include <string.h>

static struct label_rows
rows_of(struct refusals *r)
{
	return (struct label_rows){r->rows, REFUSALS_INTEGRATIONS,
	    sizeof(r->rows[0])};
}

void
refusals_know(struct refusals *r, struct slice integration)
{
	struct label_rows rows;

	if (r == NULL)
		return;
	rows = rows_of(r);
	label_claim(&rows, integration);
}

static struct refusals_row *
row_of(struct refusals *r, struct slice integration)
{
	struct label_rows rows = rows_of(r);
	struct refusals_row *row = label_find(&rows, integration);

	if (row == NULL)
		return &r->other;
	return label_is(&row->label, integration) ? row : &r->unknown;
}

/* Return the first outcome with the status of o: they share their lines. */
static enum outcome
first_alike(enum outcome o)
{
	enum outcome first = OUTCOME_OK;

	while (outcome_status(first) != outcome_status(o))
		first++;
	return first;
}

bool
refusals_count(struct refusals *r, struct slice integration, enum outcome o,
    int64_t now_us, uint64_t *omitted)
{
	enum outcome line = first_alike(o);
	struct refusals_row *row;
	int64_t before;

	*omitted = 0;
	if (r == NULL)
		return true;
	row = row_of(r, integration);
	atomic_fetch_add(&row->counts[o], 1);
	before = atomic_load(&row->logged_at[line]);
	/* A clock that was set back must not silence the log. */
	if ((before != 0 && now_us >= before &&
		now_us - before < REFUSALS_AGAIN_US) ||
	    !atomic_compare_exchange_strong(&row->logged_at[line], &before,
		now_us)) {
		atomic_fetch_add(&row->omitted[line], 1);
		return false;
	}
	*omitted = atomic_exchange(&row->omitted[line], 0);
	return true;
}

/* Count one more in this second; false when it would exceed max. */
static bool
count_kept(_Atomic uint64_t *kept, uint64_t second, unsigned max)
{
	uint64_t before = atomic_load(kept), next;

	do {
		next = before >> 8 == second ? before : second << 8;
		if ((next & 0xff) == max)
			return false;
	} while (!atomic_compare_exchange_weak(kept, &before, next + 1));
	return true;
}

bool
refusals_keep(struct refusals *r, struct slice integration, enum outcome o,
    int64_t now_us)
{
	uint64_t second = (uint64_t)now_us / 1000000;

	if (r == NULL)
		return true;
	return count_kept(&row_of(r, integration)->kept[first_alike(o)], second,
		   REFUSALS_KEPT_MAX) &&
	    count_kept(&r->kept, second, REFUSALS_KEPT_ALL_MAX);
}

static void
print_row(const struct refusals_row *row, struct slice integration,
    const char *dialect, struct buf *b)
{
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		uint64_t n = atomic_load(&row->counts[o]);

		if (n > 0)
			buf_printf(b,
			    "tocsin_refusals_total{integration=\"%.*s\","
			    "dialect=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
			    (int)integration.len, integration.p, dialect,
			    outcome_label((enum outcome)o), n);
	}
}

void
refusals_print(const struct refusals *r, struct buf *b)
{
	char name[LABEL_BYTES];

	buf_puts(b,
	    "# HELP tocsin_refusals_total Refused requests, and refused items "
	    "of batches, by reason.\n"
	    "# TYPE tocsin_refusals_total counter\n");
	print_row(&r->unknown, SLICE(""), "", b);
	print_row(&r->other, SLICE("other"), "", b);
	for (size_t i = 0; i < REFUSALS_INTEGRATIONS; i++) {
		const struct refusals_row *row = &r->rows[i];
		size_t len;

		/* An integration, or that, a slash and a dialect. */
		if (!label_read(&row->label, name))
			continue;
		len = strcspn(name, "/");
		print_row(row, (struct slice){name, len},
		    name[len] == '\0' ? "pagertree" : name + len + 1, b);
	}
}
