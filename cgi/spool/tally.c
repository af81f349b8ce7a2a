/* SPDX-License-Identifier: ISC */
#include "spool/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timing.h"

/* Where things are in the file; the number, as text, is at its start. */
#define HEAD_AT 4096
#define COUNTS_AT 8192
#define SHARES_AT (COUNTS_AT + (off_t)(SPOOL_KEYS * sizeof(uint32_t)))
/* The set of those that have a share, to be read at once. */
#define SENDERS_AT (SHARES_AT + (off_t)(SPOOL_SENDERS * sizeof(struct share)))
#define FILE_BYTES                                                             \
	(SENDERS_AT +                                                          \
	    (off_t)(SPOOL_SET_WORDS(SPOOL_SENDERS) * sizeof(uint64_t)))

#define CHUNK 4096 /* counts read at a time */
/* Names of new/ that are read in a millisecond where others do the same. */
#define READ_PER_MS 400

static const char magic[16] = "tocsin tally 2\n";

static off_t
count_at(unsigned key)
{
	return COUNTS_AT + (off_t)(key * sizeof(uint32_t));
}

/* Return the number at the file's start; 0 when there is none. */
static uint64_t
read_number(int fd)
{
	char text[24] = "";
	uint64_t number = 0;

	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		number = strtoull(text, NULL, 10);
	/* Damaged: numbers would soon begin anew behind what waits. */
	return number > SPOOL_NUMBER_MAX ? 0 : number;
}

/* Read the head; return whether its counts are those of new/. */
static bool
is_valid(struct tally *t)
{
	const struct spool_dir *d = t->d;
	struct tally_head *h = &t->head;
	struct stat st;

	if (d->boot[0] == '\0' && !atomic_load(d->counted))
		return false;
	return pread(t->fd, h, sizeof(*h), HEAD_AT) == sizeof(*h) &&
	    memcmp(h->magic, magic, sizeof(magic)) == 0 &&
	    (d->boot[0] == '\0' ||
		strncmp(h->boot, d->boot, sizeof(h->boot)) == 0) &&
	    h->number == read_number(t->fd) && h->last <= SPOOL_NUMBER_MAX &&
	    fstat(d->new, &st) == 0 && h->inode == st.st_ino &&
	    h->time_s == st.st_mtim.tv_sec && h->time_ns == st.st_mtim.tv_nsec;
}

static off_t
share_at(unsigned sender)
{
	return SHARES_AT + (off_t)(sender * sizeof(struct share));
}

/* Write at an offset.  Returns 0, or -1 with errno. */
static int
put(const struct tally *t, const void *p, size_t len, off_t at)
{
	ssize_t n = pwrite(t->fd, p, len, at);

	if (n >= 0 && (size_t)n < len)
		errno = ENOSPC;
	return n == (ssize_t)len ? 0 : -1;
}

static int
write_share(const struct tally *t)
{
	off_t at = SENDERS_AT + (off_t)(t->sender / 64 * sizeof(uint64_t));
	uint64_t bit = UINT64_C(1) << t->sender % 64, word;

	if (put(t, &t->share, sizeof(t->share), share_at(t->sender)) == -1 ||
	    pread(t->fd, &word, sizeof(word), at) != sizeof(word))
		return -1;
	if ((t->share.files > 0) == ((word & bit) != 0))
		return 0;
	word ^= bit;
	return put(t, &word, sizeof(word), at);
}

/* Have the share of another integration at hand. */
static int
read_share(struct tally *t, unsigned sender)
{
	if (t->has_share && t->sender == sender)
		return 0;
	if (t->share_changed && write_share(t) == -1)
		return -1;
	t->share_changed = false;
	t->sender = sender;
	t->has_share = pread(t->fd, &t->share, sizeof(t->share),
			   share_at(sender)) == sizeof(t->share);
	if (t->has_share)
		return 0;
	errno = EIO;
	return -1;
}

int
tally_share(struct tally *t, unsigned sender, struct share *share)
{
	*share = (struct share){0, 0};
	if (!t->stored)
		return 0;
	if (read_share(t, sender) == -1)
		return -1;
	*share = t->share;
	return 0;
}

/*
 * The counts cannot be written: make them invalid, so that everybody reads the
 * directory.  Returns 0, or -1 with errno.
 */
static int
abandon(struct tally *t)
{
	t->stored = t->has_share = t->share_changed = false;
	return ftruncate(t->fd, HEAD_AT);
}

int
tally_write(struct tally *t)
{
	if (!t->stored)
		return 0;
	if ((!t->share_changed || write_share(t) == 0) &&
	    put(t, &t->head, sizeof(t->head), HEAD_AT) == 0) {
		t->share_changed = false;
		return 0;
	}
	return abandon(t);
}

