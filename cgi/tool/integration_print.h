/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INTEGRATION_PRINT_H
#define TOOL_INTEGRATION_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "db/db.h"
#include "dialect/dialect.h"
#include "tool/session.h"

/* What to print of an integration besides its row. */
struct integration_print {
	const struct conf *conf;
	const char *url; /* of the web server, without a path */
	const char *token; /* NULL: none, or unknown */
	bool is_new; /* print an example command */
	const struct dialect *dialect; /* that the sender speaks, or NULL */
};

/* Print the integrations, one line each or as a JSON array: see listing(). */
enum status integration_print_list(struct session *session, bool json);

/*
 * Print all details of the one integration in rows, as lines or as a JSON
 * object.  Returns 0 or -1.
 */
int integration_print_show(const struct integration_print *d,
    const struct rows *rows, bool json);

#endif
