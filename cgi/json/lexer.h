/* SPDX-License-Identifier: ISC */
#ifndef JSON_LEXER_H
#define JSON_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#define LEXER_DIGITS_MAX 400 /* digits of one number, its exponent's too */
#define LEXER_EXPONENT_MAX 308 /* its exponent, as an absolute value */

/* The tokens of RFC 8259, and what they are made of. */
struct lexer {
	char *p; /* the next byte */
	char *end;
	const char *why; /* a constant, set where a token is at fault */
};

static inline bool
lexer_is_white(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Note why the token at p is at fault; always false. */
static inline bool
lexer_fail(struct lexer *t, const char *why)
{
	t->why = why;
	return false;
}

/* Skip white space. */
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
 * Each proves the token that begins at p, which must not be the end, and
 * moves p behind it; or returns false with p at the fault and why set.
 *
 * A string may hold any valid UTF-8.  The escapes of U+0000 and of lone
 * surrogates are overwritten with \ufffd, which is as long as they are.
 */
bool lexer_string(struct lexer *t);
bool lexer_number(struct lexer *t);
bool lexer_word(struct lexer *t, const char *word);

/* From the opening quote of a proven string to behind its closing one. */
const char *lexer_after_string(const char *p, const char *end);

/* The shortest escape of a byte of a string; returns its length. */
size_t lexer_escape(unsigned char c, char to[6]);

#endif
