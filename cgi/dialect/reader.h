/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_READER_H
#define DIALECT_READER_H

#include "dialect/dialect.h"

/* The state of reading a dialect's file; all functions return 0 or -1. */
struct reader {
	struct dialect *d;
	char *error; /* DIALECT_ERROR_BYTES */
	int line; /* counted from 1; 0: the file as a whole */
	size_t pointers;
};

/* Describe a fault in the current line.  Returns -1. */
int reader_fail(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define ROOTS_OF_EVENTS ((1U << ROOT_EVENT) - 1)
#define ROOTS_OF_ANSWERS                                                       \
	(1U << ROOT_EVENT | 1U << ROOT_REQUEST | 1U << ROOT_ERROR)

/*
 * Read a pointer like body/alerts/0 into *node.  roots is the set of allowed
 * roots, one bit each.
 */
int reader_pointer(struct reader *r, struct slice text, unsigned roots,
    int *node);

/* Read a template; escape its literal text, unless it is an answer's. */
int reader_template(struct reader *r, struct slice text, unsigned roots,
    struct template *template);

/* Escape text for a JSON string; set *escaped. */
int reader_escape(struct reader *r, struct slice text, struct slice *escaped);

/* Cut the first word off *text, up to white space; absent if none is left. */
struct slice reader_word(struct slice *text);

/* Return whether text equals word. */
bool reader_is(struct slice text, const char *word);

/* Find a map; -1 if there is none of that name. */
int reader_map(const struct reader *r, struct slice name);

/* Begin a section at this line. */
int section_begin(struct reader *r, enum section_kind kind);

/* Read one line of a section, "name = value". */
int section_line(struct reader *r, struct slice name, struct slice value);

/* Check the section that ends here. */
int section_end(struct reader *r);

/*
 * Refuse a dialect whose templates could copy the token.  Call it after the
 * whole file was read.
 */
int carriers_check(struct reader *r);

/* Read the carriers of a line "token". */
int carriers_read(struct reader *r, struct slice value);

#endif
