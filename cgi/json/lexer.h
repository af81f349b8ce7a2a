/* SPDX-License-Identifier: ISC */
#ifndef JSON_LEXER_H
#define JSON_LEXER_H

#include <stdbool.h>
#include <stddef.h>

/* Scans the tokens of RFC 8259. */
struct lexer {
	char *p; /* the next byte */
	char *end;
	const char *why; /* a constant, set when a token is invalid */
};

static inline bool
lexer_is_white(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Record why the token at p is invalid; always returns false. */
static inline bool
lexer_fail(struct lexer *t, const char *why)
{
	t->why = why;
	return false;
}

static inline void
lexer_white(struct lexer *t)
{
	while (t->p < t->end && lexer_is_white(*t->p))
		t->p++;
}

static inline const char *
lexer_after_white(const char *p, const char *end)
{
	while (p < end && lexer_is_white(*p))
		p++;
	return p;
}

/*
 * Validate the token at p, which must not be the end, and move p past it; or
 * return false with p at the invalid byte and why set.
 *
 * A string may contain any valid UTF-8.  Escapes of U+0000 and of lone
 * surrogates are overwritten with \ufffd, which has the same length.
 */
bool lexer_string(struct lexer *t);
bool lexer_number(struct lexer *t);
bool lexer_word(struct lexer *t, const char *word);

/* Return the end of the validated string whose opening quote is at p. */
const char *lexer_after_string(const char *p, const char *end);

/* Write the shortest escape of a byte in a string; return its length. */
size_t lexer_escape(unsigned char c, char to[6]);

#endif
