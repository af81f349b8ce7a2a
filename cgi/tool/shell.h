/* SPDX-License-Identifier: ISC */
#ifndef TOOL_SHELL_H
#define TOOL_SHELL_H

#include "base/buf.h"

/* Append s, quoted as one word for the shell. */
void shell_quote(struct buf *b, const char *s);

/* Append the URL of a path, which begins with /, below the URL base. */
void shell_url(struct buf *b, const char *base, const char *path);

#endif
