/* SPDX-License-Identifier: ISC */
#include "spool/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"

#define LOCK_AGAIN_MS 2
#define CIFS_MAGIC 0xff534d42L
#define SMB2_MAGIC 0xfe534d42L

/* These keep nothing over a power cut, or promise more than they keep. */
static const struct {
	long magic;
	const char *name;
} forgetful[] = {
    {TMPFS_MAGIC, "tmpfs"},
    {RAMFS_MAGIC, "ramfs"},
    {NFS_SUPER_MAGIC, "NFS"},
    {CIFS_MAGIC, "CIFS"},
    {SMB2_MAGIC, "SMB"},
};

/* Emptied at boot, or by a cleaner, or private to a service. */
static const char *const cleaned[] = {"/tmp/", "/var/tmp/", "/run/",
    "/var/run/", "/dev/shm/"};

static const char *
forgetful_type(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return "of an unknown type";
	for (size_t i = 0; i < sizeof(forgetful) / sizeof(forgetful[0]); i++)
		if ((unsigned long)fs.f_type ==
		    (unsigned long)forgetful[i].magic)
			return forgetful[i].name;
	return NULL;
}

static void
warn_if_cleaned(const char *path)
{
	char real[PATH_MAX];

	if (realpath(path, real) == NULL)
		return;
	for (size_t i = 0; i < sizeof(cleaned) / sizeof(cleaned[0]); i++)
		if (strncmp(real, cleaned[i], strlen(cleaned[i])) == 0)
			log_warnx("spool \"%s\" is below %s, which is "
				  "emptied at boot or sooner",
			    path, cleaned[i]);
}

/* What is wrong with the directory, or NULL. */
static const char *
objection(const struct spool_dir *d, char why[SPOOL_DIR_ERROR_BYTES])
{
	const char *type;
	struct stat st;

	if (fstat(d->dir, &st) == -1)
		return strerror(errno);
	if (st.st_uid != geteuid()) {
		snprintf(why, SPOOL_DIR_ERROR_BYTES,
		    "it belongs to user %ju, and this is user %ju",
		    (uintmax_t)st.st_uid, (uintmax_t)geteuid());
		return why;
	}
	if ((st.st_mode & 022) != 0)
		return "others may write to it: chmod go-w";
	type = d->conf->spool_volatile ? NULL : forgetful_type(d->dir);
	if (type != NULL) {
		snprintf(why, SPOOL_DIR_ERROR_BYTES,
		    "its file system is %s, which may lose what was synced; "
		    "choose another, or set spool_volatile",
		    type);
		return why;
	}
	return NULL;
}

