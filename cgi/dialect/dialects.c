/* SPDX-License-Identifier: ISC */
#include "dialect/dialects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "dialect/builtin.h"
#include "http/route.h"

#define SUFFIX ".dialect"
#define CHECK_AGAIN_MS 1000
#define NAME_BYTES 33

/* Tells whether a file has changed since it was read. */
struct version {
	struct timespec changed_at;
	off_t size;
	ino_t inode;
};

struct entry {
	char name[NAME_BYTES];
	struct dialect *d; /* in force; NULL = none is valid */
	bool is_file; /* of the user's directory, valid or not */
	struct version version;
	int64_t checked_at; /* clock_ms() */
};

struct dialects {
	const char *dir;
	pthread_mutex_t lock; /* of all that follows */
	struct entry *entries; /* owned */
	size_t n;
};

struct dialects *
dialects_open(const char *dir)
{
	struct dialects *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->dir = dir;
	pthread_mutex_init(&all->lock, NULL);
	return all;
}

static void
release(struct dialect *d)
{
	if (d != NULL && --d->users == 0)
		dialect_free(d);
}

/* Replace the dialect in force with d. */
static void
replace(struct entry *e, struct dialect *d)
{
	release(e->d);
	e->d = d;
	if (d != NULL)
		d->users = 1;
}

/* Read a regular file of limited length; -1 with error set. */
static ssize_t
read_text(int fd, char *text, char error[DIALECT_ERROR_BYTES])
{
	struct stat st;
	ssize_t len = -1;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		len = read(fd, text, DIALECT_FILE_MAX_BYTES + 1);
	else if (fd != -1)
		errno = EINVAL;
	if (len == -1)
		snprintf(error, DIALECT_ERROR_BYTES, "could not read it: %s",
		    strerror(errno));
	return len;
}

