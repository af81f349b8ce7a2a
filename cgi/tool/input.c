/* SPDX-License-Identifier: ISC */
#include "tool/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tool/session.h"

#define PIECE_BYTES 4096

int
input_read(struct buf *b, const char *path, size_t max, const char *what)
{
	FILE *in =
	    path == NULL || strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	size_t n = 1, room;
	int result = -1;
	char *p;

	b->max = max + 1;
	while (in != NULL && n > 0 && b->len < b->max) {
		room = b->max - b->len < PIECE_BYTES ? b->max - b->len
						     : PIECE_BYTES;
		p = buf_reserve(b, room);
		if (p == NULL)
			break;
		n = fread(p, 1, room, in);
		b->len += n;
	}
	if (in == NULL || ferror(in))
		session_say("could not read \"%s\": %s",
		    path == NULL ? "standard input" : path, strerror(errno));
	else if (b->failed)
		session_say("out of memory");
	else if (b->len > max)
		session_say("%s is over %zu bytes long", what, max);
	else
		result = 0;
	if (in != NULL && in != stdin)
		fclose(in);
	return result;
}