static int
open_sub(int dir, const char *name)
{
	if (mkdirat(dir, name, 0700) == -1 && errno != EEXIST)
		return -1;
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Our own name too must be there after a power cut. */
static int
sync_parent(int dir)
{
	int fd, rc;

	fd = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return syncfs(dir); /* a parent that is not ours to read */
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
open_all(struct spool_dir *d, const char *path)
{
	bool made = mkdir(path, 0700) == 0;

	if (!made && errno != EEXIST)
		return -1;
	d->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dir == -1)
		return -1;
	return made ? sync_parent(d->dir) : 0;
}

int
spool_dir_open_file(int at, const char *name, int flags)
{
	struct stat st;
	int fd, saved;

	fd =
	    openat(at, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd == -1)
		return -1;
	saved = EINVAL;
	if (fstat(fd, &st) == -1)
		saved = errno;
	else if (S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = saved;
	return -1;
}

/*
 * Set aside what stands in the place of one of our files and is none: a FIFO
 * or a directory, which would be in our way for ever.  One process at a time,
 * so that none sets aside what another has just made.
 */
static void
set_aside(const struct spool_dir *d, const char *name)
{
	int dir, saved = errno;
	struct stat st;
	char aside[64];

	dir = openat(d->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return;
	snprintf(aside, sizeof(aside), "%.32s.%" PRId64, name, clock_wall_us());
	if (flock(dir, LOCK_EX | LOCK_NB) == 0 &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode) && renameat(dir, name, dir, aside) == 0)
		log_warnx("spool: \"%s\" was not a regular file; "
			  "renamed to \"%s\"",
		    name, aside);
	close(dir);
	errno = saved;
}

/* As spool_dir_open_file(), a file of ours in the directory itself. */
static int
open_own(const struct spool_dir *d, const char *name, int flags)
{
	int fd = spool_dir_open_file(d->dir, name, flags);

	if (fd != -1)
		return fd;
	set_aside(d, name);
	return spool_dir_open_file(d->dir, name, flags);
}

/*
 * The files for locks, while there is room: on a full disk a drain could not
 * make the file it needs to begin making room.
 */
static void
make_locks(const struct spool_dir *d)
{
	static const char *const names[] = {SPOOL_DIR_SEQUENCE,
	    SPOOL_DIR_DRAIN};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = open_own(d, names[i], O_RDWR | O_CREAT);

		if (fd != -1)
			close(fd);
	}
}

static int
open_subs(struct spool_dir *d)
{
	d->tmp = open_sub(d->dir, "tmp");
	d->new = open_sub(d->dir, "new");
	d->bad = open_sub(d->dir, "bad");
	if (d->tmp == -1 || d->new == -1 || d->bad == -1)
		return -1;
	make_locks(d);
	/* Our own names, before anything is promised below them. */
	return fsync(d->dir);
}

/* Learn which boot this is, which a hardened service may not be let to. */
static void
read_boot(struct spool_dir *d)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd != -1) {
		n = read(fd, d->boot, sizeof(d->boot) - 1);
		close(fd);
	}
	if (n < UUID_TEXT_BYTES - 1)
		n = 0;
	memset(d->boot + n, 0, sizeof(d->boot) - (size_t)n);
}

struct spool_dir *
spool_dir_open(const struct conf *conf, char error[SPOOL_DIR_ERROR_BYTES])
{
	char buf[SPOOL_DIR_ERROR_BYTES];
	const char *why = NULL;
	struct spool_dir *d;

	d = malloc(sizeof(*d));
	if (d == NULL) {
		snprintf(error, SPOOL_DIR_ERROR_BYTES, "no memory");
		return NULL;
	}
	*d = (struct spool_dir){conf, -1, -1, -1, -1, "", NULL, NULL};
	d->counted = calloc(1, sizeof(*d->counted));
	d->turns = malloc(sizeof(*d->turns));
	if (d->turns != NULL)
		fair_lock_init(d->turns);
	read_boot(d);
	if (d->counted == NULL || d->turns == NULL)
		why = strerror(ENOMEM);
	else if (open_all(d, conf->spool) == -1)
		why = strerror(errno);
	if (why == NULL)
		why = objection(d, buf);
	if (why == NULL && open_subs(d) == -1)
		why = strerror(errno);
	if (why == NULL) {
		if (!conf->spool_volatile)
			warn_if_cleaned(conf->spool);
		return d;
	}
	snprintf(error, SPOOL_DIR_ERROR_BYTES,
	    "could not use spool \"%.200s\": %.250s", conf->spool, why);
	spool_dir_close(d);
	return NULL;
}

