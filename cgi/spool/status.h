/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_STATUS_H
#define SPOOL_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/dir.h"
#include "spool/held.h"
#include "spool/spool.h"

/* The state of the spool, for people and their monitoring. */
struct spool_status {
	size_t waiting; /* files in new/ */
	uint64_t bytes; /* of theirs */
	int64_t oldest_s; /* seconds since the first of them was written */
	size_t held; /* of the files waiting, those that are set aside */
	int64_t held_s; /* seconds since the first of them failed */
	char held_name[SPOOL_NAME_BYTES]; /* that one; "" = none failed */
	char held_why[HELD_WHY_BYTES];
	size_t bad; /* files in bad/, without their reasons */
	uint64_t free_bytes; /* for us, on its disk */
	bool admits; /* there is a sound copy of the integrations */
};

/* Return 0, or -1 with errno when the directories cannot be read. */
int spool_status_read(struct spool_status *sv, const struct spool_dir *d);

#endif
