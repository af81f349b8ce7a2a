/* SPDX-License-Identifier: ISC */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include <stdbool.h>

/*
 * Return whether this program works with a schema of this version: its own,
 * and the next one, so that a schema can be upgraded before the programs are
 * replaced.  sql/install.sql says what a migration may change therefore.
 */
static inline bool
schema_fits(int version)
{
	return version == SCHEMA || version == SCHEMA + 1;
}

#endif
