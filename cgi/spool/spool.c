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
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timing.h"
#include "spool/record.h"
#include "spool/tally.h"

#define FREE_PERCENT_MIN 5 /* of the disk's space and of its inodes */
#define SYNC_SINGLY_MAX 4 /* files that are synced one by one */
#define TOO_SLOW "the disk is too slow to store them in time"

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

/* A file on its way: its name in tmp/, and the one it gets in new/. */
struct draft {
	unsigned key;
	size_t len;
	char tmp[UUID_TEXT_BYTES];
	char name[SPOOL_NAME_BYTES];
};

/* A batch on its way. */
struct put {
	const struct spool_dir *d;
	const struct event *const *events;
	size_t n;
	const char *database;
	int64_t deadline;
	struct draft *files;
	size_t made; /* of the files, in tmp/ */
};

/* Return why the disk has no room for so many bytes; NULL if it has. */
static const char *
disk_full(const struct spool_dir *d, size_t bytes)
{
	struct statvfs fs;

	if (fstatvfs(d->new, &fs) == -1)
		return strerror(errno);
	if (fs.f_bavail < fs.f_blocks / 100 * FREE_PERCENT_MIN ||
	    fs.f_bavail * fs.f_frsize < bytes)
		return "the disk is nearly full";
	if (fs.f_files > 0 && fs.f_favail < fs.f_files / 100 * FREE_PERCENT_MIN)
		return "the disk has hardly any inodes left";
	return NULL;
}

/* Return which limit so many files more would exceed; NULL if none. */
static const char *
limit_reached(const struct tally *t, size_t n, size_t bytes)
{
	const struct conf *conf = t->d->conf;

	if (t->head.files + n > (size_t)conf->spool_max_files)
		return "spool_max_files is reached";
	if (t->head.bytes + bytes > (uint64_t)conf->spool_max_bytes)
		return "spool_max_bytes is reached";
	return NULL;
}

/*
 * Return why there is no room; NULL if there is.  Asked first, so that a full
 * spool is not filled with files that come to nothing.
 */
static const char *
full(const struct spool_dir *d, size_t n, size_t bytes)
{
	const char *why = disk_full(d, bytes);
	struct tally t;

	if (why != NULL)
		return why;
	if (tally_open(&t, d, SPOOL_LOCK_MS) == -1)
		return strerror(errno);
	why = limit_reached(&t, n, bytes);
	tally_close(&t);
	return why;
}

/* Write the i-th event to tmp/.  Returns 0, or -1 with errno and no file. */
static int
write_draft(const struct put *p, size_t i, bool sync, struct buf *b)
{
	struct slice database = slice_of(p->database);
	struct draft *f = &p->files[i];

	buf_reset(b);
	record_write(b, p->events[i], database);
	if (b->failed) {
		errno = ENOMEM;
		return -1;
	}
	f->key = spool_key(p->events[i]);
	f->len = b->len;
	uuid_format(&p->events[i]->id, f->tmp);
	return spool_dir_create(p->d->tmp, f->tmp, b->data, b->len, sync);
}

/* Before Linux 5.8 syncfs(2) did not tell of what could not be written. */
static bool
syncfs_tells(void)
{
	struct utsname u;
	unsigned major, minor;

	return uname(&u) == 0 &&
	    sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	    (major > 5 || (major == 5 && minor >= 8));
}

/*
 * Write the events to tmp/ and sync them, within the deadline.  A large batch
 * is synced as a whole: a disk that needs 10 ms to sync one file needs 10 s
 * for a thousand.  Returns NULL, or why not.
 */
static const char *
write_drafts(struct put *p)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	const char *why = NULL;
	int fd = -1;

	/* Opened before the first write, so that it learns of all errors. */
	if (p->n > SYNC_SINGLY_MAX && syncfs_tells())
		fd = openat(p->d->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (why == NULL && p->made < p->n) {
		if (clock_left_ms(p->deadline) == 0)
			why = TOO_SLOW;
		else if (write_draft(p, p->made, fd == -1, &b) == -1)
			why = strerror(errno);
		else
			p->made++;
	}
	if (why == NULL && fd != -1 && syncfs(fd) == -1)
		why = strerror(errno);
	if (fd != -1)
		close(fd);
	buf_free(&b);
	if (why == NULL && clock_left_ms(p->deadline) == 0)
		why = TOO_SLOW;
	return why;
}

/* A file system without the flag has no second process with our number. */
static int
move(const struct spool_dir *d, const struct draft *f)
{
	if (renameat2(d->tmp, f->tmp, d->new, f->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return renameat(d->tmp, f->tmp, d->new, f->name);
	return -1;
}

/*
 * Delete from new/ what is not promised, of which the drain may have been
 * quicker to delete some; of those that were counted, moved are there.
 */
static void
take_back(struct tally *t, const struct draft *files, size_t moved,
    size_t counted)
{
	for (size_t i = 0; i < counted; i++)
		if (i >= moved || unlinkat(t->d->new, files[i].name, 0) == 0)
			tally_subtract(t, files[i].name);
	tally_note(t);
}

/* Rename the n files into new/: all, or none if one cannot be renamed. */
static const char *
move_all(struct tally *t, struct draft *files, size_t n)
{
	const char *why = NULL;
	uint64_t number = tally_take(t, n);
	size_t moved = 0, counted = 0;

	if (number == 0)
		return strerror(errno);
	while (why == NULL && counted < n) {
		struct draft *f = &files[counted];

		snprintf(f->name, sizeof(f->name), SPOOL_NAME, number + counted,
		    f->key, f->len);
		if (tally_add(t, f->name) == -1)
			why = strerror(errno);
		else
			counted++;
	}
	if (why == NULL && tally_note(t) == -1)
		why = strerror(errno);
	while (why == NULL && moved < n) {
		if (move(t->d, &files[moved]) == -1)
			why = strerror(errno);
		else
			moved++;
	}
	if (why != NULL)
		take_back(t, files, moved, counted);
	else
		tally_note(t);
	return why;
}

/*
 * Rename the files into new/ and sync that: until then a power cut may take
 * the names.
 */
static const char *
publish(const struct spool_dir *d, struct draft *files, size_t n)
{
	const char *why;
	struct tally t;
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += files[i].len;
	if (tally_open(&t, d, SPOOL_LOCK_MS) == -1)
		return strerror(errno);
	why = limit_reached(&t, n, bytes);
	if (why == NULL)
		why = move_all(&t, files, n);
	tally_close(&t);
	if (why != NULL || fsync(d->new) == 0)
		return why;
	why = strerror(errno);
	if (tally_open(&t, d, SPOOL_LOCK_MS) == 0) {
		take_back(&t, files, n, n);
		tally_close(&t);
	}
	return why;
}

const char *
spool_put(const struct spool_dir *d, const struct event *const *events,
    size_t n, const char *database, int64_t deadline, enum outcome *outcomes)
{
	struct put p = {d, events, n, database, deadline, NULL, 0};
	const char *why;
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		outcomes[i] = OUTCOME_UNAVAILABLE;
		bytes += events[i]->raw.len;
	}
	p.files = calloc(n, sizeof(*p.files));
	why = p.files == NULL ? strerror(ENOMEM) : full(d, n, bytes);
	if (why == NULL)
		why = write_drafts(&p);
	if (why == NULL)
		why = publish(d, p.files, n);
	for (size_t i = 0; i < p.made && why != NULL; i++)
		unlinkat(d->tmp, p.files[i].tmp, 0);
	for (size_t i = 0; i < n && why == NULL; i++)
		outcomes[i] = OUTCOME_QUEUED;
	free(p.files);
	return why;
}
