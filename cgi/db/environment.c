/* SPDX-License-Identifier: ISC */
#include "db/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/connection.h"

/* Set by this program for every connection, not by the operator. */
static bool
is_ours(const PQconninfoOption *o)
{
	return strcmp(o->keyword, "fallback_application_name") == 0;
}

static void
set_option(const PQconninfoOption *o)
{
	bool is_default = o->val == NULL ||
	    (o->compiled != NULL && strcmp(o->val, o->compiled) == 0);

	if (o->envvar == NULL) {
		if (!is_default && !is_ours(o))
			log_warnx("could not pass connection option %s to psql",
			    o->keyword);
		return;
	}
	/*
	 * Unset the service: its options are set one by one, and psql would
	 * let it override the others.
	 */
	if (o->val == NULL || strcmp(o->keyword, "service") == 0)
		unsetenv(o->envvar);
	else
		setenv(o->envvar, o->val, 1);
}

int
environment_set(const struct conf *conf, int64_t deadline,
    char error[ENVIRONMENT_ERROR_BYTES])
{
	struct connection *link = connection_open(conf, NULL, true);
	PQconninfoOption *options = NULL;
	PGconn *conn = NULL;

	snprintf(error, ENVIRONMENT_ERROR_BYTES, "out of memory");
	if (link == NULL)
		return -1;
	conn = connection_acquire(link, deadline);
	if (conn == NULL)
		connection_error(link, error, ENVIRONMENT_ERROR_BYTES);
	else
		options = PQconninfo(conn);
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		set_option(o);
	PQconninfoFree(options);
	connection_close(link);
	return options == NULL ? -1 : 0;
}
