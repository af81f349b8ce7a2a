/* SPDX-License-Identifier: ISC */
#include "spool/backlog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/timing.h"
#include "spool/bundle.h"
#include "spool/tally.h"

#define LEFTOVER_S 600
#define RETRY_LOCK_MS 5000 /* for a person, who can wait */

/* Read the directory at from its start. */
static DIR *
open_list(int at)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd == -1)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL)
		close(fd);
	return dir;
}

/*
 * The next name that spool_put() made, and what it tells.  NULL at the end
 * with errno = 0, or when the directory cannot be read.
 */
static const char *
next_name(DIR *dir, struct spool_name *n)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(dir);
	} while (e != NULL && !spool_name_read(n, e->d_name));
	return e == NULL ? NULL : e->d_name;
}

/* End the walk; 0, or -1 with the errno that it ended with. */
static int
close_list(DIR *dir)
{
	int saved = errno;

	closedir(dir);
	errno = saved;
	return saved == 0 ? 0 : -1;
}

static void
add_to_set(uint64_t *set, unsigned i)
{
	set[i / 64] |= UINT64_C(1) << i % 64;
}

static bool
is_in_set(const uint64_t *set, unsigned i)
{
	return (set[i / 64] >> i % 64 & 1) != 0;
}

int
backlog_scan(const struct spool_dir *d, struct gate *g, struct counts *counts)
{
	struct spool_name n;
	DIR *dir;

	memset(g, 0, sizeof(*g));
	dir = open_list(d->new);
	while (dir != NULL && next_name(dir, &n) != NULL) {
		if (n.number > g->last)
			g->last = n.number;
		g->files++;
		g->bytes += n.bytes;
		add_to_set(g->keys, n.key);
		add_to_set(g->senders, n.sender);
		if (counts == NULL)
			continue;
		counts->keys[n.key]++;
		counts->senders[n.sender].files++;
		counts->senders[n.sender].bytes += n.bytes;
	}
	if (dir != NULL && close_list(dir) == 0)
		return 0;
	memset(g->keys, 0xff, sizeof(g->keys));
	memset(g->senders, 0xff, sizeof(g->senders));
	g->files++;
	return -1;
}

bool
backlog_holds(const struct gate *g, const struct event *ev)
{
	return g->files > 0 && is_in_set(g->keys, spool_key(ev)) &&
	    (is_in_set(g->senders, spool_sender(ev->from)) ||
		is_in_set(g->senders, SPOOL_SENDER_UNKNOWN));
}

