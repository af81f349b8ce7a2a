/* SPDX-License-Identifier: ISC */
#ifndef RELAY_SIGN_H
#define RELAY_SIGN_H

#include "base/buf.h"

#define SIGN_SECRETS_MAX 4
#define SIGN_SECRET_BYTES 64 /* maximum; Standard Webhooks has 24 to 64 */

/* The valid signing secrets of a destination, newest first. */
struct sign_secrets {
	struct sign_secret {
		unsigned char key[SIGN_SECRET_BYTES];
		size_t len;
	} list[SIGN_SECRETS_MAX];
	size_t n;
};

/*
 * Parse secrets from a JSON array of hexadecimal strings, with or without
 * PostgreSQL's leading \x; null is an empty list.  Returns 0, or -1 for
 * anything else.
 */
int sign_read(struct sign_secrets *secrets, struct slice json);

/*
 * Append the value of the header webhook-signature (Standard Webhooks 1.0.0):
 * for each secret "v1," and the Base64 of HMAC-SHA256 over ID.TIMESTAMP.BODY,
 * separated by spaces.
 */
void sign_webhook(struct buf *out, const struct sign_secrets *secrets,
    struct slice id, long long timestamp, struct slice body);

#endif
