/* SPDX-License-Identifier: ISC */
#include "tool/token.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "tool/session.h"

#define RANDOM_BYTES 16

/*
 * Generate a token of 32 hexadecimal digits: it never needs quoting, and it
 * looks like a PagerDuty routing key, which some senders check.
 */
static void
make(char *text)
{
	unsigned char b[RANDOM_BYTES];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		log_fatal("could not get random bytes");
	for (size_t i = 0; i < sizeof(b); i++)
		snprintf(text + 2 * i, 3, "%02x", b[i]);
	explicit_bzero(b, sizeof(b));
}

/* Read one line.  Keep enough of a long one for fault() to refuse it. */
static void
read_line(char *text, size_t size)
{
	size_t len = 0;
	int c;

	while ((c = getc(stdin)) != EOF && c != '\n')
		if (len < size - 1)
			/* A NUL must not end it: make fault() refuse it. */
			text[len++] = c == '\0' ? '\x7f' : (char)c;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	text[len] = '\0';
}

/*
 * Return what is wrong with a token, or NULL.  Web servers trim white space
 * from headers and differ in how they treat non-ASCII bytes.
 */
static const char *
fault(const char *text)
{
	size_t len = strlen(text);

	if (len == 0)
		return "a token cannot be empty";
	if (len > TOKEN_MAX_BYTES)
		return "a token must be at most 1024 bytes long";
	for (; *text != '\0'; text++)
		if (*text < 0x21 || *text > 0x7e)
			return "a token must be printable ASCII without "
			       "spaces";
	return NULL;
}

static void
hash(struct token *t)
{
	unsigned char sum[DIGEST_BYTES];

	digest_sha256(t->text, strlen(t->text), sum);
	memcpy(t->hash, "\\x", 2);
	digest_hex(sum, t->hash + 2);
}

int
token_take(struct token *t, char *given)
{
	char text[TOKEN_MAX_BYTES + 2];
	const char *why;

	if (given == NULL) {
		make(text);
	} else if (strcmp(given, "-") == 0) {
		read_line(text, sizeof(text));
	} else {
		snprintf(text, sizeof(text), "%s", given);
		memset(given, '*', strlen(given));
	}
	why = fault(text);
	if (why == NULL) {
		memcpy(t->text, text, strlen(text) + 1);
		hash(t);
	} else {
		session_say("%s", why);
	}
	explicit_bzero(text, sizeof(text));
	return why == NULL ? 0 : -1;
}

void
token_wipe(struct token *t)
{
	explicit_bzero(t, sizeof(*t));
}
