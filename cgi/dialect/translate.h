/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_TRANSLATE_H
#define DIALECT_TRANSLATE_H

#include "base/outcome.h"
#include "dialect/dialect.h"
#include "dialect/scope.h"
#include "event/delivery.h"
#include "http/request.h"
#include "json/explain.h"

#define TRANSLATE_EACH_MAX 5000 /* elements of each */

/*
 * Called for the section that an item matches (field is NULL, and section too
 * if none matches), and for each of its lines that was written, with the JSON
 * of its value.  For tocsin explain.
 */
struct trace {
	void (*seen)(struct trace *t, const struct section *section,
	    const struct field *field, struct slice json);
};

/*
 * The translation of one request.  Zero it before the first use, then set
 * dialect for each request; translation_reset() between requests keeps the
 * memory.
 */
struct translation {
	const struct dialect *dialect; /* borrowed */
	struct trace *trace; /* NULL = none */
	struct slice path; /* below the dialect, without a slash at its end */
	unsigned char fits[DIALECT_SECTIONS_MAX]; /* method and path */
	struct scope scope;
	struct json_value values[DIALECT_NODES_MAX];
	struct buf document; /* a form, as JSON */
	struct buf inner; /* the document that parse names */
	struct buf strings; /* of url, query and header, as JSON */
	struct buf events; /* the result */
	struct buf dropped; /* names of Meta and Extra left out, as JSON */
	const struct section *lookup; /* the one for the path, or NULL */
	bool is_batch;
	size_t n; /* events */
	size_t skipped; /* items that became no event */
	size_t kept; /* bytes of Meta and Extra written */
	const char *why[TRANSLATE_EACH_MAX]; /* per event; NULL = no fault */
	char detail[JSON_EXPLAIN_BYTES]; /* of a fault */
	char allow[64]; /* after OUTCOME_BAD_METHOD */
};

/*
 * Begin a request: find the sections for its method and path.  Returns
 * OUTCOME_OK, with lookup set to a matching [lookup]; OUTCOME_NOT_FOUND; or
 * OUTCOME_BAD_METHOD with allow set.
 */
enum outcome translate_route(struct translation *t, const char *method,
    struct slice path);

/* Return the {name} in the path of the look-up; absent if it has none. */
struct slice translate_lookup_name(struct translation *t);

/*
 * Return whether the dialect takes a body of this Content-Type, which may be
 * NULL.
 */
bool translate_accepts(const struct dialect *d, const char *content_type);

/*
 * Validate the request's body, which changes as described at json_scan(),
 * and find the values of the dialect's pointers.  body_max is the limit of
 * a body.  Returns OUTCOME_OK; OUTCOME_BAD_JSON with fault set; or
 * OUTCOME_UNAVAILABLE.  Afterwards carrier_token() can find the token.
 */
enum outcome translate_read(struct translation *t, struct request *req,
    size_t body_max, struct fault *fault);

/*
 * Write the events: one as an object, those of each as an array.  An item
 * that no section matches becomes {}, and why gives its fault.
 *
 * Returns OUTCOME_OK; OUTCOME_INVALID with fault when each has too many
 * elements; OUTCOME_TOO_LARGE with fault when the events would be longer than
 * three times body_max and 64 KiB; or OUTCOME_UNAVAILABLE.
 */
enum outcome translate_write(struct translation *t, struct fault *fault);

/*
 * Give the faults of the translation to the items that event_parse() found
 * invalid, and the first one to *fault.
 */
void translate_blame(const struct translation *t, struct delivery *d,
    struct fault *fault);

void translation_reset(struct translation *t);

void translation_free(struct translation *t);

#endif
