/* SPDX-License-Identifier: ISC */
#ifndef TOOL_LITERAL_H
#define TOOL_LITERAL_H

#include "base/buf.h"

#define LITERAL_MAX_BYTES 65536

/*
 * Parameters that PostgreSQL reads as an array of text or as jsonb, in a buf
 * of LITERAL_MAX_BYTES that is empty at first.
 */

/* Add an element to an array. */
void literal_element(struct buf *b, const char *text);

/* Add a member to a JSON object: a string, or null when it is "". */
void literal_member(struct buf *b, const char *name, const char *value);

/* The same for a value that is JSON. */
void literal_json(struct buf *b, const char *name, const char *json);

/*
 * End them.  Return the text, which b owns; of none, NULL is the array, and
 * {} the object.  What was too long is left unfinished: PostgreSQL refuses it.
 */
const char *literal_array(struct buf *b);
const char *literal_object(struct buf *b);

#endif
