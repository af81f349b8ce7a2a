/* SPDX-License-Identifier: ISC */
#include "spool/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "spool/admission.h"
#include "spool/listing.h"
#include "spool/tally.h"

static int
count_bad(const struct spool_dir *d, size_t *n)
{
	int fd = openat(d->bad, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (dir == NULL)
		return -1;
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && strstr(e->d_name, ".why") == NULL)
			(*n)++;
	closedir(dir);
	return 0;
}

/* Read what is stuck: how many events, since when, and why. */
static int
read_held(struct spool_status *sv, const struct spool_dir *d)
{
	struct held *h = held_open();
	uint64_t keys[SPOOL_KEYS / 64];
	const struct held_key *first;
	int n = 0;

	if (h == NULL)
		return -1;
	held_load(h, d);
	if (held_count(h) > 0) {
		held_skip(h, keys, false);
		n = listing_count(d, keys);
	}
	first = n > 0 ? held_oldest(h) : NULL;
	if (first != NULL) {
		int64_t us = clock_wall_us() - first->since_us;

		sv->held_s = us > 0 ? us / 1000000 : 0;
		memcpy(sv->held_name, first->name, sizeof(first->name));
		memcpy(sv->held_why, first->why, sizeof(first->why));
	}
	held_close(h);
	sv->held = n > 0 ? (size_t)n : 0;
	return n == -1 ? -1 : 0;
}

/* A name begins with the microsecond in which it was given. */
static int64_t
age_s(const char *name)
{
	int64_t us = clock_wall_us() - (int64_t)strtoull(name, NULL, 10);

	return us > 0 ? us / 1000000 : 0;
}

int
spool_status_read(struct spool_status *sv, const struct spool_dir *d)
{
	char names[1][SPOOL_NAME_BYTES];
	struct admission *admission;
	struct statvfs fs;
	struct gate g;

	memset(sv, 0, sizeof(*sv));
	if (tally_gate(d, &g) == -1 || count_bad(d, &sv->bad) == -1 ||
	    read_held(sv, d) == -1 || fstatvfs(d->new, &fs) == -1)
		return -1;
	sv->waiting = g.files;
	sv->bytes = g.bytes;
	if (listing_names(d, names, 1, NULL) == 1)
		sv->oldest_s = age_s(names[0]);
	sv->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	admission = admission_open(d);
	sv->admits = admission != NULL && admission_is_usable(admission);
	admission_close(admission);
	return 0;
}
