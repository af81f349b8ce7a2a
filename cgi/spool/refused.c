/* SPDX-License-Identifier: ISC */
#include "spool/refused.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "spool/listing.h"

#define LOCK_NAME "refused.lock"
#define LOCK_MS 50
#define NAME_BYTES (UUID_TEXT_BYTES + 20)
#define SPARE_PERCENT 10 /* of blocks and inodes that the disk must spare */
#define ENTRIES_MAX 100000 /* that are looked at */
#define HEAD_BYTES 4096 /* of most files */

/* A file of the directory. */
struct entry {
	char name[NAME_BYTES];
	size_t bytes; /* 0 = it says that the events were stored */
};

/* All of them, the oldest first. */
struct refused_files {
	int dir;
	struct entry *entries; /* owned */
	size_t n, cap;
	size_t files; /* of them, that are not empty */
	uint64_t bytes;
};

/* How much was kept in this second; in the file of the lock. */
struct pace {
	int64_t second;
	int64_t bytes;
};

/* Open the directory, which may not be a link; -1 with errno. */
static int
open_dir(const struct spool_dir *d, bool make)
{
	if (make && mkdirat(d->dir, REFUSED_DIR_NAME, 0700) == -1 &&
	    errno != EEXIST)
		return -1;
	return openat(d->dir, REFUSED_DIR_NAME,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Read a name; false for a file that is none of ours. */
static bool
read_name(struct entry *e, const char *name)
{
	size_t len = strlen(name);
	struct uuid id;
	int64_t bytes;

	if (len >= NAME_BYTES || len < UUID_TEXT_BYTES + 1 ||
	    name[UUID_TEXT_BYTES - 1] != '-' ||
	    uuid_parse(&id, name, UUID_TEXT_BYTES - 1) == -1)
		return false;
	bytes = slice_number(slice_of(name + UUID_TEXT_BYTES));
	if (bytes < 0)
		return false;
	memcpy(e->name, name, len + 1);
	e->bytes = (size_t)bytes;
	return true;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name,
	    ((const struct entry *)b)->name);
}

static bool
add(struct refused_files *l, const struct entry *e)
{
	struct entry *more;

	if (l->n == l->cap) {
		more = reallocarray(l->entries, l->cap + 256, sizeof(*more));
		if (more == NULL)
			return false;
		l->entries = more;
		l->cap += 256;
	}
	l->entries[l->n++] = *e;
	l->files += e->bytes > 0;
	l->bytes += e->bytes;
	return true;
}

/* List the directory.  Returns 0, or -1 with errno. */
static int
list(const struct spool_dir *d, bool make, struct refused_files *l)
{
	struct dirent *found;
	struct entry e;
	DIR *dir;

	*l = (struct refused_files){.dir = open_dir(d, make)};
	dir = l->dir == -1 ? NULL : listing_open(l->dir);
	if (dir == NULL)
		return -1;
	while (l->n < ENTRIES_MAX && (found = readdir(dir)) != NULL)
		if (read_name(&e, found->d_name) && !add(l, &e))
			break;
	closedir(dir);
	if (l->n > 0)
		qsort(l->entries, l->n, sizeof(e), compare);
	return 0;
}

static void
end_list(struct refused_files *l)
{
	if (l->dir != -1)
		close(l->dir);
	free(l->entries);
}

/* Delete one; its name stays in the list, as one of no bytes. */
static void
drop(struct refused_files *l, struct entry *e)
{
	if (e->name[0] == '\0')
		return;
	if (unlinkat(l->dir, e->name, 0) == -1 && errno != ENOENT)
		log_debug("could not delete refused/%s", e->name);
	l->files -= e->bytes > 0;
	l->bytes -= e->bytes;
	*e = (struct entry){.name = ""};
}

/*
 * Delete the oldest until there is room for one more of so many bytes.  What
 * only says that events were stored has as many places of its own.
 */
static void
make_room(struct refused_files *l, size_t files_max, size_t bytes)
{
	size_t notes = l->n - l->files;

	for (size_t i = 0; i < l->n; i++) {
		struct entry *e = &l->entries[i];

		if (e->bytes == 0 && notes > files_max) {
			drop(l, e);
			notes--;
		} else if (e->bytes > 0 &&
		    (l->files >= files_max ||
			l->bytes + bytes > (uint64_t)REFUSED_BYTES_MAX)) {
			drop(l, e);
		}
	}
}

/* Account for one more; false when it is too much for this second. */
static bool
keeps_pace(int lock, size_t bytes)
{
	struct pace pace = {0};
	int64_t now = clock_wall_us() / 1000000;

	if (pread(lock, &pace, sizeof(pace), 0) != (ssize_t)sizeof(pace) ||
	    pace.second != now)
		pace = (struct pace){.second = now};
	pace.bytes += (int64_t)bytes;
	if (pace.bytes > REFUSED_BYTES_PER_S)
		return false;
	return pwrite(lock, &pace, sizeof(pace), 0) == (ssize_t)sizeof(pace);
}

/*
 * Write it to tmp/ and rename it, so that what has its name is whole.  Not
 * synced: after a power cut it may be damaged, which its reader finds.
 */
static int
put(const struct spool_dir *d, int dir, const char *id, const struct buf *file)
{
	char tmp[NAME_BYTES], name[NAME_BYTES];
	int saved;

	snprintf(tmp, sizeof(tmp), "refused.%s", id);
	snprintf(name, sizeof(name), "%s-%zu", id, file->len);
	if (spool_dir_create(d->tmp, tmp, file->data, file->len, false) == -1)
		return -1;
	if (renameat(d->tmp, tmp, dir, name) == 0)
		return 0;
	saved = errno;
	unlinkat(d->tmp, tmp, 0);
	errno = saved;
	return -1;
}

void
refused_keep(const struct spool_dir *d, const char *id, const struct buf *file)
{
	size_t files_max = (size_t)d->conf->keep_refused;
	struct refused_files l;
	int lock;

	if (files_max == 0 || file->failed || file->len > KEPT_BYTES_MAX)
		return;
	/* Events come first. */
	if (spool_dir_full(d, SPARE_PERCENT, REFUSED_SPARE_BYTES + file->len) !=
	    NULL) {
		refused_clear(d);
		return;
	}
	lock = spool_dir_lock(d, LOCK_NAME, LOCK_MS);
	if (lock == -1)
		return;
	if (keeps_pace(lock, file->len)) {
		if (list(d, true, &l) == 0) {
			make_room(&l, files_max, file->len);
			if (put(d, l.dir, id, file) == -1)
				log_debug("could not keep what was refused: %s",
				    strerror(errno));
		}
		end_list(&l);
	}
	close(lock);
}

/* Read the first len bytes of a file, or fewer.  0, or -1 with errno. */
static int
read_head(int fd, size_t len, struct buf *b)
{
	ssize_t n;
	char *p;

	buf_reset(b);
	errno = ENOMEM;
	p = buf_reserve(b, len);
	n = p == NULL ? -1 : pread(fd, p, len, 0);
	b->len = n == -1 ? 0 : (size_t)n;
	return n == -1 ? -1 : 0;
}

/* Read the head of a file, or all of it. */
static int
read_entry(int dir, const char *name, bool head, struct buf *b, struct kept *k)
{
	int fd = spool_dir_open_file(dir, name, O_RDONLY), saved, rc;
	bool good = false;

	if (fd == -1)
		return -1;
	b->max = KEPT_BYTES_MAX + 2;
	rc = head ? read_head(fd, HEAD_BYTES, b) : spool_dir_read_file(fd, b);
	if (rc == 0)
		good = kept_read((struct slice){b->data, b->len}, head, k);
	if (rc == 0 && head && !good)
		rc = read_head(fd, KEPT_HEAD_BYTES, b);
	if (rc == 0 && head && !good)
		good = kept_read((struct slice){b->data, b->len}, head, k);
	saved = rc == 0 && !good ? EBADMSG : errno;
	close(fd);
	errno = saved;
	return good ? 0 : -1;
}

int
refused_each(const struct spool_dir *d,
    void (*seen)(const struct kept *k, void *arg), void *arg)
{
	struct buf b = {0};
	struct refused_files l;
	struct kept k;
	int rc = list(d, false, &l);

	/* It is made when there is something to keep. */
	if (rc == -1 && errno == ENOENT)
		rc = 0;
	for (size_t i = l.n; i-- > 0;)
		if (l.entries[i].bytes > 0 &&
		    read_entry(l.dir, l.entries[i].name, true, &b, &k) == 0)
			seen(&k, arg);
	end_list(&l);
	buf_free(&b);
	return rc;
}

/* Find the file of an id: with a body, or the one that says it is stored. */
static const struct entry *
find(const struct refused_files *l, const char *id, bool stored)
{
	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->entries[i].name, id, UUID_TEXT_BYTES - 1) == 0 &&
		    (l->entries[i].bytes == 0) == stored)
			return &l->entries[i];
	return NULL;
}

