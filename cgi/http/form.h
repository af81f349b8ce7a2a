/* SPDX-License-Identifier: ISC */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Find the first field of that name in a form or a query string
 * (application/x-www-form-urlencoded) and decode it into value,
 * NUL-terminated.  Returns 0; or, with "" in value, -1 when there is none,
 * -2 when it is too long or not well formed.
 */
int form_field(struct slice form, const char *name, char *value, size_t size);

/*
 * Append the fields of a form to b as a JSON object of strings, in their
 * order.  A % that begins no escape is literal; bytes that are not UTF-8 become
 * U+FFFD.  Appends at most 6 * form.len + 7 bytes.
 */
void form_json(struct buf *b, struct slice form);

/*
 * The same for a form in parts (multipart/form-data, RFC 7578), whose boundary
 * is in its Content-Type; parts without a name are left out.  Returns -1 when
 * it is malformed; the appended text is then incomplete.
 */
int form_parts_json(struct buf *b, struct slice form, const char *content_type);

/* Append bytes to b as a quoted JSON string, in the same way. */
void form_quote(struct buf *b, struct slice bytes);

#endif