struct dialect *
dialects_read_file(const char *path, struct slice name,
    char error[DIALECT_ERROR_BYTES])
{
	char *text = malloc(DIALECT_FILE_MAX_BYTES + 1);
	struct dialect *d = NULL;
	ssize_t len;
	int fd;

	if (text == NULL) {
		snprintf(error, DIALECT_ERROR_BYTES, "out of memory");
		return NULL;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	len = read_text(fd, text, error);
	if (len != -1)
		d = dialect_read(name, text, (size_t)len, error);
	if (fd != -1)
		close(fd);
	free(text);
	return d;
}

static const struct builtin *
builtin_named(struct slice name)
{
	for (const struct builtin *b = builtins; b->name != NULL; b++)
		if (slice_equal(name, slice_of(b->name)))
			return b;
	return NULL;
}

/* Read the file at path, which has changed. */
static void
read_changed(struct entry *e, const char *path, const struct version *v)
{
	char error[DIALECT_ERROR_BYTES];
	struct dialect *d;

	d = dialects_read_file(path, slice_of(e->name), error);
	if (d != NULL)
		replace(e, d);
	else if (e->is_file && e->d != NULL)
		log_warnx("could not read \"%s\": %s; its last good version "
			  "stays in force",
		    path, error);
	else {
		replace(e, NULL);
		log_warnx("could not read \"%s\": %s", path, error);
	}
	e->is_file = true;
	e->version = *v;
}

/* Put the built-in dialect into force, if there is one. */
static void
read_builtin(struct entry *e)
{
	char error[DIALECT_ERROR_BYTES];
	const struct builtin *b = builtin_named(slice_of(e->name));
	struct dialect *d = NULL;

	if (b != NULL) {
		d = dialect_read(slice_of(e->name), (const char *)b->text,
		    b->len, error);
		if (d == NULL)
			log_warnx("could not read dialect %s: %s", e->name,
			    error);
	}
	replace(e, d);
	e->is_file = false;
}

static bool
is_version(const struct version *a, const struct version *b)
{
	return a->changed_at.tv_sec == b->changed_at.tv_sec &&
	    a->changed_at.tv_nsec == b->changed_at.tv_nsec &&
	    a->size == b->size && a->inode == b->inode;
}

/* Find the file of a dialect; -1 with errno when there is none. */
static int
find_file(const struct dialects *all, const char *name, char path[PATH_MAX],
    struct version *v)
{
	struct stat st;

	errno = ENOENT;
	if (all->dir[0] == '\0' ||
	    snprintf(path, PATH_MAX, "%s/%s" SUFFIX, all->dir, name) >=
		PATH_MAX ||
	    stat(path, &st) == -1)
		return -1;
	*v = (struct version){st.st_mtim, st.st_size, st.st_ino};
	return 0;
}

/* Check whether the file has appeared, changed or disappeared. */
static void
refresh(const struct dialects *all, struct entry *e)
{
	char path[PATH_MAX];
	struct version v;
	int64_t t = clock_ms();

	if (e->checked_at != 0 && t - e->checked_at < CHECK_AGAIN_MS)
		return;
	if (find_file(all, e->name, path, &v) == 0) {
		if (!e->is_file || !is_version(&v, &e->version))
			read_changed(e, path, &v);
	} else if (errno == ENOENT || errno == ENOTDIR) {
		if (e->is_file || e->checked_at == 0)
			read_builtin(e);
	} else if (e->checked_at == 0) {
		e->is_file = true;
		log_warn("could not read \"%s\"", path);
	}
	e->checked_at = t;
}

/* Find the entry of a name, or add one if there is such a dialect. */
static struct entry *
entry_named(struct dialects *all, const char *name)
{
	char path[PATH_MAX];
	struct entry *e, *entries;
	struct version v;

	for (e = all->entries; e != NULL && e < all->entries + all->n; e++)
		if (strcmp(e->name, name) == 0)
			return e;
	if (builtin_named(slice_of(name)) == NULL &&
	    find_file(all, name, path, &v) == -1 && errno == ENOENT)
		return NULL;
	entries = realloc(all->entries, (all->n + 1) * sizeof(*entries));
	if (entries == NULL)
		return NULL;
	all->entries = entries;
	e = &entries[all->n++];
	*e = (struct entry){0};
	snprintf(e->name, sizeof(e->name), "%s", name);
	return e;
}

enum outcome
dialects_take(struct dialects *all, struct slice name, struct dialect **d)
{
	enum outcome res = OUTCOME_NOT_FOUND;
	char text[NAME_BYTES];
	struct entry *e;

	*d = NULL;
	if (!route_is_dialect(name))
		return res;
	snprintf(text, sizeof(text), "%.*s", (int)name.len, name.p);
	pthread_mutex_lock(&all->lock);
	e = entry_named(all, text);
	if (e != NULL) {
		refresh(all, e);
		if (e->d != NULL) {
			e->d->users++;
			*d = e->d;
			res = OUTCOME_OK;
		} else if (e->is_file)
			res = OUTCOME_UNAVAILABLE;
	}
	pthread_mutex_unlock(&all->lock);
	return res;
}

void
dialects_release(struct dialects *all, struct dialect *d)
{
	pthread_mutex_lock(&all->lock);
	release(d);
	pthread_mutex_unlock(&all->lock);
}

/* Read the file if its name is a dialect's; return whether it is. */
static bool
check_file(const char *dir, const char *file, struct dialects_file *f)
{
	size_t len = strlen(file), suffix = strlen(SUFFIX);
	struct slice name = {file, len - suffix};
	char path[PATH_MAX];

	if (len <= suffix || strcmp(file + name.len, SUFFIX) != 0)
		return false;
	snprintf(f->name, sizeof(f->name), "%s", file);
	f->error[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= PATH_MAX)
		snprintf(f->error, sizeof(f->error), "its path is too long");
	else if (!route_is_dialect(name))
		snprintf(f->error, sizeof(f->error),
		    "its name must have 1 to 32 of a-z, 0-9 and -");
	else if (route_is_heartbeat(name))
		snprintf(f->error, sizeof(f->error),
		    "its name is reserved for heartbeats");
	else
		dialect_free(dialects_read_file(path, name, f->error));
	return true;
}

int
dialects_check(const char *dir,
    void (*seen)(const struct dialects_file *f, void *arg), void *arg)
{
	struct dialects_file f;
	struct dirent *de;
	DIR *stream;

	if (dir[0] == '\0')
		return 0;
	stream = opendir(dir);
	if (stream == NULL)
		return -1;
	while ((de = readdir(stream)) != NULL)
		if (check_file(dir, de->d_name, &f))
			seen(&f, arg);
	closedir(stream);
	return 0;
}

static void
warn(const struct dialects_file *f, void *arg)
{
	int *n = arg;

	if (f->error[0] == '\0')
		return;
	log_warnx("dialect \"%s\": %s", f->name, f->error);
	++*n;
}

int
dialects_warn(const char *dir)
{
	int n = 0;

	if (dialects_check(dir, warn, &n) == -1) {
		log_warn("could not read the dialects in \"%s\"", dir);
		n++;
	}
	return n;
}

void
dialects_close(struct dialects *all)
{
	if (all == NULL)
		return;
	for (size_t i = 0; i < all->n; i++)
		release(all->entries[i].d);
	free(all->entries);
	pthread_mutex_destroy(&all->lock);
	free(all);
}