int
refused_read(const struct spool_dir *d, const char *id, struct buf *b,
    struct kept *k)
{
	const struct entry *e;
	struct refused_files l;
	int rc = list(d, false, &l), saved;

	if (rc == 0) {
		errno = ENOENT;
		e = find(&l, id, false);
		rc = e == NULL ? -1 : read_entry(l.dir, e->name, false, b, k);
	}
	saved = errno;
	end_list(&l);
	errno = saved;
	return rc;
}

bool
refused_is_done(const struct spool_dir *d, const char *id)
{
	struct refused_files l;
	bool done = list(d, false, &l) == 0 && find(&l, id, true) != NULL;

	end_list(&l);
	return done;
}

int
refused_done(const struct spool_dir *d, const char *id, bool stored)
{
	char note[NAME_BYTES];
	const struct entry *e;
	struct refused_files l;
	int rc = list(d, false, &l), saved;

	snprintf(note, sizeof(note), "%s-0", id);
	if (rc == 0 && stored)
		rc = spool_dir_create(l.dir, note, "", 0, false);
	if (rc == -1 && errno == EEXIST)
		rc = 0;
	e = rc == 0 ? find(&l, id, false) : NULL;
	if (e != NULL && unlinkat(l.dir, e->name, 0) == -1 && errno != ENOENT)
		rc = -1;
	saved = errno;
	end_list(&l);
	errno = saved;
	return rc;
}

int
refused_clear(const struct spool_dir *d)
{
	int lock = spool_dir_lock(d, LOCK_NAME, LOCK_MS), n = 0;
	struct refused_files l;

	if (lock == -1)
		return 0;
	if (list(d, false, &l) == 0)
		for (size_t i = 0; i < l.n; i++) {
			n += l.entries[i].bytes > 0;
			drop(&l, &l.entries[i]);
		}
	end_list(&l);
	close(lock);
	return n;
}
