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
#include "spool/listing.h"
#include "spool/tally.h"

#define LEFTOVER_S 600
#define RETRY_LOCK_MS 5000 /* for a person, who can wait */

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

	dir = listing_open(d->bad);
	if (dir == NULL)
		return -1;
	if (tally_open(&t, d, FAIR_LONG, RETRY_LOCK_MS) == -1) {
		closedir(dir);
		return -1;
	}
	while ((name = listing_next(dir, &told)) != NULL)
		n += move_to_new(d, &t, name) == 0;
	tally_note(&t);
	tally_close(&t);
	if (listing_close(dir) == -1)
		return -1;
	return fsync(d->new) == -1 || fsync(d->bad) == -1 ? -1 : n;
}

void
backlog_clean(const struct spool_dir *d)
{
	struct dirent *e;
	struct stat st;
	DIR *dir;

	dir = listing_open(d->tmp);
	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (fstatat(d->tmp, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    time(NULL) - st.st_mtime > LEFTOVER_S)
			unlinkat(d->tmp, e->d_name, 0);
	closedir(dir);
}
