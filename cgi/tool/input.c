/* SPDX-License-Identifier: ISC */
#include "tool/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tool/session.h"

#define PIECE_BYTES 4096

static int
read_stream(struct buf *b, FILE *in, const char *name, const char *what)
{
	size_t n = 1, room;
	char *p;

	while (n > 0 && b->len < b->max) {
		room = b->max - b->len < PIECE_BYTES ? b->max - b->len
						     : PIECE_BYTES;
		p = buf_reserve(b, room);
		if (p == NULL)
			break;
		n = fread(p, 1, room, in);
		b->len += n;
	}
	if (ferror(in))
		session_say("could not read \"%s\": %s", name, strerror(errno));
	else if (b->failed)
		session_say("out of memory");
	else if (b->len == b->max)
		session_say("%s is over %zu bytes long", what, b->max - 1);
	else
		return 0;
	return -1;
}

int
input_read(struct buf *b, const char *path, size_t max, const char *what)
{
	FILE *in;
	int result;

	b->max = max + 1;
	if (path == NULL || strcmp(path, "-") == 0)
		return read_stream(b, stdin, "standard input", what);
	in = fopen(path, "r");
	if (in == NULL) {
		session_say("could not read \"%s\": %s", path, strerror(errno));
		return -1;
	}
	result = read_stream(b, in, path, what);
	fclose(in);
	return result;
}
