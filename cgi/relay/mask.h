/* SPDX-License-Identifier: ISC */
#ifndef RELAY_MASK_H
#define RELAY_MASK_H

#include <stddef.h>

#include "base/buf.h"

/*
 * What may not be shown of a message: a URL of a chat is a credential, and
 * answers and errors repeat it.  Zero it, and set hidden.max.
 */
struct mask {
	struct buf hidden; /* owned: strings, each with a NUL */
};

#define MASK_MAX_BYTES ((size_t)64 * 1024)

/* Hide text of 4 bytes or more, and its words of 8 bytes or more. */
void mask_add(struct mask *m, struct slice text);

/* Hide the parts of a URL behind its host that have 8 bytes or more. */
void mask_add_url(struct mask *m, struct slice url);

/*
 * Copy text to out, NUL-terminated: what is hidden becomes ***, a control
 * character or a byte that is not of UTF-8 a space, one for several.  It is
 * cut at a character's end.  Shows nothing when something could not be hidden.
 */
void mask_show(const struct mask *m, struct slice text, char *out, size_t size);

void mask_free(struct mask *m);

#endif
