/* SPDX-License-Identifier: ISC */
#ifndef DB_ENVIRONMENT_H
#define DB_ENVIRONMENT_H

#include <stdint.h>

#include "conf/conf.h"

#define ENVIRONMENT_ERROR_BYTES 512

/*
 * Connect as conf says, and set PGHOST and all the other variables of libpq
 * in our environment so that a program started from here reaches the same
 * place as the same role: a command line would show a password to everybody.
 * The connection is closed again.
 *
 * Returns 0, or -1 with error when there is no connection before the
 * deadline.  Logs a warning for an option that has no variable.  No other
 * thread may look at the environment.
 */
int environment_set(const struct conf *conf, int64_t deadline,
    char error[ENVIRONMENT_ERROR_BYTES]);

#endif