/* Into its place among the have first names; the last of n falls out. */
static size_t
insert(char (*names)[SPOOL_NAME_BYTES], size_t n, size_t have, const char *name)
{
	size_t low = 0, high = have, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (strcmp(names[mid], name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == n)
		return have;
	if (have < n)
		have++;
	memmove(names[low + 1], names[low],
	    (have - low - 1) * sizeof(names[0]));
	memcpy(names[low], name, strlen(name) + 1);
	return have;
}

int
backlog_list(const struct spool_dir *d, char (*names)[SPOOL_NAME_BYTES],
    size_t n, const uint64_t *skip)
{
	struct spool_name told;
	const char *name;
	size_t have = 0;
	DIR *dir;

	dir = open_list(d->new);
	if (dir == NULL)
		return -1;
	while ((name = next_name(dir, &told)) != NULL)
		if (skip == NULL || !is_in_set(skip, told.key))
			have = insert(names, n, have, name);
	/* With some names missing the order would not be right. */
	return close_list(dir) == -1 ? -1 : (int)have;
}

int
backlog_count(const struct spool_dir *d, const uint64_t *keys)
{
	struct spool_name told;
	DIR *dir;
	int n = 0;

	dir = open_list(d->new);
	if (dir == NULL)
		return -1;
	while (next_name(dir, &told) != NULL)
		n += is_in_set(keys, told.key);
	return close_list(dir) == -1 ? -1 : n;
}

int
backlog_read(const struct spool_dir *d, const char *name, struct buf *b)
{
	int fd = spool_dir_open_file(d->new, name, O_RDONLY), rc = 0, saved;

	if (fd == -1)
		return -1;
	if (!bundle_read(fd, name, b))
		rc = spool_dir_read_file(fd, b);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* As backlog_remove(), as many as TALLY_SHORT_FILES. */
static void
remove_some(const struct spool_dir *d, const char *const *names, size_t n,
    int *errors)
{
	struct tally t;
	bool changed = false;

	if (tally_open(&t, d, FAIR_SHORT, SPOOL_LOCK_MS) == -1) {
		for (size_t i = 0; i < n; i++)
			errors[i] = errno;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		errors[i] = 0;
		if (unlinkat(d->new, names[i], 0) == -1) {
			errors[i] = errno;
			continue;
		}
		tally_subtract(&t, names[i]);
		changed = true;
	}
	if (changed)
		tally_note(&t);
	tally_close(&t);
}

void
backlog_remove(const struct spool_dir *d, const char *const *names, size_t n,
    int *errors)
{
	for (size_t i = 0; i < n; i += TALLY_SHORT_FILES)
		remove_some(d, names + i,
		    n - i < TALLY_SHORT_FILES ? n - i : TALLY_SHORT_FILES,
		    errors + i);
}

/* Rename a file of new/ to its name in bad/. */
static int
move_to_bad(const struct spool_dir *d, const char *name)
{
	struct tally t;
	int rc;

	if (tally_open(&t, d, FAIR_SHORT, SPOOL_LOCK_MS) == -1)
		return -1;
	rc = renameat(d->new, name, d->bad, name);
	if (rc == 0) {
		tally_subtract(&t, name);
		tally_note(&t);
	}
	tally_close(&t);
	return rc;
}

int
backlog_reject(const struct spool_dir *d, const char *name, const char *reason)
{
	char why[SPOOL_NAME_BYTES + sizeof(".why")];

	snprintf(why, sizeof(why), "%s.why", name);
	unlinkat(d->bad, why, 0);
	/* A full disk is no reason to hold up what stands behind it. */
	if (spool_dir_write(d->bad, why, reason, strlen(reason)) == -1 &&
	    errno != ENOSPC && errno != EDQUOT)
		return -1;
	if (move_to_bad(d, name) == -1)
		return -1;
	/* In bad/ first: a power cut may show it twice, never lose it. */
	return fsync(d->bad) == -1 || fsync(d->new) == -1 ? -1 : 0;
}

/* Mark a file of bad/: backlog_is_approved(). */
static void
approve(const struct spool_dir *d, const char *name)
{
	int fd = spool_dir_open_file(d->bad, name, O_RDONLY);

	if (fd == -1)
		return;
	if (fchmod(fd, 0700) == -1)
		log_warn("could not mark \"%s\" as approved", name);
	close(fd);
}

bool
backlog_is_approved(const struct spool_dir *d, const char *name)
{
	struct stat st;

	return fstatat(d->new, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (st.st_mode & S_IXUSR) != 0;
}

/* Rename a file of bad/ to its name in new/, and forget its reason. */
static int
move_to_new(const struct spool_dir *d, struct tally *t, const char *name)
{
	char why[SPOOL_NAME_BYTES + sizeof(".why")];

	if (tally_add(t, name) == -1 || tally_write(t) == -1)
		return -1;
	approve(d, name);
	if (renameat(d->bad, name, d->new, name) == -1) {
		tally_subtract(t, name);
		return -1;
	}
	snprintf(why, sizeof(why), "%.*s.why", SPOOL_NAME_BYTES - 1, name);
	unlinkat(d->bad, why, 0);
	return 0;
}

int
backlog_retry(const struct spool_dir *d)
{
	struct spool_name told;
	struct tally t;
	const char *name;
	DIR *dir;
	int n = 0;

	dir = open_list(d->bad);
	if (dir == NULL)
		return -1;
	if (tally_open(&t, d, FAIR_LONG, RETRY_LOCK_MS) == -1) {
		closedir(dir);
		return -1;
	}
	while ((name = next_name(dir, &told)) != NULL)
		n += move_to_new(d, &t, name) == 0;
	tally_note(&t);
	tally_close(&t);
	if (close_list(dir) == -1)
		return -1;
	return fsync(d->new) == -1 || fsync(d->bad) == -1 ? -1 : n;
}

void
backlog_clean(const struct spool_dir *d)
{
	struct dirent *e;
	struct stat st;
	DIR *dir;

	dir = open_list(d->tmp);
	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (fstatat(d->tmp, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    time(NULL) - st.st_mtime > LEFTOVER_S)
			unlinkat(d->tmp, e->d_name, 0);
	closedir(dir);
}
