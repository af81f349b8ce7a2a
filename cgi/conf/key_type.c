/* SPDX-License-Identifier: ISC */
#include "conf/key_type.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
range_fault(const struct key_type *s, char *fault)
{
	if (s->max == LONG_MAX)
		snprintf(fault, KEY_FAULT_BYTES,
		    "must be a number, at least %ld", s->min);
	else
		snprintf(fault, KEY_FAULT_BYTES,
		    "must be a number from %ld to %ld", s->min, s->max);
	return -1;
}

/* Return the factor of a unit; 0 if it is unknown. */
static long
factor(const char *unit)
{
	if (unit[0] == '\0')
		return 1;
	if (unit[1] != '\0')
		return 0;
	switch (unit[0] | 0x20) {
	case 'k':
		return 1024;
	case 'm':
		return 1024 * 1024;
	case 'g':
		return 1024 * 1024 * 1024;
	default:
		return 0;
	}
}

static int
read_number(const struct key_type *s, const char *text, long *out, char *fault)
{
	char *end;
	long n, by;

	/* strtol() would accept leading white space and a sign. */
	if (text[0] < '0' || text[0] > '9')
		return range_fault(s, fault);
	errno = 0;
	n = strtol(text, &end, 10);
	by = factor(end);
	if (by == 0 || (by != 1 && s->kind != KEY_LONG))
		return range_fault(s, fault);
	if (errno != 0 || n > LONG_MAX / by || n * by < s->min ||
	    n * by > s->max)
		return range_fault(s, fault);
	*out = n * by;
	return 0;
}

/* Return 1 for yes, 0 for no, -1 for anything else. */
static int
yes_or_no(const char *text)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false",
	    "true"};
	int i;

	for (i = 0; i < 6; i++)
		if (strcasecmp(text, words[i]) == 0)
			return i % 2;
	return -1;
}

/* Return what is wrong with a URL, or NULL. */
static const char *
url_fault(enum key_kind kind, const char *text)
{
	const char *host;

	if (text[0] == '\0')
		return NULL;
	if (kind == KEY_SMTP_URL && strncmp(text, "smtp://", 7) != 0 &&
	    strncmp(text, "smtps://", 8) != 0)
		return "must begin with smtp:// or smtps://";
	if (kind == KEY_URL && strncmp(text, "http://", 7) != 0 &&
	    strncmp(text, "https://", 8) != 0)
		return "must begin with http:// or https://";
	host = strstr(text, "//") + 2;
	if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
		return "must have no user and password";
	return NULL;
}

/* Return what is wrong with a text value, or NULL. */
static const char *
text_fault(enum key_kind kind, const char *text)
{
	size_t n = strlen(text);
	size_t i;

	/* Control characters would corrupt the file conf_dump() prints. */
	for (i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return "contains a control character";
	if (kind == KEY_PATH && n > 0 && text[0] != '/')
		return "must be an absolute path";
	if (kind == KEY_LOG_TARGET && text[0] != '/' &&
	    strcmp(text, "stderr") != 0 && strcmp(text, "syslog") != 0)
		return "must be stderr, syslog or an absolute path";
	if (kind == KEY_LOG_LEVEL && strcmp(text, "warn") != 0 &&
	    strcmp(text, "info") != 0 && strcmp(text, "debug") != 0)
		return "must be warn, info or debug";
	if (kind == KEY_URL_PREFIX && n > 0 &&
	    (text[0] != '/' || text[n - 1] == '/'))
		return "must begin with / and not end with one";
	return kind == KEY_URL || kind == KEY_SMTP_URL ? url_fault(kind, text)
						       : NULL;
}

static int
read_text(enum key_kind kind, const char *text, char **at, char *fault)
{
	const char *why = text_fault(kind, text);
	char *copy = NULL;

	if (why == NULL) {
		copy = strdup(text);
		if (copy == NULL)
			why = "out of memory";
	}
	if (why != NULL) {
		snprintf(fault, KEY_FAULT_BYTES, "%s", why);
		return -1;
	}
	free(*at);
	*at = copy;
	return 0;
}

int
key_type_read(const struct key_type *s, const char *text, void *at,
    char fault[KEY_FAULT_BYTES])
{
	long n = 0;
	int yes;

	switch (s->kind) {
	case KEY_INT:
	case KEY_LONG:
		if (read_number(s, text, &n, fault) == -1)
			return -1;
		if (s->kind == KEY_INT)
			*(int *)at = (int)n;
		else
			*(long *)at = n;
		return 0;
	case KEY_BOOL:
		yes = yes_or_no(text);
		if (yes == -1) {
			snprintf(fault, KEY_FAULT_BYTES, "must be yes or no");
			return -1;
		}
		*(bool *)at = yes == 1;
		return 0;
	default:
		return read_text(s->kind, text, (char **)at, fault);
	}
}

void
key_type_print(const struct key_type *s, const void *at, FILE *out)
{
	const char *text;

	switch (s->kind) {
	case KEY_INT:
		fprintf(out, "%d", *(const int *)at);
		break;
	case KEY_LONG:
		fprintf(out, "%ld", *(const long *)at);
		break;
	case KEY_BOOL:
		fputs(*(const bool *)at ? "yes" : "no", out);
		break;
	default:
		text = *(char *const *)at;
		fputs(text == NULL ? "" : text, out);
	}
}
