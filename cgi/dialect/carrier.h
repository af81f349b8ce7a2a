/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_CARRIER_H
#define DIALECT_CARRIER_H

#include "dialect/scope.h"
#include "http/request.h"

/*
 * A carrier is a place in a request that may hold the token.
 *
 * Take the token from the first of the dialect's carriers that is present
 * in the request.  The scope has the body's values.  Returns it as a slice
 * of the request or of own, which the caller must wipe; absent if there is
 * none.  A carrier that is present but malformed gives an empty token, which
 * no integration has.
 */
struct slice carrier_token(struct scope *s, const struct request *req,
    struct buf *own);

/* Return whether a token may be in the body. */
bool carrier_needs_body(const struct dialect *d);

/*
 * Return whether node is of a header that may hold a token in any dialect:
 * templates must not copy it.
 */
bool carrier_is_secret(const struct dialect *d, int node);

#endif
