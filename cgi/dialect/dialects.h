/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_DIALECTS_H
#define DIALECT_DIALECTS_H

#include <limits.h>

#include "base/outcome.h"
#include "dialect/dialect.h"

/*
 * The dialects by name: files NAME.dialect of a user's directory, else those
 * built in.  They are read when first needed.  A user's file that has changed
 * is read again, at most once a second; if it is broken, its last good version
 * stays in force.  Thread-safe.
 */
struct dialects;

/* dir is borrowed; "" for none.  Returns NULL when out of memory. */
struct dialects *dialects_open(const char *dir);

/*
 * Set *d to the dialect of that name, until dialects_release().  Returns
 * OUTCOME_OK; OUTCOME_NOT_FOUND; or OUTCOME_UNAVAILABLE when it could not be
 * read, which is logged.
 */
enum outcome dialects_take(struct dialects *all, struct slice name,
    struct dialect **d);

/* d may be NULL. */
void dialects_release(struct dialects *all, struct dialect *d);

struct dialects_file {
	char name[NAME_MAX + 1];
	char error[DIALECT_ERROR_BYTES]; /* "" = it is valid */
};

/*
 * Read all files of the user's directory, which may be "", and call seen()
 * for each.  Returns 0; or -1 with errno when the directory could not be
 * read.
 */
int dialects_check(const char *dir,
    void (*seen)(const struct dialects_file *f, void *arg), void *arg);

/* Log the faults of the user's directory; return their number. */
int dialects_warn(const char *dir);

/* Read the file at path; NULL with error set. */
struct dialect *dialects_read_file(const char *path, struct slice name,
    char error[DIALECT_ERROR_BYTES]);

void dialects_close(struct dialects *all);

#endif
