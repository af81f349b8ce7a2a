/* SPDX-License-Identifier: ISC */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

#include <stdbool.h>

/*
 * Copy a libpq conninfo string or URI with every password and key replaced
 * by ********, for display.  In text that libpq would refuse, mask too much
 * rather than too little.  The caller frees the copy; NULL when out of
 * memory.
 */
char *secret_mask(const char *conninfo);

/* Return whether conninfo contains a password or key. */
bool secret_present(const char *conninfo);

/*
 * Disable core files and access to this process's memory by other processes:
 * it contains tokens.
 */
void secret_forbid_cores(void);

#endif
