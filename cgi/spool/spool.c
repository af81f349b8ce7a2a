/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timing.h"
#include "spool/record.h"

#define FREE_PERCENT_MIN 5 /* of the disk's space and of its inodes */

/* FNV-1a, folded to 16 bits. */
static unsigned
hash(const struct slice *parts, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t p = 0; p < n; p++)
		for (size_t i = 0; i < parts[p].len; i++)
			h = (h ^ (unsigned char)parts[p].p[i]) * 16777619U;
	return (h >> 16 ^ h) & 0xffff;
}

unsigned
spool_key(const struct event *ev)
{
	const struct slice parts[] = {ev->from->integration_id, SLICE("/"),
	    ev->external_id};

	return hash(parts, sizeof(parts) / sizeof(parts[0]));
}

unsigned
spool_sender(const struct origin *from)
{
	return hash(&from->integration_id, 1);
}

unsigned
spool_name_key(const char *name)
{
	return (unsigned)strtoul(strchr(name, '-') + 1, NULL, 16) & 0xffff;
}

/* Why there is no room for n files of bytes in all; NULL when there is. */
static const char *
full(const struct spool_dir *d, const struct gate *g, size_t n, size_t bytes)
{
	struct statvfs fs;

	if (g->files + n > (size_t)d->conf->spool_max_files)
		return "spool_max_files is reached";
	if (g->bytes + bytes > (uint64_t)d->conf->spool_max_bytes)
		return "spool_max_bytes is reached";
	if (fstatvfs(d->new, &fs) == -1)
		return strerror(errno);
	if (fs.f_bavail < fs.f_blocks / 100 * FREE_PERCENT_MIN ||
	    fs.f_bavail * fs.f_frsize < bytes)
		return "the disk is nearly full";
	if (fs.f_files > 0 && fs.f_favail < fs.f_files / 100 * FREE_PERCENT_MIN)
		return "the disk has hardly any inodes left";
	return NULL;
}

/*
 * Take n numbers in a row: above all that were taken before, as a file under
 * a lock remembers, and not below the clock, so that the number also tells
 * the time.  A power cut may have set the file back, since it is not synced,
 * but what it left in new/ still counts.  Returns the first, or 0.
 */
static uint64_t
take_numbers(const struct spool_dir *d, const struct gate *g, size_t n)
{
	uint64_t last = 0, now = (uint64_t)clock_wall_us();
	char text[24] = "";
	int fd, len;

	fd = spool_dir_lock(d, SPOOL_DIR_SEQUENCE, SPOOL_LOCK_MS);
	if (fd == -1)
		return 0;
	if (pread(fd, text, sizeof(text) - 1, 0) > 0)
		last = strtoull(text, NULL, 10);
	/* Damaged: numbers would soon begin anew behind what waits. */
	if (last > INT64_MAX)
		last = 0;
	if (last < g->last)
		last = g->last;
	if (last < now)
		last = now;
	len = snprintf(text, sizeof(text), "%020" PRIu64 "\n", last + n);
	if (pwrite(fd, text, (size_t)len, 0) != len)
		last = 0;
	close(fd);
	return last == 0 ? 0 : last + 1;
}

/* A file system without the flag has no second process with our number. */
static int
move(const struct spool_dir *d, const char *name)
{
	if (renameat2(d->tmp, name, d->new, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return renameat(d->tmp, name, d->new, name);
	return -1;
}

static int
put_one(const struct spool_dir *d, const struct event *ev, const char *database,
    uint64_t seq, struct buf *b)
{
	char name[SPOOL_NAME_BYTES];
	int saved;

	buf_reset(b);
	record_write(b, ev, (struct slice){database, strlen(database)});
	if (b->failed) {
		errno = ENOMEM;
		return -1;
	}
	snprintf(name, SPOOL_NAME_BYTES, SPOOL_NAME, seq, spool_key(ev),
	    b->len);
	if (spool_dir_write(d->tmp, name, b->data, b->len) == -1)
		return -1;
	if (move(d, name) == 0)
		return 0;
	saved = errno;
	unlinkat(d->tmp, name, 0);
	errno = saved;
	return -1;
}

const char *
spool_put(const struct spool_dir *d, const struct gate *g,
    const struct event *const *events, size_t n, const char *database,
    enum outcome *outcomes)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	const char *why;
	size_t bytes = 0, done = 0;
	uint64_t seq = 0;

	for (size_t i = 0; i < n; i++) {
		outcomes[i] = OUTCOME_UNAVAILABLE;
		bytes += events[i]->raw.len;
	}
	why = full(d, g, n, bytes);
	if (why == NULL)
		seq = take_numbers(d, g, n);
	if (why == NULL && seq == 0)
		why = strerror(errno);
	for (size_t i = 0; why == NULL && i < n; i++) {
		if (put_one(d, events[i], database, seq + i, &b) == -1)
			why = strerror(errno);
		else
			done++;
	}
	buf_free(&b);
	/* Until the directory is synced, a power cut may take the names. */
	if (done > 0 && fsync(d->new) == -1) {
		why = strerror(errno);
		done = 0;
	}
	for (size_t i = 0; i < done; i++)
		outcomes[i] = OUTCOME_QUEUED;
	return why;
}
