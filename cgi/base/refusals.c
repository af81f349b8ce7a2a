/* SPDX-License-Identifier: ISC */
#include "base/refusals.h"

#include <inttypes.h>
#include <string.h>

#define NAME_WORDS (REFUSALS_NAME_BYTES / sizeof(uint64_t))

/* Return a hash (FNV-1a) of an id, never 0. */
static uint64_t
hash(struct slice id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < id.len; i++)
		h = (h ^ (unsigned char)id.p[i]) * UINT64_C(0x100000001b3);
	return h | 1;
}

/*
 * Find the row of an id; failing that, the first free one on its way, or NULL
 * when all are taken.
 */
static struct refusals_row *
find(struct refusals *r, uint64_t key)
{
	for (size_t i = 0; i < REFUSALS_INTEGRATIONS; i++) {
		struct refusals_row *row =
		    &r->rows[(key / 2 + i) % REFUSALS_INTEGRATIONS];
		uint64_t found = atomic_load(&row->key);

		if (found == key || found == 0)
			return row;
	}
	return NULL;
}

/*
 * Write the name, its first word last: a row without that has no name yet.
 * Whoever writes it at the same time writes the same.
 */
static void
set_name(struct refusals_row *row, struct slice id)
{
	uint64_t words[NAME_WORDS] = {0};

	memcpy(words, id.p, id.len);
	for (size_t i = NAME_WORDS; i-- > 0;)
		atomic_store(&row->name[i], words[i]);
}

void
refusals_know(struct refusals *r, struct slice integration)
{
	uint64_t key = hash(integration), found;
	struct refusals_row *row;

	if (r == NULL || integration.len >= REFUSALS_NAME_BYTES)
		return;
	do {
		row = find(r, key);
		if (row == NULL)
			return;
		found = 0;
		if (atomic_compare_exchange_strong(&row->key, &found, key))
			found = key;
		/* Another id has just taken this row: look again. */
	} while (found != key);
	if (atomic_load(&row->name[0]) == 0)
		set_name(row, integration);
}

static struct refusals_row *
row_of(struct refusals *r, struct slice integration)
{
	uint64_t key = hash(integration);
	struct refusals_row *row = find(r, key);

	if (row == NULL)
		return &r->other;
	return atomic_load(&row->key) == key ? row : &r->unknown;
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

bool
refusals_keep(struct refusals *r, struct slice integration, enum outcome o,
    int64_t now_us)
{
	uint64_t second = (uint64_t)now_us / 1000000 << 8, before, next;
	_Atomic uint64_t *kept;

	if (r == NULL)
		return true;
	kept = &row_of(r, integration)->kept[first_alike(o)];
	before = atomic_load(kept);
	do {
		next = (before & ~UINT64_C(0xff)) == second ? before : second;
		if ((next & 0xff) == REFUSALS_KEPT_MAX)
			return false;
	} while (!atomic_compare_exchange_weak(kept, &before, next + 1));
	return true;
}

/* A name is that of an integration, or that, a slash and a dialect. */
static void
print_row(const struct refusals_row *row, const char *name, struct buf *b)
{
	int len = (int)strcspn(name, "/");
	const char *dialect = name[len] == '\0' ? "pagertree" : name + len + 1;

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		uint64_t n = atomic_load(&row->counts[o]);

		if (n > 0)
			buf_printf(b,
			    "tocsin_refusals_total{integration=\"%.*s\","
			    "dialect=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
			    len, name, dialect, outcome_label((enum outcome)o),
			    n);
	}
}

void
refusals_print(const struct refusals *r, struct buf *b)
{
	uint64_t words[NAME_WORDS];

	buf_puts(b,
	    "# HELP tocsin_refusals_total Refused requests, and refused items "
	    "of batches, by reason.\n"
	    "# TYPE tocsin_refusals_total counter\n");
	print_row(&r->unknown, "", b);
	print_row(&r->other, "other", b);
	for (size_t i = 0; i < REFUSALS_INTEGRATIONS; i++) {
		const struct refusals_row *row = &r->rows[i];

		for (size_t k = 0; k < NAME_WORDS; k++)
			words[k] = atomic_load(&row->name[k]);
		if (words[0] != 0)
			print_row(row, (const char *)words, b);
	}
}