int
tally_note(struct tally *t)
{
	struct tally_head *h = &t->head;
	struct stat st;

	if (fstat(t->d->new, &st) == -1)
		return -1;
	h->inode = st.st_ino;
	h->time_s = st.st_mtim.tv_sec;
	h->time_ns = st.st_mtim.tv_nsec;
	return tally_write(t);
}

/* Write the counts that are not 0 to a file that has only such. */
static int
write_counts(const struct tally *t, const struct counts *c,
    const struct gate *g)
{
	for (unsigned key = 0; key < SPOOL_KEYS; key++)
		if (c->keys[key] > 0 &&
		    put(t, &c->keys[key], sizeof(c->keys[key]),
			count_at(key)) == -1)
			return -1;
	for (unsigned i = 0; i < SPOOL_SENDERS; i++)
		if (c->senders[i].files > 0 &&
		    put(t, &c->senders[i], sizeof(c->senders[i]),
			share_at(i)) == -1)
			return -1;
	return put(t, g->senders, sizeof(g->senders), SENDERS_AT);
}

/*
 * Write all the counts anew.  The head goes first and comes last: until it
 * is there, they are invalid.
 */
static void
store(struct tally *t, const struct counts *c, const struct gate *g)
{
	t->stored = false;
	t->has_share = t->share_changed = false;
	if (ftruncate(t->fd, HEAD_AT) == -1 ||
	    ftruncate(t->fd, FILE_BYTES) == -1 || write_counts(t, c, g) == -1)
		return;
	t->stored = true;
	if (tally_note(t) == 0)
		atomic_store(t->d->counted, true);
}

/* Read new/ and count.  Returns 0, or -1 with errno. */
static int
recount(struct tally *t)
{
	struct tally_head *h = &t->head;
	struct counts *counts = calloc(1, sizeof(*counts));
	struct gate g;
	int rc;

	if (counts == NULL)
		return -1;
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, magic, sizeof(magic));
	memcpy(h->boot, t->d->boot, sizeof(h->boot));
	h->number = read_number(t->fd);
	rc = listing_scan(t->d, &g, counts);
	h->files = g.files;
	h->bytes = g.bytes;
	h->last = g.last;
	if (rc == 0)
		store(t, counts, &g);
	free(counts);
	return rc;
}

/* Have our turn among the threads of this process; false with errno. */
static bool
take_turn(const struct tally *t, enum fair_turn turn, int wait_ms)
{
	if (fair_lock_take(t->d->turns, turn, wait_ms))
		return true;
	errno = EWOULDBLOCK;
	return false;
}

/*
 * In our turn, take the lock among processes, alone or shared.  Returns 0, or
 * -1 with errno; then the turn is over.
 */
static int
take_lock(struct tally *t,
    int (*lock)(const struct spool_dir *d, const char *name, int wait_ms),
    int wait_ms)
{
	t->fd = lock(t->d, SPOOL_DIR_SEQUENCE, wait_ms);
	if (t->fd != -1)
		return 0;
	fair_lock_give(t->d->turns);
	return -1;
}

int
tally_open(struct tally *t, const struct spool_dir *d, enum fair_turn turn,
    int wait_ms)
{
	int64_t deadline = clock_ms() + wait_ms;
	int saved;

	*t = (struct tally){.d = d};
	if (!take_turn(t, turn, wait_ms) ||
	    take_lock(t, spool_dir_lock, clock_left_ms(deadline)) == -1)
		return -1;
	t->stored = is_valid(t);
	if (t->stored || recount(t) == 0)
		return 0;
	saved = errno;
	tally_close(t);
	errno = saved;
	return -1;
}

uint64_t
tally_take(struct tally *t, size_t n)
{
	uint64_t last = read_number(t->fd), now = (uint64_t)clock_wall_us();
	char text[24];
	int len;

	/* A power cut may have set the file back. */
	if (last < t->head.last)
		last = t->head.last;
	if (last < now)
		last = now;
	len = snprintf(text, sizeof(text), "%020" PRIu64 "\n", last + n);
	errno = ENOSPC;
	if (pwrite(t->fd, text, (size_t)len, 0) != len)
		return 0;
	t->head.number = last + n;
	return last + 1;
}

/* Change the count of a key; one that cannot be read is set high. */
static int
change_key(const struct tally *t, unsigned key, int by)
{
	uint32_t count = 0;

	if (pread(t->fd, &count, sizeof(count), count_at(key)) != sizeof(count))
		return -1;
	if (by < 0 && count == 0)
		return -1;
	count += (uint32_t)by;
	return put(t, &count, sizeof(count), count_at(key));
}

