/* SPDX-License-Identifier: ISC */
#ifndef EVENT_WRAPPER_H
#define EVENT_WRAPPER_H

#include <stdbool.h>

#include "base/buf.h"
#include "event/event.h"
#include "json/json.h"
#include "json/pointer.h"

/* A wrapper key, ready to find events by. */
struct wrapper {
	char key[EVENT_WRAPPER_BYTES];
	struct pointer_node nodes[1 + POINTER_TOKENS_MAX];
	struct pointer_set set;
	int node; /* of the event; -1 = there is no such key */
	bool failed; /* out of memory */
};

/* Return whether key is a JSON pointer that struct origin may have. */
bool wrapper_is_key(struct slice key);

/* Begin with a wrapper key as in struct origin; "" is none. */
void wrapper_init(struct wrapper *w, const char *key);

/*
 * Return the object in v that the key points to, also when it is in a string
 * that contains JSON: then it is decoded into own, which must have room for
 * that string and must not move.  Where there is no such object, return v
 * itself, as PagerTree does.  v has been validated by json_scan().
 */
struct json_value wrapper_find(struct wrapper *w, struct json_value v,
    struct buf *own);

#endif
