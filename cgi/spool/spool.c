/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/timing.h"
#include "spool/bundle.h"
#include "spool/record.h"
#include "spool/refused.h"
#include "spool/tally.h"

#define FREE_PERCENT_MIN 5 /* of the disk's space and of its inodes */
#define TOO_SLOW "the disk is too slow to store them in time"

/* Fold a hash to 16 bits. */
static unsigned
fold(uint32_t h)
{
	return (h >> 16 ^ h) & 0xffff;
}

unsigned
spool_key(const struct event *ev)
{
	uint32_t h = hash_32(HASH_START_32, ev->from->integration_id);

	return fold(hash_32(hash_32(h, SLICE("/")), ev->external_id));
}

unsigned
spool_sender(const struct origin *from)
{
	return fold(hash_32(HASH_START_32, from->integration_id));
}

/* Read four hexadecimal digits and the dash behind them at *p. */
static bool
read_hash(const char **p, unsigned *hash)
{
	if (strspn(*p, "0123456789abcdef") < 4 || (*p)[4] != '-')
		return false;
	*hash = (unsigned)strtoul(*p, NULL, 16);
	*p += 5;
	return true;
}

bool
spool_name_read(struct spool_name *n, const char *name)
{
	const char *p = name + 21;
	char *end;

	if (strlen(name) >= SPOOL_NAME_BYTES ||
	    strspn(name, "0123456789") != 20 || name[20] != '-' ||
	    !read_hash(&p, &n->key))
		return false;
	if (!read_hash(&p, &n->sender))
		n->sender = SPOOL_SENDER_UNKNOWN;
	if (*p < '0' || *p > '9')
		return false;
	n->number = strtoull(name, NULL, 10);
	n->bytes = strtoul(p, &end, 10);
	return *end == '\0' && n->number <= SPOOL_NUMBER_MAX;
}

unsigned
spool_name_key(const char *name)
{
	return (unsigned)strtoul(strchr(name, '-') + 1, NULL, 16) & 0xffff;
}

/*
 * A batch on its way.  Its records are one file in tmp/, so that one sync
 * makes them durable: a disk that needs 10 ms for one needs 10 s for a
 * thousand.  singly is for a file system without hard links.
 */
struct put {
	const struct spool_dir *d;
	const struct event *const *events;
	size_t n;
	const char *database;
	int64_t deadline;
	bool singly; /* a file for each */
	bool over_share; /* their integration would have too much */
	uint64_t first; /* the first of n numbers */
	int64_t took_ms; /* to show the last of them that were shown */
	size_t made; /* files in tmp/, named after the first events in them */
	size_t *lengths; /* of the records */
	char (*names)[SPOOL_NAME_BYTES]; /* in new/ */
};

/*
 * Return which limit n more of it would exceed; NULL if none.  An integration
 * may have as much as it leaves to others: alone it has half, and whoever has
 * nothing yet finds room however many there are.
 */
static const char *
limit_reached(struct put *p, struct tally *t, size_t n, size_t bytes)
{
	uint64_t files = t->head.files + n, all = t->head.bytes + bytes;
	uint64_t files_max = (uint64_t)p->d->conf->spool_max_files;
	uint64_t bytes_max = (uint64_t)p->d->conf->spool_max_bytes;
	struct share share;

	if (files > files_max)
		return "spool_max_files is reached";
	if (all > bytes_max)
		return "spool_max_bytes is reached";
	if (tally_share(t, spool_sender(p->events[0]->from), &share) == -1)
		return strerror(errno);
	p->over_share = share.files + n > files_max - files + 1 ||
	    share.bytes + bytes > bytes_max - all;
	return p->over_share ? "an integration has used up its share" : NULL;
}

/* Arrays wait with each other, so that what is short waits for one only. */
static enum fair_turn
turn_of(const struct put *p)
{
	return p->n <= TALLY_SHORT_FILES ? FAIR_SHORT : FAIR_LONG;
}

/*
 * Return why there is no room; NULL if there is, and then take the numbers.
 * Asked first, so that a full spool is not filled with files that come to
 * nothing.
 */
