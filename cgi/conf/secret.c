/* SPDX-License-Identifier: ISC */
#include "conf/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/hex.h"

#define SPACE " \t\r\n\v\f"
#define STARS "********"
#define BLANK '\001' /* stands for each byte of a secret */

static bool
is_secret(const char *key, size_t len)
{
	static const char *const ends[] = {"password", "secret", "_key"};
	size_t i, n;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = strlen(ends[i]);
		if (len >= n && memcmp(key + len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

/*
 * The same for a key in a URI, where libpq decodes %XX once.  Treat as secret
 * what libpq refuses: a key with another %, or one longer than any it knows.
 */
static bool
is_secret_in_uri(const char *key, size_t len)
{
	char plain[64];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int byte;

		if (n == sizeof(plain))
			return true;
		plain[n] = key[i];
		if (key[i] == '%') {
			byte = len - i < 3 ? -1 : hex_byte(key + i + 1);
			if (byte == -1)
				return true;
			plain[n] = (char)byte;
			i += 2;
		}
		if (plain[n] == '%')
			return true;
		n++;
	}
	return is_secret(plain, n);
}

/* Find the end of a value as libpq does: quoted, or up to white space. */
static char *
value_end(char *p)
{
	bool quoted = *p == '\'';

	if (quoted)
		p++;
	while (*p != '\0') {
		if (quoted ? *p == '\'' : strchr(SPACE, *p) != NULL)
			break;
		if (*p == '\\' && p[1] != '\0')
			p++;
		p++;
	}
	return p + (quoted && *p == '\'');
}

static void
blank_pairs(char *p)
{
	char *key, *value;
	size_t len;

	while (*p != '\0') {
		p += strspn(p, SPACE);
		key = p;
		len = strcspn(p, SPACE "=");
		p += len;
		p += strspn(p, SPACE);
		if (*p != '=')
			continue;
		value = p + 1 + strspn(p + 1, SPACE);
		p = value_end(value);
		if (is_secret(key, len))
			memset(value, BLANK, (size_t)(p - value));
	}
}

/* Blank from the first colon to the last @: a password may have a raw /. */
static void
blank_userinfo(char *p, const char *end)
{
	const char *at = memrchr(p, '@', (size_t)(end - p));
	char *colon;

	if (at == NULL)
		return;
	colon = memchr(p, ':', (size_t)(at - p));
	if (colon != NULL)
		memset(colon + 1, BLANK, (size_t)(at - colon - 1));
}

static void
blank_uri(char *p)
{
	size_t before = strcspn(p, "?");
	char *key, *value;
	size_t len;

	blank_userinfo(p, p + before);
	for (p += before; *p != '\0'; p = value + len) {
		key = p + 1;
		len = strcspn(key, "=&");
		value = key + len;
		if (*value != '=') {
			len = 0;
			continue;
		}
		value++;
		len = strcspn(value, "&");
		if (is_secret_in_uri(key, (size_t)(value - 1 - key)))
			memset(value, BLANK, len);
	}
}

static char *
blank(const char *conninfo)
{
	char *copy = strdup(conninfo);

	if (copy == NULL)
		return NULL;
	if (strncmp(copy, "postgresql://", 13) == 0 ||
	    strncmp(copy, "postgres://", 11) == 0)
		blank_uri(strstr(copy, "//") + 2);
	else
		blank_pairs(copy);
	return copy;
}

bool
secret_present(const char *conninfo)
{
	char *copy = blank(conninfo);
	bool present = copy == NULL || strchr(copy, BLANK) != NULL;

	free(copy);
	return present;
}

char *
secret_mask(const char *conninfo)
{
	char *copy = blank(conninfo);
	char *out, *to;
	const char *p;

	if (copy == NULL)
		return NULL;
	out = malloc(strlen(copy) * (sizeof(STARS) - 1) + 1);
	to = out;
	for (p = copy; out != NULL && *p != '\0'; p++) {
		if (*p != BLANK)
			*to++ = *p;
		else if (p[1] != BLANK)
			to = stpcpy(to, STARS);
	}
	if (out != NULL)
		*to = '\0';
	free(copy);
	return out;
}

void
secret_forbid_cores(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}
