/* SPDX-License-Identifier: ISC */
#ifndef CONF_KEY_TYPE_H
#define CONF_KEY_TYPE_H

#include <stdio.h>

#define KEY_FAULT_BYTES 96

/* The kind of a value, and the C type that holds it. */
enum key_kind {
	KEY_INT, /* int */
	KEY_LONG, /* long; the text may end in k, m or g */
	KEY_BOOL, /* bool; yes no on off true false */
	KEY_CONNINFO, /* char *, like all that follow */
	KEY_PATH, /* empty, or absolute */
	KEY_LOG_TARGET, /* stderr, syslog or an absolute path */
	KEY_LOG_LEVEL, /* warn, info or debug */
	KEY_URL_PREFIX, /* empty, or like /a/b */
	KEY_URL, /* empty, or http(s)://, without user and password */
	KEY_SMTP_URL, /* the same with smtp(s):// */
	KEY_TEXT /* anything without control characters */
};

/* The range applies to numbers only; max = LONG_MAX means no limit. */
struct key_type {
	enum key_kind kind;
	long min, max;
};

/*
 * Parse text into the object at *at.  A string there is freed and replaced
 * by a copy, which the object's owner must free.  Returns 0; or -1 with the
 * object unchanged and a message in fault that does not contain the text.
 */
int key_type_read(const struct key_type *s, const char *text, void *at,
    char fault[KEY_FAULT_BYTES]);

/* Print the object at *at in a form that key_type_read() accepts. */
void key_type_print(const struct key_type *s, const void *at, FILE *out);

#endif
