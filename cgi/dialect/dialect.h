/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_DIALECT_H
#define DIALECT_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "dialect/template.h"
#include "json/pointer.h"

#define DIALECT_FILE_MAX_BYTES 65536
#define DIALECT_LINES_MAX 400
#define DIALECT_SECTIONS_MAX 64
#define DIALECT_POINTERS_MAX 96
#define DIALECT_NODES_MAX 512 /* steps of all pointers */
#define DIALECT_PARTS_MAX 1200 /* of all templates */
#define DIALECT_WORDS_MAX 1000 /* of maps and conditions */
#define DIALECT_MAPS_MAX 16
#define DIALECT_CARRIERS_MAX 8
#define DIALECT_MARKS_MAX 8
#define DIALECT_STATUSES_MAX 8 /* of [error] */
#define DIALECT_METHODS_MAX_BYTES 32
#define DIALECT_ERROR_BYTES 200

/* A method and a path pattern; {name} in it matches any text. */
struct on {
	struct slice method;
	struct slice before, after; /* around the {name} */
	int node; /* of the {name}; -1 = there is none */
};

enum test_kind { TEST_IS, TEST_HAS, TEST_LACKS };

struct test {
	enum test_kind kind;
	int node;
	size_t first, n; /* words */
};

/* In the order of the output. */
enum field_kind {
	FIELD_EVENT_TYPE,
	FIELD_ID,
	FIELD_TITLE,
	FIELD_DESCRIPTION,
	FIELD_DESCRIPTION_ADD,
	FIELD_URGENCY,
	FIELD_TAG,
	FIELD_DEDUP_KEY,
	FIELD_EXTRA,
	FIELD_META, /* incident, incident_severity, incident_message too */
	FIELD_KINDS
};

/* How a Tag line makes several tags of one value. */
enum spread { SPREAD_NONE, SPREAD_EACH, SPREAD_SPLIT };

struct field {
	enum field_kind kind;
	struct slice name; /* of Meta and Extra, escaped for JSON */
	int line;
	bool is_more; /* the next field is an alternative of this one */
	struct template template;
	enum spread spread;
	int over; /* node that is spread */
	char separator;
};

enum section_kind { SECTION_EVENT, SECTION_SKIP, SECTION_LOOKUP };

struct section {
	enum section_kind kind;
	int line;
	size_t on, ons; /* first and number, as of all that follows */
	size_t test, tests;
	size_t field, fields;
	char why[96]; /* the fault when its event_type is nothing */
};

enum carrier_kind {
	CARRIER_SCHEME, /* Authorization: NAME token */
	CARRIER_BASIC,
	CARRIER_HEADER,
	CARRIER_BODY,
	CARRIER_QUERY
};

struct carrier {
	enum carrier_kind kind;
	struct slice name; /* scheme, header or field */
	int node; /* CARRIER_BODY */
};

/* How to answer; status 0 and no body mean the default ones. */
struct form {
	int status;
	struct template body;
	bool has_body;
	struct slice headers; /* complete lines */
};

enum content { CONTENT_JSON, CONTENT_ANY, CONTENT_FORM };

/*
 * A dialect: how to translate a sender's requests into events of our own
 * protocol, and how to answer it.  Immutable once read.
 */
struct dialect {
	struct slice name;
	struct slice about;
	struct slice paste; /* where the sender wants the URL; or absent */
	struct slice sample, sample_path; /* a test request; or absent */
	int marks[DIALECT_MARKS_MAX]; /* nodes typical of its bodies */
	size_t n_marks;
	enum content content;
	bool empty; /* an empty body counts as {} */
	bool challenge; /* ask for a password when no token was sent */
	char methods[DIALECT_METHODS_MAX_BYTES]; /* of the bare URL */
	bool has_ons; /* some section has an on line */
	int each; /* node, or -1 */
	int parse; /* node, or -1 */
	char why[96]; /* the fault when no section fits */

	struct carrier carriers[DIALECT_CARRIERS_MAX];
	size_t n_carriers;
	struct form answer, error, lookup, missing;
	struct {
		int from, to;
	} statuses[DIALECT_STATUSES_MAX];
	size_t n_statuses;

	int roots[ROOTS]; /* their nodes */
	struct pointer_set pointers;
	struct pointer_node nodes[DIALECT_NODES_MAX];
	struct part parts[DIALECT_PARTS_MAX];
	struct word words[DIALECT_WORDS_MAX];
	struct map maps[DIALECT_MAPS_MAX];
	struct section sections[DIALECT_SECTIONS_MAX];
	struct on ons[DIALECT_LINES_MAX];
	struct test tests[DIALECT_LINES_MAX];
	struct field fields[DIALECT_LINES_MAX];
	size_t n_parts, n_words, n_maps, n_sections, n_ons, n_tests, n_fields;
	unsigned users; /* reference count, for dialects.c */
	struct slice file; /* as read; lies in text */
	char *text; /* owned: a copy changed in place, the name, the file */
	struct buf own; /* escaped text */
};

/*
 * Read a dialect from the len bytes at text, a file called name.  The caller
 * must dialect_free() it.  Returns NULL with error set: the line and what is
 * wrong with it, without its text.
 */
struct dialect *dialect_read(struct slice name, const char *text, size_t len,
    char error[DIALECT_ERROR_BYTES]);

void dialect_free(struct dialect *d);

#endif
