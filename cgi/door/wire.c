/* SPDX-License-Identifier: ISC */
#include "door/wire.h"

#include <stdio.h>
#include <string.h>

#define WIRE_VERSION 1
#define WIRE_END_BYTES 8
#define ROLE_RESPONDER 1
#define KEEP_CONNECTION 1
#define PAIR_SHORT_MAX 127 /* of a length that takes one byte */

/* Append a header without padding. */
static void
append_head(struct buf *b, enum wire_type type, uint16_t request, size_t len)
{
	const unsigned char head[WIRE_HEAD_BYTES] = {WIRE_VERSION,
	    (unsigned char)type, (unsigned char)(request >> 8),
	    (unsigned char)request, (unsigned char)(len >> 8),
	    (unsigned char)len};

	buf_append(b, head, sizeof(head));
}

void
wire_begin(struct buf *b, uint16_t request, bool keep)
{
	const unsigned char content[WIRE_BEGIN_BYTES] = {0, ROLE_RESPONDER,
	    keep ? KEEP_CONNECTION : 0};

	append_head(b, WIRE_BEGIN, request, sizeof(content));
	buf_append(b, content, sizeof(content));
}

void
wire_stream(struct buf *b, enum wire_type type, uint16_t request,
    struct slice bytes)
{
	size_t len;

	for (; bytes.len > 0; bytes.len -= len) {
		len = bytes.len;
		if (len > WIRE_CONTENT_MAX)
			len = WIRE_CONTENT_MAX;
		append_head(b, type, request, len);
		buf_append(b, bytes.p, len);
		bytes.p += len;
	}
}

void
wire_end_stream(struct buf *b, enum wire_type type, uint16_t request)
{
	append_head(b, type, request, 0);
}

void
wire_end_request(struct buf *b, uint16_t request)
{
	static const unsigned char content[WIRE_END_BYTES];

	append_head(b, WIRE_END, request, sizeof(content));
	buf_append(b, content, sizeof(content));
}

static void
append_length(struct buf *b, size_t len)
{
	unsigned char long_form[4] = {(unsigned char)(len >> 24 | 0x80),
	    (unsigned char)(len >> 16), (unsigned char)(len >> 8),
	    (unsigned char)len};

	if (len <= PAIR_SHORT_MAX)
		buf_append(b, long_form + 3, 1);
	else
		buf_append(b, long_form, sizeof(long_form));
}

void
wire_pair(struct buf *b, const char *variable)
{
	const char *equals = strchr(variable, '=');

	if (equals == NULL)
		return;
	append_length(b, (size_t)(equals - variable));
	append_length(b, strlen(equals + 1));
	buf_append(b, variable, (size_t)(equals - variable));
	buf_puts(b, equals + 1);
}

void
wire_identity(struct buf *b, uint16_t request, const struct identity *id)
{
	char text[IDENTITY_TEXT_BYTES];
	struct buf pair = {.max = sizeof(IDENTITY_NAME) + sizeof(text) + 16};

	identity_format(id, text);
	append_length(&pair, sizeof(IDENTITY_NAME) - 1);
	append_length(&pair, strlen(text));
	buf_puts(&pair, IDENTITY_NAME);
	buf_puts(&pair, text);
	if (pair.failed)
		b->failed = true;
	else
		wire_stream(b, WIRE_PARAMS, request,
		    (struct slice){pair.data, pair.len});
	buf_free(&pair);
}

size_t
wire_record_bytes(const unsigned char *p, size_t len)
{
	size_t n;

	if (len < WIRE_HEAD_BYTES)
		return 0;
	n = WIRE_HEAD_BYTES + ((size_t)p[4] << 8 | p[5]) + p[6];
	return n <= len ? n : 0;
}

void
wire_look(struct wire_answer *a)
{
	const unsigned char *p;
	size_t len;

	while (!a->is_whole && !a->is_broken && a->at < a->bytes.len) {
		p = (const unsigned char *)a->bytes.data + a->at;
		a->is_broken = p[0] != WIRE_VERSION;
		len = wire_record_bytes(p, a->bytes.len - a->at);
		if (a->is_broken || len == 0)
			return;
		a->at += len;
		a->is_whole = p[1] == WIRE_END;
	}
	if (a->is_whole)
		a->bytes.len = a->at;
}

bool
wire_output(const struct wire_answer *a, size_t *at, struct slice *piece)
{
	const unsigned char *p;

	while (*at < a->bytes.len) {
		p = (const unsigned char *)a->bytes.data + *at;
		*at += wire_record_bytes(p, a->bytes.len - *at);
		piece->p = (const char *)p + WIRE_HEAD_BYTES;
		piece->len = (size_t)p[4] << 8 | p[5];
		if (p[1] == WIRE_STDOUT && piece->len > 0)
			return true;
	}
	return false;
}
