/* SPDX-License-Identifier: ISC */
#include "spool/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timing.h"
#include "spool/backlog.h"

/* Where things are in the file; the number, as text, is at its start. */
#define HEAD_AT 4096
#define COUNTS_AT 8192
#define FILE_BYTES (COUNTS_AT + (off_t)(SPOOL_KEYS * sizeof(uint32_t)))

#define CHUNK 4096 /* counts read at a time */

static const char magic[16] = "tocsin tally 1\n";

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
	return number > INT64_MAX ? 0 : number;
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
	    h->number == read_number(t->fd) && fstat(d->new, &st) == 0 &&
	    h->inode == st.st_ino && h->time_s == st.st_mtim.tv_sec &&
	    h->time_ns == st.st_mtim.tv_nsec;
}

int
tally_write(struct tally *t)
{
	if (!t->stored ||
	    pwrite(t->fd, &t->head, sizeof(t->head), HEAD_AT) ==
		sizeof(t->head))
		return 0;
	t->stored = false;
	return -1;
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

/*
 * Write all the counts anew.  The head goes first and comes last: until it
 * is there, they are invalid.
 */
static void
store(struct tally *t, const uint32_t *counts)
{
	t->stored = false;
	if (ftruncate(t->fd, HEAD_AT) == -1 ||
	    ftruncate(t->fd, FILE_BYTES) == -1)
		return;
	for (unsigned key = 0; key < SPOOL_KEYS; key++)
		if (counts[key] > 0 &&
		    pwrite(t->fd, &counts[key], sizeof(counts[key]),
			count_at(key)) != sizeof(counts[key]))
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
	uint32_t *counts = calloc(SPOOL_KEYS, sizeof(*counts));
	struct gate g;
	int rc;

	if (counts == NULL)
		return -1;
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, magic, sizeof(magic));
	memcpy(h->boot, t->d->boot, sizeof(h->boot));
	h->number = read_number(t->fd);
	rc = backlog_scan(t->d, &g, counts);
	h->files = g.files;
	h->bytes = g.bytes;
	h->last = g.last;
	if (rc == 0)
		store(t, counts);
	free(counts);
	return rc;
}

int
tally_open(struct tally *t, const struct spool_dir *d, int wait_ms)
{
	int saved;

	t->d = d;
	t->fd = spool_dir_lock(d, SPOOL_DIR_SEQUENCE, wait_ms);
	if (t->fd == -1)
		return -1;
	t->stored = is_valid(t);
	if (t->stored || recount(t) == 0)
		return 0;
	saved = errno;
	close(t->fd);
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
change(struct tally *t, unsigned key, int by)
{
	uint32_t count = 0;

	if (!t->stored)
		return 0;
	if (pread(t->fd, &count, sizeof(count), count_at(key)) != sizeof(count))
		return -1;
	if (by < 0 && count == 0)
		return -1;
	count += (uint32_t)by;
	errno = ENOSPC;
	return pwrite(t->fd, &count, sizeof(count), count_at(key)) ==
		sizeof(count)
	    ? 0
	    : -1;
}

int
tally_add(struct tally *t, const char *name)
{
	uint64_t number = strtoull(name, NULL, 10);

	if (change(t, spool_name_key(name), 1) == -1)
		return -1;
	t->head.files++;
	t->head.bytes += backlog_name_bytes(name);
	if (t->head.last < number)
		t->head.last = number;
	return 0;
}

void
tally_subtract(struct tally *t, const char *name)
{
	uint64_t bytes = backlog_name_bytes(name);

	/* Whoever finds the time of new/ without its note counts again. */
	if (t->head.files == 0 || t->head.bytes < bytes ||
	    change(t, spool_name_key(name), -1) == -1) {
		t->stored = false;
		return;
	}
	t->head.files--;
	t->head.bytes -= bytes;
}

void
tally_verify(const struct spool_dir *d)
{
	struct tally t;

	if (tally_open(&t, d, 0) == -1)
		return;
	if (t.head.files > 0)
		recount(&t);
	tally_close(&t);
}

void
tally_close(struct tally *t)
{
	close(t->fd);
}

/* Set the bits of all keys that have a count.  False: the sum is wrong. */
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
	return sum == t->head.files;
}

/* Read the counts, if they are valid, under a lock that readers share. */
static bool
read_gate(const struct spool_dir *d, struct gate *g)
{
	struct tally t = {.d = d};
	bool read = false;

	t.fd = spool_dir_share(d, SPOOL_DIR_SEQUENCE, GATE_LOCK_MS);
	if (t.fd == -1)
		return false;
	memset(g, 0, sizeof(*g));
	if (is_valid(&t)) {
		g->files = t.head.files;
		g->bytes = t.head.bytes;
		g->last = t.head.last;
		read = g->files == 0 || read_keys(&t, g);
	}
	close(t.fd);
	return read;
}

int
tally_gate(const struct spool_dir *d, struct gate *g)
{
	struct tally t;

	if (read_gate(d, g))
		return 0;
	/* Count once for all; the directory itself tells what waits now. */
	if (tally_open(&t, d, 0) == 0)
		tally_close(&t);
	return backlog_scan(d, g, NULL);
}
