/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INPUT_H
#define TOOL_INPUT_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Append a file of at most max bytes to b; NULL and "-" = standard input.
 * The error, which names it as what, is printed.  Returns 0 or -1.
 */
int input_read(struct buf *b, const char *path, size_t max, const char *what);

#endif
