/* SPDX-License-Identifier: ISC */
#ifndef RELAY_MASK_H
#define RELAY_MASK_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Strings of a message that must not be shown: a chat's webhook URL is a
 * credential, and answers and errors repeat it.  Zero the struct, then set
 * hidden.max.
 */
struct mask {
	struct buf hidden; /* owned: strings, each with a NUL */
};

#define MASK_MAX_BYTES ((size_t)64 * 1024)

/* Hide text of 4 bytes or more, and its words of 8 bytes or more. */
void mask_add(struct mask *m, struct slice text);

/* Hide the parts of a URL after its host that have 8 bytes or more. */
void mask_add_url(struct mask *m, struct slice url);

/*
 * Copy text to out, NUL-terminated.  Hidden strings become ***; a run of
 * control characters and bytes that are not UTF-8 becomes one space.  If it
 * does not fit, it is cut between characters.  If a string could not be added
 * to m, out is empty.
 */
void mask_show(const struct mask *m, struct slice text, char *out, size_t size);

void mask_free(struct mask *m);

#endif
