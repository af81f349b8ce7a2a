/* SPDX-License-Identifier: ISC */
#ifndef EVENT_META_H
#define EVENT_META_H

#include <stdbool.h>

#include "base/buf.h"
#include "json/decode.h"
#include "json/json.h"

/* The member Meta of an event. */
struct meta {
	struct slice rest; /* JSON object without the reserved keys */
	bool incident;
	struct slice severity; /* a constant; absent when not an incident */
	struct slice message; /* absent when there is none */
	bool is_ignored; /* neither an object, null nor an empty array */
	bool severity_unknown; /* an incident without a known severity */
};

/*
 * Take the reserved keys incident, incident_severity and incident_message
 * out of the object v and cast them by the rules of the protocol.  Keys are
 * case-sensitive, and the last of equal ones wins.  The other members stay
 * as written.  A null v counts as an empty object, and so does an empty array:
 * PHP writes an empty map so.
 *
 * Appends at most 2 * v.text.len + 2 bytes to r->own.
 */
void meta_read(struct meta *m, struct decoder *r, struct json_value v);

#endif
