/* SPDX-License-Identifier: ISC */
#include "spool/record.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "spool/line.h"

#define HEX_BYTES ((size_t)DIGEST_HEX_BYTES - 1)

static const struct slice magic = {"tocsin spool 2\n", 15};
static const struct slice magic_1 = {"tocsin spool 1\n", 15};
static const struct slice trailer = {"\nEND\n", 5};

/* Over the lines above the checksum, and the body. */
static void
checksum(struct slice head, struct slice body, char hex[DIGEST_HEX_BYTES])
{
	unsigned char part[2 * DIGEST_BYTES], sum[DIGEST_BYTES];

	digest_sha256(head.p, head.len, part);
	digest_sha256(body.p, body.len, part + DIGEST_BYTES);
	digest_sha256(part, sizeof(part), sum);
	digest_hex(sum, hex);
}

void
record_write(struct buf *b, const struct event *ev, struct slice database)
{
	const struct origin *from = ev->from;
	char id[UUID_TEXT_BYTES], hex[DIGEST_HEX_BYTES];
	size_t start = b->len;

	uuid_format(&ev->id, id);
	buf_append(b, magic.p, magic.len);
	buf_printf(b, "event-id: %s\n", id);
	line_write(b, "database", database);
	line_write(b, "integration", from->integration_id);
	if (from->has_token) {
		digest_hex(from->token_hash, hex);
		line_write(b, "token-sha256", (struct slice){hex, HEX_BYTES});
	}
	buf_printf(b, "received-at: %" PRId64 "\n", from->received_at);
	line_write(b, "remote-addr", from->remote_addr);
	line_write(b, "request-id", from->request_id);
	if (from->hops > 0)
		buf_printf(b, "hops: %" PRId64 "\n", from->hops);
	buf_printf(b, "length: %zu\n", ev->raw.len);
	if (b->failed)
		return;
	checksum((struct slice){b->data + start, b->len - start}, ev->raw, hex);
	buf_printf(b, "sha256: %s\n\n", hex);
	buf_append(b, ev->raw.p, ev->raw.len);
	buf_append(b, trailer.p, trailer.len);
}

/* The lines that say where the event comes from.  False: one is damaged. */
static bool
read_origin(struct slice *in, struct origin *from, bool is_first_version)
{
	struct slice hash = {NULL, 0};
	struct uuid database;

	from->is_checked = is_first_version;
	if (!is_first_version)
		from->database = line_take(in, "database");
	from->integration_id = line_take(in, "integration");
	if (!is_first_version)
		hash = line_take(in, "token-sha256");
	from->has_token = hash.p != NULL;
	if (from->has_token &&
	    digest_from_hex(from->token_hash, hash.p, hash.len) == -1)
		return false;
	from->received_at = slice_number(line_take(in, "received-at"));
	from->remote_addr = line_take(in, "remote-addr");
	from->request_id = line_take(in, "request-id");
	from->hops = slice_number(line_take(in, "hops"));
	return from->integration_id.p != NULL && from->received_at != -1 &&
	    (is_first_version ||
		(from->database.p != NULL &&
		    uuid_parse(&database, from->database.p,
			from->database.len) == 0));
}

/* Header and checksum; what is left in *in is the body. */
static const char *
read_header(struct slice *in, struct origin *from, struct event *ev)
{
	struct slice all = *in, id, sum, head;
	bool is_first_version = line_take_text(in, magic_1), is_whole;
	char hex[DIGEST_HEX_BYTES];
	int64_t len;

	if (!is_first_version && !line_take_text(in, magic))
		return "does not begin as a record of version 1 or 2";
	id = line_take(in, "event-id");
	is_whole = read_origin(in, from, is_first_version);
	len = slice_number(line_take(in, "length"));
	head = (struct slice){all.p, (size_t)(in->p - all.p)};
	sum = line_take(in, "sha256");
	if (!is_whole || id.p == NULL ||
	    uuid_parse(&ev->id, id.p, id.len) == -1 || sum.len != HEX_BYTES ||
	    !line_take_text(in, SLICE("\n")))
		return "a line of the header is missing or damaged";
	if (len < 0 || in->len != (size_t)len + trailer.len ||
	    memcmp(in->p + len, trailer.p, trailer.len) != 0)
		return "it is not as long as its header says";
	in->len = (size_t)len;
	checksum(head, *in, hex);
	if (memcmp(sum.p, hex, HEX_BYTES) != 0)
		return "the checksum does not fit";
	return NULL;
}

enum outcome
record_read(struct buf *b, struct origin *from, struct event *ev,
    struct json_list *scratch, const char **why)
{
	struct slice in = {b->data, b->len};
	struct json_value top;
	struct fault fault;
	enum outcome res;
	size_t at;

	memset(from, 0, sizeof(*from));
	memset(ev, 0, sizeof(*ev));
	from->source = "spool";
	ev->from = from;
	*why = read_header(&in, from, ev);
	if (*why != NULL)
		return OUTCOME_BAD_JSON;
	res = json_scan(&top, b->data + (in.p - b->data), in.len, why, &at);
	if (res != OUTCOME_OK)
		return res;
	if (top.type != JSON_OBJECT) {
		*why = "the body is not a JSON object";
		return OUTCOME_INVALID;
	}
	res = event_parse(ev, top.text, scratch, &fault);
	if (res == OUTCOME_INVALID || res == OUTCOME_BAD_JSON)
		*why = fault.detail;
	return res;
}
