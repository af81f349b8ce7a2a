/* SPDX-License-Identifier: ISC */
#ifndef DB_ENVIRONMENT_H
#define DB_ENVIRONMENT_H

#include <stdint.h>

#include "conf/conf.h"

#define ENVIRONMENT_ERROR_BYTES 512

/*
 * Connect as conf says, set PGHOST and libpq's other variables in the
 * environment, and disconnect.  A program started afterwards connects to the
 * same database as the same role; a command line would show a password to
 * every user.
 *
 * Returns 0, or -1 with error if there is no connection before the deadline.
 * Logs a warning for an option that has no variable.  No other thread may
 * use the environment.
 */
int environment_set(const struct conf *conf, int64_t deadline,
    char error[ENVIRONMENT_ERROR_BYTES]);

#endif
