/* SPDX-License-Identifier: ISC */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>

/*
 * The conninfo string or URI of libpq with every password and key in it
 * shown as ********, for people to read.  Text that libpq would refuse is
 * masked rather too much than too little.  The caller frees the copy; NULL
 * when there is no memory.
 */
char *secret_mask(const char *conninfo);

/* Does it hold a password or a key itself? */
bool secret_present(const char *conninfo);

#endif
