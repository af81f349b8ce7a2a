/* SPDX-License-Identifier: ISC */
#include "door/wire.h"

#include <stdlib.h>

#include "tap.h"

#define MAX_BYTES (1024 * 1024)

static void
test_records(void)
{
	struct buf b = {.max = MAX_BYTES};
	static char big[2 * WIRE_CONTENT_MAX + 10];

	wire_begin(&b, 0x102, false);
	ok(b.len == 16 &&
		memcmp(b.data, "\1\1\1\2\0\10\0\0\0\1\0\0\0\0\0\0", 16) == 0,
	    "a request begins for a responder, and keeps no connection");
	buf_reset(&b);
	wire_stream(&b, WIRE_STDIN, 1, SLICE("abc"));
	wire_end_stream(&b, WIRE_STDIN, 1);
	ok(b.len == 19 &&
		memcmp(b.data, "\1\5\0\1\0\3\0\0abc\1\5\0\1\0\0\0\0", 19) == 0,
	    "a stream is a record and an empty one");
	buf_reset(&b);
	wire_stream(&b, WIRE_STDIN, 1, (struct slice){NULL, 0});
	is_int((long long)b.len, 0, "nothing is no record, which would end it");
	wire_stream(&b, WIRE_STDIN, 1, (struct slice){big, sizeof(big)});
	is_int((long long)b.len, (long long)sizeof(big) + 24,
	    "what is too long for two records is three");
	buf_free(&b);
}

static void
test_pairs(void)
{
	struct buf b = {.max = MAX_BYTES};
	char variable[400] = "N=";

	wire_pair(&b, "NAME=a=b");
	is_bytes(b.data, b.len, "\4\3NAMEa=b", "a pair has two lengths");
	buf_reset(&b);
	wire_pair(&b, "NAME");
	wire_pair(&b, "");
	is_int((long long)b.len, 0, "what is no variable is no pair");
	wire_pair(&b, "EMPTY=");
	ok(b.len == 7 && memcmp(b.data, "\5\0EMPTY", 7) == 0,
	    "an empty value is one");
	buf_reset(&b);
	memset(variable + 2, 'x', 127);
	wire_pair(&b, variable);
	is_int((unsigned char)b.data[1], 127, "127 bytes have a short length");
	buf_reset(&b);
	memset(variable + 2, 'x', 300);
	wire_pair(&b, variable);
	ok(b.len == 306 && memcmp(b.data, "\1\200\0\1\54Nxxx", 9) == 0,
	    "300 bytes a long one");
	buf_free(&b);
}

static void
test_identity(void)
{
	struct identity id = {1, 2, 3, 4, {5}};
	char text[IDENTITY_TEXT_BYTES];
	struct buf b = {.max = MAX_BYTES};

	wire_identity(&b, 1, &id);
	identity_format(&id, text);
	is_int(b.data[1], WIRE_PARAMS, "an identity is a parameter");
	is_bytes(b.data + 10, sizeof(IDENTITY_NAME) - 1, IDENTITY_NAME,
	    "of its name");
	is_bytes(b.data + 10 + sizeof(IDENTITY_NAME) - 1, strlen(text), text,
	    "with its text");
	buf_free(&b);
}

/* Fill b with an answer: two pieces with other records between, and an end. */
static void
write_answer(struct buf *b)
{
	wire_stream(b, WIRE_STDOUT, 1, SLICE("Status: 200 OK\r\n"));
	wire_stream(b, 7, 1, SLICE("an error"));
	wire_end_stream(b, 7, 1);
	/* With padding. */
	buf_append(b, "\1\6\0\1\0\2\3\0\r\nPAD", 13);
	wire_end_stream(b, WIRE_STDOUT, 1);
	wire_end_request(b, 1);
}

static void
test_answer(void)
{
	struct buf sent = {.max = MAX_BYTES}, text = {.max = MAX_BYTES};
	struct wire_answer a = {.bytes = {.max = MAX_BYTES}};
	struct slice piece;
	bool early = false;
	size_t at = 0;

	write_answer(&sent);
	for (size_t i = 0; i < sent.len; i++) {
		early |= a.is_whole;
		buf_append(&a.bytes, sent.data + i, 1);
		wire_look(&a);
	}
	ok(!early, "an answer is not whole before its last byte");
	ok(a.is_whole && !a.is_broken, "and then it is, however it comes");
	while (wire_output(&a, &at, &piece))
		buf_append(&text, piece.p, piece.len);
	is_bytes(text.data, text.len, "Status: 200 OK\r\n\r\n",
	    "its output is what the program wrote");
	buf_append(&a.bytes, "more", 4);
	wire_look(&a);
	is_int((long long)a.bytes.len, (long long)sent.len,
	    "what follows is no part of it");
	buf_free(&a.bytes);
	a = (struct wire_answer){.bytes = {.max = MAX_BYTES}};
	buf_append(&a.bytes, "HTTP/1.1 200 OK", 15);
	wire_look(&a);
	ok(a.is_broken && !a.is_whole, "other bytes are no answer");
	buf_free(&a.bytes);
	buf_free(&sent);
	buf_free(&text);
}

int
main(void)
{
	test_records();
	test_pairs();
	test_identity();
	test_answer();
	return done_testing();
}
