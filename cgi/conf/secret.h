/* SPDX-License-Identifier: ISC */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

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

/*
 * Let no core file be written and no other process look into ours: tokens
 * pass through its memory.
 */
void secret_forbid_cores(void);

#endif
