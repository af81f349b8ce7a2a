/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_REDACT_H
#define DIALECT_REDACT_H

#include "dialect/scope.h"
#include "http/request.h"

/*
 * Removes tokens from what is kept of a request, valid or not.  s and d are
 * NULL if its dialect is unknown.
 */

/*
 * Overwrite the token in a body, and the value of each member or form field
 * that has the name of a token in this dialect or a built-in one.  to is a copy
 * of from, in which the scope's values lie; token is the one that was sent, or
 * absent.
 *
 * Returns false when a token was sent in the body but not found there: then the
 * body must not be kept.
 */
bool redact_body(const struct scope *s, struct slice from, char *to,
    struct slice token);

/*
 * Append the query string without the fields that have the name of a token or
 * contain it.  If the dialect is unknown, append nothing.
 */
void redact_query(const struct dialect *d, const char *query,
    struct slice token, struct buf *b);

/*
 * Append a line "header: name: value" for each header that the dialect uses,
 * except those that have the name of a token or contain it.
 */
void redact_headers(const struct dialect *d, const struct request *req,
    struct slice token, struct buf *b);

#endif
