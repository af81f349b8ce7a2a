/* SPDX-License-Identifier: ISC */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Find the first field of that name in a form or a query string
 * (application/x-www-form-urlencoded) and decode it into value,
 * NUL-terminated.  Returns 0; or, with "" in value, -1 when there is none,
 * -2 when it is too long or not well formed.
 */
int form_field(struct slice form, const char *name, char *value, size_t size);

#endif
