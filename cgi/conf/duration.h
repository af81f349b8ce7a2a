/* SPDX-License-Identifier: ISC */
#ifndef CONF_DURATION_H
#define CONF_DURATION_H

#include <stdint.h>

#define DURATION_BYTES 32
#define DURATION_DAY_S INT64_C(86400)

/*
 * Read a duration: a whole number and one of s, m, h, d, w and y, like 90s,
 * 15m, 24h, 7d, 26w or 2y; or 0.  Writes it as a PostgreSQL interval.
 * Returns 0; or -1 when text is anything else, or more than max_s seconds (a
 * year counts as 366 days).
 */
int duration_read(const char *text, int64_t max_s,
    char interval[DURATION_BYTES]);

/* Return such a duration in seconds, or -1. */
int64_t duration_seconds(const char *text, int64_t max_s);

#endif
