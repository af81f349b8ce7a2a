/* SPDX-License-Identifier: ISC */
#ifndef CONF_KEY_TYPE_H
#define CONF_KEY_TYPE_H

#include <stdio.h>

#define SETTING_FAULT_BYTES 96

/* What a setting can be, and the type of the object that holds it. */
enum setting_kind {
	SETTING_INT, /* int */
	SETTING_LONG, /* long; the text may end in k, m or g */
	SETTING_BOOL, /* bool; yes no on off true false */
	SETTING_CONNINFO, /* char *, as all that follow */
	SETTING_PATH, /* empty, or absolute */
	SETTING_LOG_TARGET, /* stderr, syslog or an absolute path */
	SETTING_LOG_LEVEL, /* warn, info or debug */
	SETTING_URL_PREFIX /* empty, or as /a/b */
};

/* The range is for numbers only; LONG_MAX at its end is no limit. */
struct setting {
	enum setting_kind kind;
	long min, max;
};

/*
 * Read text into the object at *at.  A string there is freed and replaced by
 * a copy, which belongs to the owner of the object.  Returns 0; or -1 with
 * the object as it was and words in fault that say what is wanted, without
 * the text.
 */
int setting_read(const struct setting *s, const char *text, void *at,
    char fault[SETTING_FAULT_BYTES]);

/* Print the object at *at so that setting_read() would read it again. */
void setting_print(const struct setting *s, const void *at, FILE *out);

#endif
