/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_BUILTIN_H
#define DIALECT_BUILTIN_H

#include <stddef.h>

/* The files of cgi/dialects, in the order of their names. */
struct builtin {
	const char *name;
	const unsigned char *text;
	size_t len;
};

/* Made from the files by cgi/dialects/embed; ends with a zero entry. */
extern const struct builtin builtins[];

#endif
