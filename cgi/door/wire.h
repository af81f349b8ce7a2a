/* SPDX-License-Identifier: ISC */
#ifndef DOOR_WIRE_H
#define DOOR_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/identity.h"

/* The client's side of FastCGI 1.0: the records of one request. */
enum wire_type {
	WIRE_BEGIN = 1,
	WIRE_END = 3,
	WIRE_PARAMS = 4,
	WIRE_STDIN = 5,
	WIRE_STDOUT = 6
};

#define WIRE_HEAD_BYTES 8
#define WIRE_BEGIN_BYTES 8 /* content of a begin record */
#define WIRE_CONTENT_MAX 65528 /* of one record that is written */

/*
 * Append the record that begins a request.  The peer keeps the connection for
 * another one after it if asked to.
 */
void wire_begin(struct buf *b, uint16_t request, bool keep);

/* Append records with these bytes; of a stream, they do not end it. */
void wire_stream(struct buf *b, enum wire_type type, uint16_t request,
    struct slice bytes);

/* Append the empty record that ends a stream. */
void wire_end_stream(struct buf *b, enum wire_type type, uint16_t request);

/* Append the record that ends a request, without an error. */
void wire_end_request(struct buf *b, uint16_t request);

/* Append "NAME=value" as a name-value pair, or nothing without a "=". */
void wire_pair(struct buf *b, const char *variable);

/* Append the identity as a record of parameters: the first of the request. */
void wire_identity(struct buf *b, uint16_t request, const struct identity *id);

/* Return the length of the record at p; 0 if the len bytes there end in it. */
size_t wire_record_bytes(const unsigned char *p, size_t len);

/* The records of an answer while it arrives. */
struct wire_answer {
	struct buf bytes;
	size_t at; /* offset of the first incomplete record */
	bool is_whole; /* the record that ends the request has arrived */
	bool is_broken; /* these are not FastCGI records */
};

/* Parse what was appended to bytes; drop all that follows the last record. */
void wire_look(struct wire_answer *a);

/*
 * Take the next piece of standard output from a whole answer, beginning with
 * *at = 0.  Returns false when there is none left.
 */
bool wire_output(const struct wire_answer *a, size_t *at, struct slice *piece);

#endif
