/* SPDX-License-Identifier: ISC */
#ifndef TOOL_TOKEN_H
#define TOOL_TOKEN_H

#include "base/digest.h"

#define TOKEN_MAX_BYTES 1024

/* A token as the operator sees it once, and as the database keeps it. */
struct token {
	char text[TOKEN_MAX_BYTES + 1];
	char hash[2 + 2 * DIGEST_BYTES + 1]; /* bytea: \x and hexadecimal */
};

/*
 * Take the token that the operator gave: given is its text, which is then
 * overwritten since ps(1) shows it; "-" for the first line of standard
 * input; or NULL to make a random one.  Returns 0; or -1 when it could never
 * arrive in a header, having said so.
 */
int token_take(struct token *t, char *given);

/* Forget it. */
void token_wipe(struct token *t);

#endif
