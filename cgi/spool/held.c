/* SPDX-License-Identifier: ISC */
#include "spool/held.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "spool/backlog.h"

#define FILE_BYTES_MAX (32 * 1024 * 1024)
#define LINE_BYTES 320

struct held {
	struct held_key *keys;
	size_t n, room;
	uint32_t place[SPOOL_KEYS]; /* of a key in keys, from 1; 0 = not held */
	atomic_llong complained_at;
	bool changed;
	uint64_t edition;
	struct stat seen; /* the file as it was read or written */
};

struct held *
held_open(void)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h != NULL)
		h->complained_at = LOG_NEVER;
	return h;
}

static struct held_key *
find(const struct held *h, const char *name)
{
	uint32_t place = h->place[spool_name_key(name)];

	return place == 0 ? NULL : &h->keys[place - 1];
}

/* Return the entry for the key of this file, a new one if need be. */
static struct held_key *
make(struct held *h, const char *name)
{
	struct held_key *k = find(h, name), *grown;

	if (k != NULL)
		return k;
	if (h->n == h->room) {
		size_t room = h->room == 0 ? 64 : 2 * h->room;

		grown = realloc(h->keys, room * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		h->keys = grown;
		h->room = room;
	}
	k = &h->keys[h->n++];
	memset(k, 0, sizeof(*k));
	snprintf(k->name, sizeof(k->name), "%.*s", SPOOL_NAME_BYTES - 1, name);
	k->since_us = clock_wall_us();
	h->edition++;
	h->place[spool_name_key(name)] = (uint32_t)h->n;
	return k;
}

/*
 * Copy a reason as one line of ASCII, fit for any terminal, file and JSON;
 * the log has the database's message in full.
 */
static void
copy_why(char to[HELD_WHY_BYTES], const char *why)
{
	snprintf(to, HELD_WHY_BYTES, "%s", why);
	for (char *p = to; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static void
forget(struct held *h, struct held_key *k)
{
	size_t i = (size_t)(k - h->keys);

	h->place[spool_name_key(k->name)] = 0;
	h->edition++;
	h->n--;
	if (i < h->n) {
		*k = h->keys[h->n];
		h->place[spool_name_key(k->name)] = (uint32_t)i + 1;
	}
	h->changed = true;
}

void
held_add(struct held *h, const char *name, const char *why)
{
	struct held_key *k = make(h, name);
	int64_t ms = DRAIN_HOLD_MS;

	if (k == NULL)
		return;
	for (unsigned i = 0; i < k->tries && ms < DRAIN_HOLD_MAX_MS; i++)
		ms *= 2;
	if (ms > DRAIN_HOLD_MAX_MS)
		ms = DRAIN_HOLD_MAX_MS;
	if (k->tries == 0 && log_is_due(&h->complained_at, LOG_AGAIN_MS))
		log_warnx("spool: \"%s\" is set aside: %s", name, why);
	k->tries++;
	k->due_us = clock_wall_us() + ms * 1000;
	snprintf(k->name, sizeof(k->name), "%.*s", SPOOL_NAME_BYTES - 1, name);
	copy_why(k->why, why);
	h->changed = true;
}

void
held_defer(struct held *h, const char *name, const char *why)
{
	struct held_key *k = make(h, name);

	if (k == NULL || k->tries > 0)
		return;
	k->due_us = clock_wall_us();
	copy_why(k->why, why);
	h->changed = true;
}

void
held_remove(struct held *h, const char *name)
{
	struct held_key *k = find(h, name);

	if (k != NULL)
		forget(h, k);
}

/* A due time too far ahead is from before the clock was set back. */
static bool
is_due(const struct held_key *k, int64_t now)
{
	return k->due_us <= now ||
	    k->due_us > now + INT64_C(1000) * DRAIN_HOLD_MAX_MS;
}

bool
held_has(const struct held *h, const char *name)
{
	return find(h, name) != NULL;
}

bool
held_waits(const struct held *h, const char *name)
{
	const struct held_key *k = find(h, name);

	return k != NULL && !is_due(k, clock_wall_us());
}

void
held_release(struct held *h)
{
	for (size_t i = 0; i < h->n; i++)
		h->keys[i].due_us = 0;
	h->changed = h->changed || h->n > 0;
}

void
held_drop_due(struct held *h)
{
	int64_t now = clock_wall_us();

	for (size_t i = h->n; i-- > 0;)
		if (is_due(&h->keys[i], now))
			forget(h, &h->keys[i]);
}

size_t
held_count(const struct held *h)
{
	return h->n;
}

bool
held_has_due(const struct held *h)
{
	int64_t now = clock_wall_us();

	for (size_t i = 0; i < h->n; i++)
		if (is_due(&h->keys[i], now))
			return true;
	return false;
}

uint64_t
held_edition(const struct held *h)
{
	return h->edition;
}

const struct held_key *
held_oldest(const struct held *h)
{
	const struct held_key *first = NULL;

	for (size_t i = 0; i < h->n; i++)
		if (h->keys[i].tries > 0 &&
		    (first == NULL || h->keys[i].since_us < first->since_us))
			first = &h->keys[i];
	return first;
}

void
held_skip(const struct held *h, uint64_t *keys, bool due)
{
	int64_t now = clock_wall_us();

	memset(keys, due ? 0xff : 0, SPOOL_KEYS / 8);
	for (size_t i = 0; i < h->n; i++) {
		unsigned key = spool_name_key(h->keys[i].name);
		uint64_t bit = UINT64_C(1) << key % 64;

		if (!due)
			keys[key / 64] |= bit;
		else if (is_due(&h->keys[i], now))
			keys[key / 64] &= ~bit;
	}
}

/* Read a line; skip it if it is damaged. */
static void
read_line(struct held *h, const char *line)
{
	char name[SPOOL_NAME_BYTES], why[HELD_WHY_BYTES];
	struct spool_name told;
	int64_t since, due;
	struct held_key *k;
	unsigned tries;

	if (sscanf(line, "%" SCNd64 " %" SCNd64 " %u %47s %159[^\n]", &since,
		&due, &tries, name, why) != 5 ||
	    !spool_name_read(&told, name))
		return;
	k = make(h, name);
	if (k == NULL)
		return;
	k->since_us = since;
	k->due_us = due;
	k->tries = tries;
	copy_why(k->why, why);
}

static void
clear(struct held *h)
{
	h->n = 0;
	h->edition++;
	memset(h->place, 0, sizeof(h->place));
	memset(&h->seen, 0, sizeof(h->seen));
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void
held_load(struct held *h, const struct spool_dir *d)
{
	struct buf b = {.max = FILE_BYTES_MAX};
	char line[LINE_BYTES];
	struct stat st;

	h->changed = false;
	if (fstatat(d->dir, HELD_FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		/* One that could not be written is still in memory. */
		if (errno == ENOENT && h->seen.st_ino != 0)
			clear(h);
		return;
	}
	if (is_same(&st, &h->seen))
		return;
	clear(h);
	if (spool_dir_read(d->dir, HELD_FILE_NAME, &b) == 0) {
		for (size_t i = 0, at = 0; i < b.len; i++) {
			size_t len = i - at;

			if (b.data[i] != '\n')
				continue;
			if (len < sizeof(line)) {
				memcpy(line, b.data + at, len);
				line[len] = '\0';
				read_line(h, line);
			}
			at = i + 1;
		}
		h->seen = st;
	}
	h->changed = false;
	buf_free(&b);
}

void
held_save(struct held *h, const struct spool_dir *d)
{
	struct buf b = {.max = FILE_BYTES_MAX};
	struct stat st;

	if (!h->changed)
		return;
	for (size_t i = 0; i < h->n; i++)
		buf_printf(&b, "%" PRId64 " %" PRId64 " %u %s %s\n",
		    h->keys[i].since_us, h->keys[i].due_us, h->keys[i].tries,
		    h->keys[i].name, h->keys[i].why);
	h->changed = false;
	/* On a full disk the keys stay in memory, which is enough. */
	if (h->n == 0)
		unlinkat(d->dir, HELD_FILE_NAME, 0);
	else if (!b.failed)
		spool_dir_draft(d, HELD_FILE_NAME, b.data, b.len);
	memset(&h->seen, 0, sizeof(h->seen));
	if (h->n > 0 &&
	    fstatat(d->dir, HELD_FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0)
		h->seen = st;
	buf_free(&b);
}

void
held_close(struct held *h)
{
	if (h == NULL)
		return;
	free(h->keys);
	free(h);
}
