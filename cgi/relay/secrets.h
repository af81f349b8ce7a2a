/* SPDX-License-Identifier: ISC */
#ifndef RELAY_SECRETS_H
#define RELAY_SECRETS_H

#include <stdbool.h>

#include "base/buf.h"

#define SECRETS_WHY_BYTES 192
#define SECRETS_NAME_MAX 64
#define SECRETS_PATHS_MAX 32 /* in a body */

/*
 * The secrets that a message names, from a file of "name = value" lines, in
 * the form of a configuration.  The file is read when the first one is
 * needed.
 */
struct secrets {
	const char *path; /* borrowed; "" = no file */
	struct buf text; /* owned: the file */
	struct buf used; /* owned: the values that were filled in, each with
			    a NUL: they must not be shown */
	bool is_read;
};

void secrets_init(struct secrets *s, const char *path);

/*
 * Read the file, unless that was done.  Returns 0, or -1 with why set: it must
 * be as hard to read as a configuration with a password.
 */
int secrets_read(struct secrets *s, char why[SECRETS_WHY_BYTES]);

/*
 * Append text to out with a value for each {{secret.NAME}}.  Only for text
 * that the operator wrote, such as an address: what a sender wrote could name
 * a secret, too.  Returns 0, or -1 with why set, which names no value.
 */
int secrets_fill(struct secrets *s, struct slice text, struct buf *out,
    char why[SECRETS_WHY_BYTES]);

/*
 * Append a JSON body to out with a value for each string that paths, a JSON
 * array of JSON pointers or absent, leads to: it must be {{secret.NAME}} and
 * nothing else.  The rest is copied as it is.  Returns as secrets_fill().
 */
int secrets_fill_body(struct secrets *s, struct slice body, struct slice paths,
    struct buf *out, char why[SECRETS_WHY_BYTES]);

void secrets_free(struct secrets *s);

#endif
