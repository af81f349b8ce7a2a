/* SPDX-License-Identifier: ISC */
#ifndef TOOL_DIALECT_H
#define TOOL_DIALECT_H

#include "tool/session.h"

extern const char tool_dialect_usage[];

/* tocsin dialect: list, show and check dialects. */
int tool_dialect(struct session *session, int argc, char **argv);

/*
 * Read the dialect of that name, a file in the directory dir ("" = none) or
 * else a built-in one, or the file at a path, which has a slash or a dot in
 * it.  The caller must dialect_free() it.  Prints an error and returns NULL on
 * failure, with *status set.
 */
struct dialect *tool_dialect_find(const char *dir, const char *name,
    enum status *status);

/* The same, with the directory that is configured; closes the configuration. */
struct dialect *tool_dialect_read(struct session *session, const char *name,
    enum status *status);

/*
 * Call seen() for each sound dialect: the files in the directory dir ("" =
 * none), then the built-in ones that none of them replaces.
 */
void tool_dialect_each(const char *dir,
    void (*seen)(struct dialect *d, void *arg), void *arg);

#endif
