/* SPDX-License-Identifier: ISC */
#ifndef JSON_EXPLAIN_H
#define JSON_EXPLAIN_H

#include <stddef.h>

#include "base/buf.h"

#define JSON_EXPLAIN_BYTES 224

/*
 * Write a sentence about what json_scan() refused: why, with line, column (in
 * characters, both from 1) and offset of the byte at, and the likely slip if
 * there is one.  It contains none of the text.  A slip is a guess for people:
 * decide nothing by it.
 */
void json_explain(char to[JSON_EXPLAIN_BYTES], struct slice text,
    const char *why, size_t at);

/* The likely slip, a constant; NULL if there is none. */
const char *json_slip(struct slice text, size_t at);

#endif
