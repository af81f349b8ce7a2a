/* SPDX-License-Identifier: ISC */
#include "base/label.h"

#include <string.h>

#include "base/hash.h"

#define WORDS (LABEL_BYTES / sizeof(uint64_t))

/* Return the hash of a name, never 0. */
static uint64_t
hash(struct slice name)
{
	return hash_64(name) | 1;
}

void *
label_find(const struct label_rows *rows, struct slice name)
{
	uint64_t key = hash(name), found;

	for (size_t i = 0; i < rows->n; i++) {
		size_t at = (key / 2 + i) % rows->n;
		struct label *row =
		    (void *)((char *)rows->first + at * rows->size);

		found = atomic_load(&row->key);
		if (found == key || found == 0)
			return row;
	}
	return NULL;
}

bool
label_is(const struct label *row, struct slice name)
{
	return atomic_load(&row->key) == hash(name);
}

/*
 * Write the name, its first word last: a row without that has no name yet.
 * Whoever writes it at the same time writes the same.
 */
static void
set_text(struct label *row, struct slice name)
{
	uint64_t words[WORDS] = {0};

	memcpy(words, name.p, name.len);
	for (size_t i = WORDS; i-- > 0;)
		atomic_store(&row->text[i], words[i]);
}

void *
label_claim(const struct label_rows *rows, struct slice name)
{
	uint64_t key = hash(name), found;
	struct label *row;

	if (name.len >= LABEL_BYTES)
		return NULL;
	do {
		row = label_find(rows, name);
		if (row == NULL)
			return NULL;
		found = 0;
		if (atomic_compare_exchange_strong(&row->key, &found, key))
			found = key;
		/* Another name has just taken this row: look again. */
	} while (found != key);
	if (atomic_load(&row->text[0]) == 0)
		set_text(row, name);
	return row;
}

bool
label_read(const struct label *row, char name[LABEL_BYTES])
{
	uint64_t words[WORDS];

	for (size_t i = 0; i < WORDS; i++)
		words[i] = atomic_load(&row->text[i]);
	memcpy(name, words, LABEL_BYTES);
	return name[0] != '\0';
}