/* Change the counts of a file by one; tally_write() writes the last share. */
static int
change(struct tally *t, const struct spool_name *n, int by)
{
	if (!t->stored)
		return 0;
	if (read_share(t, n->sender) == -1 ||
	    (by < 0 && (t->share.files == 0 || t->share.bytes < n->bytes)) ||
	    change_key(t, n->key, by) == -1)
		return -1;
	t->share.files += (uint64_t)by;
	t->share.bytes =
	    by < 0 ? t->share.bytes - n->bytes : t->share.bytes + n->bytes;
	t->share_changed = true;
	return 0;
}

int
tally_add(struct tally *t, const char *name)
{
	struct spool_name n;

	if (!spool_name_read(&n, name)) {
		errno = EINVAL;
		return -1;
	}
	if (change(t, &n, 1) == -1 && abandon(t) == -1)
		return -1;
	t->head.files++;
	t->head.bytes += n.bytes;
	if (t->head.last < n.number)
		t->head.last = n.number;
	return 0;
}

void
tally_subtract(struct tally *t, const char *name)
{
	struct spool_name n;

	/* Whoever finds the time of new/ without its note counts again. */
	if (!spool_name_read(&n, name) || t->head.files == 0 ||
	    t->head.bytes < n.bytes || change(t, &n, -1) == -1) {
		t->stored = false;
		return;
	}
	t->head.files--;
	t->head.bytes -= n.bytes;
}

void
tally_verify(const struct spool_dir *d)
{
	struct tally t;

	if (tally_open(&t, d, FAIR_SHORT, 0) == -1)
		return;
	if (t.head.files > 0)
		recount(&t);
	tally_close(&t);
}

void
tally_close(struct tally *t)
{
	close(t->fd);
	fair_lock_give(t->d->turns);
}

/*
 * Read the sets of keys and integrations that have a count.  False: the sum
 * is wrong.
 */
static bool
read_keys(const struct tally *t, struct gate *g)
{
	uint32_t counts[CHUNK];
	uint64_t sum = 0;

	for (unsigned first = 0; first < SPOOL_KEYS; first += CHUNK) {
		if (pread(t->fd, counts, sizeof(counts), count_at(first)) !=
		    (ssize_t)sizeof(counts))
			return false;
		for (unsigned i = 0; i < CHUNK; i++) {
			unsigned key = first + i;

			sum += counts[i];
			if (counts[i] > 0)
				g->keys[key / 64] |= UINT64_C(1) << key % 64;
		}
	}
	return sum == t->head.files &&
	    pread(t->fd, g->senders, sizeof(g->senders), SENDERS_AT) ==
	    sizeof(g->senders);
}

/*
 * For how long to wait for the lock in place of reading the directory, which
 * takes the longer the more there is in it: by the total, right or wrong.
 */
static int
patience_ms(const struct spool_dir *d)
{
	struct tally_head h = {.files = 0};
	int fd = spool_dir_open_file(d->dir, SPOOL_DIR_SEQUENCE, O_RDONLY);

	if (fd == -1)
		return 0;
	if (pread(fd, &h, sizeof(h), HEAD_AT) != sizeof(h))
		h.files = 0;
	close(fd);
	return h.files / READ_PER_MS < SPOOL_LOCK_MS
	    ? (int)(h.files / READ_PER_MS)
	    : SPOOL_LOCK_MS;
}

/* Share the lock with the readers of several processes. */
static int
share_lock(const struct spool_dir *d, const char *name, int wait_ms)
{
	int fd = spool_dir_share(d, name, wait_ms);

	if (fd == -1 && errno == EWOULDBLOCK)
		fd = spool_dir_share(d, name, patience_ms(d));
	return fd;
}

/* Read the counts, if they are valid and the lock is to be had. */
static bool
read_gate(const struct spool_dir *d, struct gate *g)
{
	struct tally t = {.d = d};
	bool read = false;

	if (!take_turn(&t, FAIR_SHORT, GATE_TURN_MS) ||
	    take_lock(&t, share_lock, GATE_LOCK_MS) == -1)
		return false;
	memset(g, 0, sizeof(*g));
	if (is_valid(&t)) {
		g->files = t.head.files;
		g->bytes = t.head.bytes;
		g->last = t.head.last;
		read = g->files == 0 || read_keys(&t, g);
	}
	tally_close(&t);
	return read;
}

int
tally_gate(const struct spool_dir *d, struct gate *g)
{
	struct tally t;

	if (read_gate(d, g))
		return 0;
	/* Count once for all; the directory itself tells what waits now. */
	if (tally_open(&t, d, FAIR_SHORT, 0) == 0)
		tally_close(&t);
	return listing_scan(d, g, NULL);
}
