/* SPDX-License-Identifier: ISC */
#include "spool/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

DIR *
listing_open(int at)
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

const char *
listing_next(DIR *dir, struct spool_name *n)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(dir);
	} while (e != NULL && !spool_name_read(n, e->d_name));
	return e == NULL ? NULL : e->d_name;
}

int
listing_close(DIR *dir)
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
listing_scan(const struct spool_dir *d, struct gate *g, struct counts *counts)
{
	struct spool_name n;
	DIR *dir;

	memset(g, 0, sizeof(*g));
	dir = listing_open(d->new);
	while (dir != NULL && listing_next(dir, &n) != NULL) {
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
	if (dir != NULL && listing_close(dir) == 0)
		return 0;
	memset(g->keys, 0xff, sizeof(g->keys));
	memset(g->senders, 0xff, sizeof(g->senders));
	g->files++;
	return -1;
}

bool
listing_holds(const struct gate *g, const struct event *ev)
{
	return g->files > 0 && is_in_set(g->keys, spool_key(ev)) &&
	    (is_in_set(g->senders, spool_sender(ev->from)) ||
		is_in_set(g->senders, SPOOL_SENDER_UNKNOWN));
}

/*
 * Move the i-th of n names down to its place in the heap, whose root is the
 * last name of all.
 */
static void
sink(char (*names)[SPOOL_NAME_BYTES], size_t n, size_t i)
{
	char name[SPOOL_NAME_BYTES];
	size_t child;

	memcpy(name, names[i], sizeof(name));
	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && strcmp(names[child], names[child + 1]) < 0)
			child++;
		if (strcmp(name, names[child]) >= 0)
			break;
		memcpy(names[i], names[child], sizeof(names[i]));
	}
	memcpy(names[i], name, sizeof(name));
}

/*
 * Add a name to the first have of n names, a heap as soon as they are full:
 * then the last one makes room.  Returns how many there are.
 */
static size_t
add_name(char (*names)[SPOOL_NAME_BYTES], size_t n, size_t have,
    const char *name)
{
	if (have == n && strcmp(name, names[0]) >= 0)
		return have;
	if (have == n) {
		memcpy(names[0], name, strlen(name) + 1);
		sink(names, n, 0);
		return have;
	}
	memcpy(names[have++], name, strlen(name) + 1);
	for (size_t i = have == n ? n / 2 : 0; i-- > 0;)
		sink(names, n, i);
	return have;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int
listing_names(const struct spool_dir *d, char (*names)[SPOOL_NAME_BYTES],
    size_t n, const uint64_t *skip)
{
	struct spool_name told;
	const char *name;
	size_t have = 0;
	DIR *dir;

	dir = listing_open(d->new);
	if (dir == NULL)
		return -1;
	while ((name = listing_next(dir, &told)) != NULL)
		if (skip == NULL || !is_in_set(skip, told.key))
			have = add_name(names, n, have, name);
	/* A missing name would break the order. */
	if (listing_close(dir) == -1)
		return -1;
	qsort(names, have, sizeof(names[0]), compare);
	return (int)have;
}

int
listing_count(const struct spool_dir *d, const uint64_t *keys)
{
	struct spool_name told;
	DIR *dir;
	int n = 0;

	dir = listing_open(d->new);
	if (dir == NULL)
		return -1;
	while (listing_next(dir, &told) != NULL)
		n += is_in_set(keys, told.key);
	return listing_close(dir) == -1 ? -1 : n;
}