static const char *
reserve(struct put *p, size_t bytes)
{
	const char *why = spool_dir_full(p->d, FREE_PERCENT_MIN, bytes);
	struct tally t;

	/* What was refused gives way to events. */
	if (why != NULL && refused_clear(p->d) > 0)
		why = spool_dir_full(p->d, FREE_PERCENT_MIN, bytes);
	if (why != NULL)
		return why;
	if (tally_open(&t, p->d, turn_of(p), clock_left_ms(p->deadline)) == -1)
		return strerror(errno);
	why = limit_reached(p, &t, p->n, bytes);
	if (why == NULL) {
		p->first = tally_take(&t, p->n);
		if (p->first == 0 || tally_write(&t) == -1)
			why = strerror(errno);
	}
	tally_close(&t);
	return why;
}

/* Write count events from the i-th on to a file in tmp/, and sync it. */
static int
write_file(const struct put *p, size_t i, size_t count, struct buf *b)
{
	char tmp[UUID_TEXT_BYTES];
	size_t start;

	buf_reset(b);
	if (count > 1)
		bundle_begin(b, count);
	for (size_t k = i; k < i + count; k++) {
		start = b->len;
		record_write(b, p->events[k], slice_of(p->database));
		p->lengths[k] = b->len - start;
		snprintf(p->names[k], sizeof(p->names[k]), SPOOL_NAME,
		    p->first + k, spool_key(p->events[k]),
		    spool_sender(p->events[k]->from), p->lengths[k]);
	}
	if (count > 1)
		bundle_end(b, p->first + i, p->lengths + i, count);
	errno = ENOMEM;
	if (b->failed)
		return -1;
	uuid_format(&p->events[i]->id, tmp);
	return spool_dir_write(p->d->tmp, tmp, b->data, b->len);
}

/* The same; where there is no room, what was refused gives way. */
static int
write_or_clear(const struct put *p, size_t i, size_t count, struct buf *b)
{
	int rc = write_file(p, i, count, b), saved = errno;

	if (rc == -1 && (saved == ENOSPC || saved == EDQUOT) &&
	    refused_clear(p->d) > 0)
		return write_file(p, i, count, b);
	errno = saved;
	return rc;
}

/* Write all to tmp/ within the deadline.  Returns NULL, or why not. */
static const char *
write_files(struct put *p)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	size_t count = p->singly ? 1 : p->n;
	const char *why = NULL;

	for (size_t i = 0; i < p->n && why == NULL; i += count) {
		if (write_or_clear(p, i, count, &b) == -1)
			why = strerror(errno);
		else
			p->made++;
		if (why == NULL && clock_left_ms(p->deadline) == 0)
			why = TOO_SLOW;
	}
	buf_free(&b);
	return why;
}

/* Delete what is in tmp/, but for what was renamed. */
static void
clean(const struct put *p)
{
	char tmp[UUID_TEXT_BYTES];

	for (size_t i = 0; i < p->made; i++) {
		uuid_format(&p->events[i]->id, tmp);
		unlinkat(p->d->tmp, tmp, 0);
	}
}

/*
 * Give the i-th event its name in new/.  A file system without the flag of
 * renameat2(2) has no second process with our number.
 */
