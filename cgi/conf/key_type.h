/* SPDX-License-Identifier: ISC */
#ifndef CONF_KEY_TYPE_H
#define CONF_KEY_TYPE_H

#include <stdio.h>

#define KEY_FAULT_BYTES 96

/* What a setting can be, and the type of the object that holds it. */
enum key_kind {
	KEY_INT, /* int */
	KEY_LONG, /* long; the text may end in k, m or g */
	KEY_BOOL, /* bool; yes no on off true false */
	KEY_CONNINFO, /* char *, as all that follow */
	KEY_PATH, /* empty, or absolute */
	KEY_LOG_TARGET, /* stderr, syslog or an absolute path */
	KEY_LOG_LEVEL, /* warn, info or debug */
	KEY_URL_PREFIX /* empty, or as /a/b */
};

/* The range is for numbers only; LONG_MAX at its end is no limit. */
struct key_type {
	enum key_kind kind;
	long min, max;
};

/*
 * Read text into the object at *at.  A string there is freed and replaced by
 * a copy, which belongs to the owner of the object.  Returns 0; or -1 with
 * the object as it was and words in fault that say what is wanted, without
 * the text.
 */
int key_type_read(const struct key_type *s, const char *text, void *at,
    char fault[KEY_FAULT_BYTES]);

/* Print the object at *at so that key_type_read() would read it again. */
void key_type_print(const struct key_type *s, const void *at, FILE *out);

#endif
