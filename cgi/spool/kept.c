/* SPDX-License-Identifier: ISC */
#include "spool/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spool/line.h"

#define HEX_BYTES ((size_t)DIGEST_HEX_BYTES - 1)
#define VALUE_MAX_BYTES 4096 /* of a line; a longer value is left out */

static const struct slice magic = {"tocsin refused 1\n", 17};
static const struct slice trailer = {"\nEND\n", 5};

/* Append a line of any bytes. */
static void
write_text(struct buf *b, const char *name, struct slice value)
{
	char text[VALUE_MAX_BYTES];

	if (value.len == 0 || value.len > sizeof(text))
		return;
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.p[i];

		text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	line_write(b, name, (struct slice){text, value.len});
}

static void
write_number(struct buf *b, const char *name, int64_t n)
{
	if (n >= 0)
		buf_printf(b, "%s: %" PRId64 "\n", name, n);
}

/* The items are the longest line: up to 5000 numbers. */
static void
write_verdict(struct buf *b, const struct kept *k)
{
	write_number(b, "status", k->status);
	write_text(b, "reason", k->reason);
	write_text(b, "pointer", k->pointer);
	write_text(b, "detail", k->detail);
	line_write(b, "items", k->items);
	write_number(b, "sent", k->sent);
}

void
kept_write(struct buf *b, const struct kept *k)
{
	char text[IDENTITY_TEXT_BYTES], hex[DIGEST_HEX_BYTES];
	struct identity id = k->identity;

	/* Leave out what holds for this attempt only. */
	id.deadline = 0;
	id.settings = 0;
	identity_format(&id, text);
	buf_append(b, magic.p, magic.len);
	line_write(b, "identity", slice_of(text));
	write_text(b, "integration", k->integration);
	if (k->has_token) {
		digest_hex(k->token_hash, hex);
		line_write(b, "token-sha256", (struct slice){hex, HEX_BYTES});
	}
	write_text(b, "dialect", k->dialect);
	write_text(b, "method", k->method);
	write_text(b, "path", k->path);
	write_text(b, "query", k->query);
	write_text(b, "content-type", k->content_type);
	write_text(b, "content-encoding", k->content_encoding);
	buf_append(b, k->headers.p, k->headers.len);
	write_text(b, "remote-addr", k->remote_addr);
	write_text(b, "request-id", k->request_id);
	write_verdict(b, k);
	write_number(b, "kept", (int64_t)k->body.len);
	buf_puts(b, "\n");
	buf_append(b, k->body.p, k->body.len);
	buf_append(b, trailer.p, trailer.len);
}

char *
kept_body(struct buf *b, const struct kept *k)
{
	return b->data + b->len - trailer.len - k->body.len;
}

/* Read the lines about the request.  False: one is damaged. */
static bool
read_request(struct slice *in, struct kept *k)
{
	struct slice id = line_take(in, "identity"), hash;
	char text[IDENTITY_TEXT_BYTES];

	snprintf(text, sizeof(text), "%.*s", (int)id.len,
	    id.p == NULL ? "" : id.p);
	k->integration = line_take(in, "integration");
	hash = line_take(in, "token-sha256");
	k->has_token = hash.p != NULL;
	k->dialect = line_take(in, "dialect");
	k->method = line_take(in, "method");
	k->path = line_take(in, "path");
	k->query = line_take(in, "query");
	k->content_type = line_take(in, "content-type");
	k->content_encoding = line_take(in, "content-encoding");
	k->headers.p = in->p;
	while (line_take(in, "header").p != NULL)
		;
	k->headers.len = (size_t)(in->p - k->headers.p);
	k->remote_addr = line_take(in, "remote-addr");
	k->request_id = line_take(in, "request-id");
	return identity_parse(&k->identity, text) == 0 &&
	    k->integration.p != NULL && k->method.p != NULL &&
	    (!k->has_token ||
		digest_from_hex(k->token_hash, hash.p, hash.len) == 0);
}

/* Read what was wrong with it. */
static bool
read_verdict(struct slice *in, struct kept *k)
{
	struct slice status = line_take(in, "status"), size;

	k->status = (int)slice_number(status);
	k->reason = line_take(in, "reason");
	k->pointer = line_take(in, "pointer");
	k->detail = line_take(in, "detail");
	k->items = line_take(in, "items");
	k->sent = slice_number(line_take(in, "sent"));
	size = line_take(in, "kept");
	k->size = (size_t)slice_number(size);
	return status.len == 3 && k->status > 0 && k->reason.p != NULL &&
	    slice_number(size) >= 0 && line_take_text(in, SLICE("\n"));
}

bool
kept_read(struct slice text, bool head, struct kept *k)
{
	struct slice in = text;

	memset(k, 0, sizeof(*k));
	if (!line_take_text(&in, magic) || !read_request(&in, k) ||
	    !read_verdict(&in, k))
		return false;
	if (head)
		return true;
	if (in.len != k->size + trailer.len ||
	    memcmp(in.p + k->size, trailer.p, trailer.len) != 0)
		return false;
	k->body = (struct slice){in.p, k->size};
	return true;
}

void
kept_id(const struct kept *k, char id[UUID_TEXT_BYTES])
{
	struct uuid u;

	identity_event(&k->identity, 0, &u);
	uuid_format(&u, id);
}

struct slice
kept_dialect(const struct kept *k)
{
	return k->dialect.p == NULL ? SLICE("pagertree") : k->dialect;
}

bool
kept_is_whole(const struct kept *k)
{
	return k->sent == (int64_t)k->size;
}

/* Take a number and the space before the next one; -1 at the end. */
static int64_t
next_number(struct slice *list)
{
	const char *space =
	    list->len == 0 ? NULL : memchr(list->p, ' ', list->len);
	struct slice word = *list;

	if (space != NULL)
		word.len = (size_t)(space - word.p);
	list->p += word.len + (space != NULL);
	list->len -= word.len + (space != NULL);
	return slice_number(word);
}

int
kept_was_refused(const struct kept *k, size_t n, size_t events)
{
	struct slice list = k->items;
	int64_t i;

	if (list.p == NULL)
		return 1;
	if (next_number(&list) != (int64_t)events)
		return -1;
	while ((i = next_number(&list)) >= 0)
		if (i == (int64_t)n)
			return 1;
	return 0;
}
