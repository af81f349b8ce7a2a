/* SPDX-License-Identifier: ISC */
#ifndef TOOL_INTEGRATION_PRINT_H
#define TOOL_INTEGRATION_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "db/db.h"

/* What is shown of integrations beside their rows. */
struct integration_print {
	const struct conf *conf;
	const char *url; /* where the web server answers, without a path */
	const char *token; /* NULL where there is none, or not ours to show */
	bool is_new; /* show how to send to it */
};

/* Print integrations, one line each or as a JSON array; 0, or -1. */
int integration_print_list(const struct rows *rows, bool json);

/*
 * Print the one integration in rows, all there is to know, as lines or as a
 * JSON object.
 */
int integration_print_show(const struct integration_print *d,
    const struct rows *rows, bool json);

#endif
