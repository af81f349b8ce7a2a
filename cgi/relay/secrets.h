/* SPDX-License-Identifier: ISC */
#ifndef RELAY_SECRETS_H
#define RELAY_SECRETS_H

#include <stdbool.h>

#include "base/buf.h"

#define SECRETS_WHY_BYTES 192
#define SECRETS_NAME_MAX 64
#define SECRETS_PATHS_MAX 32 /* in a body */

/*
 * The secrets that messages name, in a file of "name = value" lines with the
 * syntax of the configuration.  The file is read when the first secret is
 * needed.
 */
struct secrets {
	const char *path; /* borrowed; "" = no file */
	struct buf text; /* owned: the file */
	struct buf used; /* owned: the values filled in, each with a NUL,
			    for the mask */
	bool is_read;
};

void secrets_init(struct secrets *s, const char *path);

/*
 * Read the file, unless it has been read.  Returns 0, or -1 with why set: the
 * file needs the modes of a configuration that contains a password.
 */
int secrets_read(struct secrets *s, char why[SECRETS_WHY_BYTES]);

/*
 * Append text to out, each {{secret.NAME}} replaced by its value.  Only for
 * text that the operator wrote, such as an address: a sender could name a
 * secret in its own text.  Returns 0, or -1 with why set, which shows no value.
 */
int secrets_fill(struct secrets *s, struct slice text, struct buf *out,
    char why[SECRETS_WHY_BYTES]);

/*
 * Append a JSON body to out, replacing the strings to which paths point; each
 * must be exactly {{secret.NAME}}.  paths is a JSON array of JSON pointers, or
 * absent.  All else is copied unchanged.  Returns as secrets_fill().
 */
int secrets_fill_body(struct secrets *s, struct slice body, struct slice paths,
    struct buf *out, char why[SECRETS_WHY_BYTES]);

void secrets_free(struct secrets *s);

#endif