/* Open NAME and lock it, alone or shared. */
static int
take_lock(const struct spool_dir *d, const char *name, int how, int wait_ms)
{
	int fd, saved;

	fd = open_own(d, name, O_RDWR | O_CREAT);
	if (fd == -1)
		return -1;
	while (flock(fd, how | LOCK_NB) == -1) {
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK && wait_ms > 0) {
			poll(NULL, 0, LOCK_AGAIN_MS);
			wait_ms -= LOCK_AGAIN_MS;
			continue;
		}
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int
write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
spool_dir_lock(const struct spool_dir *d, const char *name, int wait_ms)
{
	return take_lock(d, name, LOCK_EX, wait_ms);
}

int
spool_dir_share(const struct spool_dir *d, const char *name, int wait_ms)
{
	return take_lock(d, name, LOCK_SH, wait_ms);
}

int
spool_dir_create(int at, const char *name, const void *p, size_t len, bool sync)
{
	int fd, rc, saved;

	fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	/*
	 * After an fsync() that failed, the pages count as clean: a second
	 * one would succeed and prove nothing.
	 */
	rc = write_all(fd, p, len);
	if (rc == 0 && sync)
		rc = fsync(fd);
	saved = errno;
	if (close(fd) == -1 && rc == 0) {
		rc = -1;
		saved = errno;
	}
	if (rc == -1)
		unlinkat(at, name, 0);
	errno = saved;
	return rc;
}

int
spool_dir_write(int at, const char *name, const void *p, size_t len)
{
	return spool_dir_create(at, name, p, len, true);
}

/* Write a file in tmp/ and rename it to NAME in the directory itself. */
static int
replace(const struct spool_dir *d, const char *name, const void *p, size_t len,
    bool sync)
{
	char tmp[64];
	int saved, rc;

	if (spool_dir_revive(d) == -1)
		return -1;
	snprintf(tmp, sizeof(tmp), "%.40s.%ld", name, (long)getpid());
	unlinkat(d->tmp, tmp, 0);
	if (spool_dir_create(d->tmp, tmp, p, len, sync) == -1)
		return -1;
	rc = renameat(d->tmp, tmp, d->dir, name);
	if (rc == -1) {
		set_aside(d, name);
		rc = renameat(d->tmp, tmp, d->dir, name);
	}
	if (rc == 0)
		return sync ? fsync(d->dir) : 0;
	saved = errno;
	unlinkat(d->tmp, tmp, 0);
	errno = saved;
	return -1;
}

int
spool_dir_replace(const struct spool_dir *d, const char *name, const void *p,
    size_t len)
{
	return replace(d, name, p, len, true);
}

int
spool_dir_draft(const struct spool_dir *d, const char *name, const void *p,
    size_t len)
{
	return replace(d, name, p, len, false);
}

bool
spool_dir_mark(const struct spool_dir *d, const char *name, int64_t every_ms)
{
	int fd = spool_dir_open_file(d->dir, name, O_WRONLY | O_CREAT | O_EXCL);
	bool is_due = fd != -1;
	struct stat st;
	int64_t age_ms;

	if (fd == -1 && errno == EEXIST)
		fd = open_own(d, name, O_WRONLY);
	if (fd == -1)
		return false;
	if (!is_due && fstat(fd, &st) == 0) {
		age_ms = clock_wall_us() / 1000 - st.st_mtim.tv_sec * 1000 -
		    st.st_mtim.tv_nsec / 1000000;
		/* In the future: the clock was set. */
		is_due = (age_ms >= every_ms || age_ms < 0) &&
		    futimens(fd, NULL) == 0;
	}
	close(fd);
	return is_due;
}

int
spool_dir_read_file(int fd, struct buf *b)
{
	struct stat st;
	ssize_t n = 1;
	char *p;

	buf_reset(b);
	if (fstat(fd, &st) == -1)
		return -1;
	errno = EFBIG;
	if ((size_t)st.st_size >= b->max)
		return -1;
	errno = ENOMEM;
	p = buf_reserve(b, (size_t)st.st_size + 1);
	/* One byte more than it had: what grows meanwhile is not whole. */
	while (p != NULL && n != 0 && b->len <= (size_t)st.st_size) {
		n = read(fd, p + b->len, (size_t)st.st_size + 1 - b->len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			b->len += (size_t)n;
	}
	return p == NULL ? -1 : 0;
}

int
spool_dir_read(int at, const char *name, struct buf *b)
{
	int fd = spool_dir_open_file(at, name, O_RDONLY), rc, saved;

	if (fd == -1)
		return -1;
	rc = spool_dir_read_file(fd, b);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
spool_dir_probe(const struct spool_dir *d)
{
	static const char text[] = "probe\n";
	int lock = spool_dir_lock(d, "probe.lock", false), rc;

	/* Who is probing already finds out for us too. */
	if (lock == -1)
		return errno == EWOULDBLOCK ? 0 : -1;
	rc = spool_dir_replace(d, "probe", text, sizeof(text) - 1);
	if (rc == 0)
		rc = unlinkat(d->dir, "probe", 0);
	close(lock);
	return rc;
}

const char *
spool_dir_full(const struct spool_dir *d, unsigned percent, uint64_t bytes)
{
	struct statvfs fs;

	if (fstatvfs(d->new, &fs) == -1)
		return strerror(errno);
	if (fs.f_bavail < fs.f_blocks / 100 * percent ||
	    fs.f_bavail * fs.f_frsize < bytes)
		return "the disk is nearly full";
	if (fs.f_files > 0 && fs.f_favail < fs.f_files / 100 * percent)
		return "the disk has few inodes left";
	return NULL;
}

static bool
is_deleted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/*
 * Let the descriptor of a deleted directory stand for the one that has its
 * name, in all threads at once.
 */
static int
reopen(int fd, int made)
{
	int rc;

	if (made == -1)
		return -1;
	rc = dup3(made, fd, O_CLOEXEC) == -1 ? -1 : 0;
	close(made);
	return rc;
}

static bool
is_empty(int at)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return false;
	}
	do
		e = readdir(dir);
	while (e != NULL && e->d_name[0] == '.');
	closedir(dir);
	return e == NULL;
}

/*
 * Whether another directory has the spool's name, and nothing waits in ours:
 * as long as something does, only we would drain it.
 */
static bool
is_replaced(const struct spool_dir *d)
{
	struct stat ours, there;

	return stat(d->conf->spool, &there) == 0 && fstat(d->dir, &ours) == 0 &&
	    S_ISDIR(there.st_mode) &&
	    (there.st_ino != ours.st_ino || there.st_dev != ours.st_dev) &&
	    is_empty(d->new);
}

/*
 * Go over to the directory that has the spool's name.  Returns 0, or -1 with
 * errno.
 */
static int
reopen_spool(const struct spool_dir *d)
{
	char why[SPOOL_DIR_ERROR_BYTES];
	struct spool_dir again = *d;

	if (open_all(&again, d->conf->spool) == -1)
		return -1;
	if (objection(&again, why) != NULL) {
		close(again.dir);
		errno = EACCES;
		return -1;
	}
	return reopen(d->dir, again.dir);
}

int
spool_dir_revive(const struct spool_dir *d)
{
	const struct {
		int fd;
		const char *name;
	} subs[] = {{d->tmp, "tmp"}, {d->new, "new"}, {d->bad, "bad"}};
	bool deleted = is_deleted(d->dir);
	bool replaced = !deleted && is_replaced(d), revived = false;

	if ((deleted || replaced) && reopen_spool(d) == -1)
		return deleted ? -1 : 0;
	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		if (!replaced && !is_deleted(subs[i].fd))
			continue;
		if (reopen(subs[i].fd, open_sub(d->dir, subs[i].name)) == -1)
			return -1;
		revived = true;
	}
	if (!revived)
		return 0;
	log_warnx("spool \"%s\" was %s", d->conf->spool,
	    replaced ? "replaced; using the new one"
		     : "deleted; creating it again");
	make_locks(d);
	return fsync(d->dir);
}

void
spool_dir_close(struct spool_dir *d)
{
	if (d == NULL)
		return;
	close(d->dir);
	close(d->tmp);
	close(d->new);
	close(d->bad);
	if (d->turns != NULL)
		fair_lock_free(d->turns);
	free(d->turns);
	free(d->counted);
	free(d);
}