static int
show(const struct put *p, size_t i)
{
	const struct spool_dir *d = p->d;
	char tmp[UUID_TEXT_BYTES];

	if (p->n > 1 && !p->singly) {
		uuid_format(&p->events[0]->id, tmp);
		return linkat(d->tmp, tmp, d->new, p->names[i], 0);
	}
	uuid_format(&p->events[i]->id, tmp);
	if (renameat2(d->tmp, tmp, d->new, p->names[i], RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return renameat(d->tmp, tmp, d->new, p->names[i]);
	return -1;
}

/*
 * Delete from new/ what is not promised, of which the drain may have been
 * quicker to delete some: the first shown of it; counted are those that were
 * to follow.
 */
static void
take_back(const struct put *p, struct tally *t, size_t shown, size_t counted)
{
	for (size_t i = 0; i < counted; i++)
		if (i >= shown || unlinkat(p->d->new, p->names[i], 0) == 0)
			tally_subtract(t, p->names[i]);
	tally_note(t);
}

/*
 * Show those from first to end in new/; if one cannot be, take back all.
 * Returns 0, or -1 with errno.
 */
static int
show_some(const struct put *p, struct tally *t, size_t first, size_t end)
{
	size_t shown = first, counted = first;
	int saved;

	while (counted < end && tally_add(t, p->names[counted]) == 0)
		counted++;
	if (counted == end && tally_write(t) == 0)
		while (shown < end && show(p, shown) == 0)
			shown++;
	saved = errno;
	if (shown < end)
		take_back(p, t, shown, counted);
	else
		tally_note(t);
	errno = saved;
	return shown < end ? -1 : 0;
}

/* Take back the first shown. */
static void
withdraw(const struct put *p, size_t shown)
{
	struct tally t;

	if (shown == 0 || tally_open(&t, p->d, FAIR_AGAIN, SPOOL_LOCK_MS) == -1)
		return;
	take_back(p, &t, shown, shown);
	tally_close(&t);
}

/*
 * Show some of the events, from the first-th on, of which those before are
 * shown.  Returns NULL; or why not, and then none is.
 */
static const char *
publish_some(struct put *p, size_t first)
{
	enum fair_turn turn = first == 0 ? turn_of(p) : FAIR_AGAIN;
	int wait_ms = first == 0 ? clock_left_ms(p->deadline) : SPOOL_LOCK_MS;
	size_t bytes = 0, end = p->n;
	int64_t start;
	const char *why;
	struct tally t;

	for (size_t i = first; i < p->n; i++)
		bytes += p->lengths[i];
	if (end - first > TALLY_SHORT_FILES)
		end = first + TALLY_SHORT_FILES;
	if (tally_open(&t, p->d, turn, wait_ms) == -1) {
		why = strerror(errno);
		withdraw(p, first);
		return why;
	}
	start = clock_ms();
	why = limit_reached(p, &t, p->n - first, bytes);
	if (why != NULL) {
		take_back(p, &t, first, first);
	} else if (show_some(p, &t, first, end) == -1) {
		p->singly = p->n > 1 &&
		    (errno == EPERM || errno == EMLINK || errno == ENOTSUP);
		why = strerror(errno);
	}
	p->took_ms = clock_ms() - start;
	tally_close(&t);
	return why;
}

/*
 * Whether the rest would be too late, if each takes as long as the first
 * shown, whoever else has the lock in between.
 */
static bool
is_too_slow(const struct put *p, size_t shown)
{
	int64_t ms = p->took_ms * (int64_t)((p->n - shown) / shown);

	return ms > 0 && ms > clock_left_ms(p->deadline);
}

/*
 * Show the events in new/ and sync that: until then a power cut may take the
 * names.  The last look at the deadline is when some of them are shown: this
 * is brought to its end.  Others have the lock in between, since a thousand
 * take long.  May set p->singly, to be called anew.
 */
static const char *
publish(struct put *p)
{
	const char *why = NULL;

	for (size_t i = 0; i < p->n && why == NULL; i += TALLY_SHORT_FILES) {
		if (i == TALLY_SHORT_FILES && is_too_slow(p, i)) {
			withdraw(p, i);
			return TOO_SLOW;
		}
		why = publish_some(p, i);
	}
	if (why != NULL || fsync(p->d->new) == 0)
		return why;
	why = strerror(errno);
	withdraw(p, p->n);
	return why;
}

static const char *
put(struct put *p)
{
	const char *why = write_files(p);
	bool singly = p->singly;

	if (why == NULL)
		why = publish(p);
	/* The names in new/ stay, and so does a file while it has one. */
	if (why != NULL || !singly)
		clean(p);
	p->made = 0;
	return why != NULL && p->singly && !singly ? put(p) : why;
}

const char *
spool_put(const struct spool_dir *d, const struct event *const *events,
    size_t n, const char *database, int64_t deadline, enum outcome *outcomes)
{
	struct put p = {.d = d,
	    .events = events,
	    .n = n,
	    .database = database,
	    .deadline = deadline};
	const char *why = NULL;
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		outcomes[i] = OUTCOME_UNAVAILABLE;
		bytes += events[i]->raw.len;
	}
	p.lengths = calloc(n, sizeof(*p.lengths));
	p.names = calloc(n, sizeof(*p.names));
	if (p.lengths == NULL || p.names == NULL)
		why = strerror(ENOMEM);
	if (why == NULL && spool_dir_revive(d) == -1)
		why = strerror(errno);
	if (why == NULL)
		why = reserve(&p, bytes);
	if (why == NULL)
		why = put(&p);
	for (size_t i = 0; i < n && why == NULL; i++)
		outcomes[i] = OUTCOME_QUEUED;
	for (size_t i = 0; i < n && p.over_share; i++)
		outcomes[i] = OUTCOME_SHARE_USED;
	free(p.lengths);
	free(p.names);
	return why;
}
