/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_BACKLOG_H
#define SPOOL_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "spool/dir.h"
#include "spool/spool.h"

/* Read the record of this name in new/ into b.  Returns 0, or -1 with errno:
 * spool_dir_read().
 */
int backlog_read(const struct spool_dir *d, const char *name, struct buf *b);

/*
 * Forget files of new/, whose events are stored.  errors[i] is 0 when the
 * i-th is gone, else why it is not.
 */
void backlog_remove(const struct spool_dir *d, const char *const *names,
    size_t n, int *errors);

/*
 * Put a file of new/ into bad/, with the reason in NAME.why if the disk has
 * room for it.  Returns 0, or -1 with errno, and the file stays where it was.
 */
int backlog_reject(const struct spool_dir *d, const char *name,
    const char *reason);

/*
 * Put the files of bad/ back into new/, so that they are tried again, and mark
 * them as approved.  Returns how many, or -1 with errno.
 */
int backlog_retry(const struct spool_dir *d);

/*
 * Whether a person has put this file of new/ back: its owner may execute it,
 * which means nothing else for a file that is read only.
 */
bool backlog_is_approved(const struct spool_dir *d, const char *name);

/* Delete what dead processes left in tmp/: older than ten minutes. */
void backlog_clean(const struct spool_dir *d);

#endif
