/* SPDX-License-Identifier: ISC */
#ifndef TOOL_REFUSED_PRINT_H
#define TOOL_REFUSED_PRINT_H

#include <stdbool.h>

#include "spool/dir.h"
#include "spool/kept.h"

/*
 * Print a table of the refused requests, the newest first.  Returns 0, or -1
 * with errno.
 */
int refused_print_list(const struct spool_dir *d, bool json);

/* Print one: what is known of it, an empty line, its body. */
void refused_print(const struct kept *k, bool json);

#endif
