/* SPDX-License-Identifier: ISC */
#ifndef TOOL_TRANSLATE_H
#define TOOL_TRANSLATE_H

#include "dialect/translate.h"
#include "event/delivery.h"

#define TOOL_WRAPPER_BYTES 512 /* more than a wrapper key may have */

/*
 * Make events of a request as the responder would, but for the sender, who is
 * not judged: in the dialect of t, or in PagerTree's format where that is
 * NULL, wrapped as d->from.wrapper says.  path is what follows the dialect in
 * the URL.
 *
 * Returns what delivery_parse() does, or why there are no events, with fault
 * set.  t->n is their number, which may be 0 when all is skipped.
 */
enum outcome tool_translate(struct translation *t, const char *path,
    struct request *req, long body_max, struct delivery *d,
    struct fault *fault);

/*
 * Return a wrapper key as people write it, like a.b, as PagerTree does, as a
 * JSON pointer: in key, unless text is one.
 */
const char *tool_wrapper_key(const char *text, char key[TOOL_WRAPPER_BYTES]);

/*
 * Make the variable of a header, HTTP_X_NAME=value, from "x-name: value"; the
 * caller frees it.  Returns NULL when there is no colon, or no memory.
 */
char *tool_header(struct slice line);

#endif
