/* SPDX-License-Identifier: ISC */
#ifndef EVENT_META_H
#define EVENT_META_H

#include <stdbool.h>

#include "base/buf.h"
#include "json/decode.h"
#include "json/json.h"

/* What the member Meta of an event says. */
struct meta {
	struct slice rest; /* JSON object less the reserved keys */
	bool incident;
	struct slice severity; /* a constant; absent when not an incident */
	struct slice message; /* absent when there is none */
	bool is_ignored; /* it was neither an object nor null */
	bool severity_unknown; /* an incident without a known severity */
};

/*
 * Take the reserved keys incident, incident_severity and incident_message
 * out of the object v and cast them by the rules of the protocol.  Keys are
 * case-sensitive, and the last of equal ones wins.  What is left is passed
 * on as it was written.  A v of type null is an empty object.
 *
 * Appends at most 2 * v.text.len + 2 bytes to what r reads into.
 */
void meta_read(struct meta *m, struct decoder *r, struct json_value v);

#endif
