/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_REDACT_H
#define DIALECT_REDACT_H

#include "dialect/scope.h"
#include "http/request.h"

/*
 * Takes tokens out of what is kept of a request, whether it is sound or not.
 * Where its dialect is not known, s and d are NULL.
 */

/*
 * Overwrite the token in a body, and the values of members, or fields of a
 * form, that are named as one that may be a token: those of the dialect, and
 * those of the built-in ones.  to is a copy of the bytes from, of which the
 * scope's values are; token is the one that was sent, or absent.
 *
 * Returns false when a token came in the body and cannot be found there: then
 * the body must not be kept.
 */
bool redact_body(const struct scope *s, struct slice from, char *to,
    struct slice token);

/*
 * Append the query string without the fields that are named as a token, or
 * have it.  Where the dialect is not known, append nothing.
 */
void redact_query(const struct dialect *d, const char *query,
    struct slice token, struct buf *b);

/*
 * Append a line "header: name: value" for each header that the dialect looks
 * at, but for those that are named as a token, or have it.
 */
void redact_headers(const struct dialect *d, const struct request *req,
    struct slice token, struct buf *b);

#endif
