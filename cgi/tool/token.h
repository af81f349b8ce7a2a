/* SPDX-License-Identifier: ISC */
#ifndef TOOL_TOKEN_H
#define TOOL_TOKEN_H

#include "base/digest.h"

#define TOKEN_MAX_BYTES 1024

/* A token, and its hash as the database stores it. */
struct token {
	char text[TOKEN_MAX_BYTES + 1];
	char hash[2 + 2 * DIGEST_BYTES + 1]; /* bytea: \x and hexadecimal */
};

/*
 * Set the token from given: its text, which is then overwritten because ps(1)
 * shows it; "-" to read the first line of standard input; or NULL to generate
 * one.  Returns 0; or -1, after printing an error, when it is not usable in a
 * header.
 */
int token_take(struct token *t, char *given);

/* Wipe the token from memory. */
void token_wipe(struct token *t);

#endif
