/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>

#include "db/batch.h"
#include "tap.h"

#define EVENT_IN 4711 /* its OID in some database */
#define COLUMNS 20
#define NONE (-1)

/* Reads the array back, as array_recv() and record_recv() do. */
static struct slice rest;

static int
read_int(void)
{
	uint32_t v = 0;

	if (rest.len < sizeof(v))
		return -2;
	memcpy(&v, rest.p, sizeof(v));
	rest.p += sizeof(v);
	rest.len -= sizeof(v);
	return (int)ntohl(v);
}

static struct slice
read_bytes(int len)
{
	struct slice s = {NULL, 0};

	if (len >= 0 && (size_t)len <= rest.len) {
		s = (struct slice){rest.p, (size_t)len};
		rest.p += len;
		rest.len -= (size_t)len;
	}
	return s;
}

static void
check_header(int n)
{
	is_int(read_int(), n > 0, "one dimension, or none");
	is_int(read_int(), 0, "no element is null");
	is_int(read_int(), EVENT_IN, "the type of the elements");
	if (n == 0)
		return;
	is_int(read_int(), n, "how many there are");
	is_int(read_int(), 1, "the first has number 1");
}

static void
check_column(int type, const char *want, int len, const char *name)
{
	struct slice got;

	is_int(read_int(), type, name);
	is_int(read_int(), len, "its length");
	if (len == NONE)
		return;
	got = read_bytes(len);
	ok(got.p != NULL && memcmp(got.p, want, (size_t)len) == 0, "its bytes");
}

static void
check_text(const char *want, const char *name)
{
	check_column(25, want, want == NULL ? NONE : (int)strlen(want), name);
}

static struct origin
an_origin(const char *source)
{
	struct origin from = {.source = source,
	    .integration_id = SLICE("int_x"),
	    .received_at = INT64_C(946684800000001),
	    .remote_addr = SLICE("192.0.2.1")};

	memset(from.token_hash, 7, sizeof(from.token_hash));
	return from;
}

static void
test_create(void)
{
	static const char time[] = "\0\0\0\0\0\0\0\1";
	struct origin from = an_origin("webhook");
	struct event ev = {.from = &from,
	    .type = SLICE("create"),
	    .external_id = SLICE("A\"'\\"),
	    .title = SLICE("T"),
	    .description = SLICE(""),
	    .tags = SLICE("{\"a\"}"),
	    .dedup_keys = SLICE("{}"),
	    .meta = SLICE("{}"),
	    .incident = true,
	    .severity = SLICE("SEV-1"),
	    .flags = EVENT_TRUNCATED | EVENT_META_IGNORED};
	struct batch b = {0};
	int len;

	from.has_token = true;
	memset(&ev.id, 9, sizeof(ev.id));
	batch_begin(&b);
	batch_add(&b, &ev);
	is_int(batch_end(&b), 0, "a batch of one is complete");
	rest = batch_array(&b, EVENT_IN);
	check_header(1);
	len = read_int();
	is_int(len, (int)rest.len, "an element is as long as it says");
	is_int(read_int(), COLUMNS, "all columns");
	check_column(2950, (const char *)ev.id.b, 16, "event_id");
	check_column(1184, time, 8, "received_at, since 2000");
	check_text("webhook", "source");
	check_text("int_x", "integration_id");
	check_column(17, (const char *)from.token_hash, 32, "token_hash");
	check_text("create", "event_type");
	check_text("A\"'\\", "external_id, unquoted");
	check_text("T", "title");
	check_text("", "description, empty and not null");
	check_text(NULL, "urgency");
	check_text("{\"a\"}", "tags");
	check_text("{}", "dedup_keys");
	check_column(3802, "\1{}", 3, "meta, with the version of jsonb");
	check_column(16, "\1", 1, "incident");
	check_text("SEV-1", "incident_severity");
	check_text(NULL, "incident_message");
	check_column(3802, NULL, NONE, "additional_data");
	check_text("{truncated,meta_ignored}", "flags");
	check_text(NULL, "request_id");
	check_text("192.0.2.1", "remote_addr");
	is_int((int)rest.len, 0, "and nothing after it");
	batch_free(&b);
}

/* Which token is sent for an event of source, with or without one. */
static int
token_length(const char *source, bool has_token, bool is_checked)
{
	struct origin from = an_origin(source);
	struct event ev = {.from = &from};
	struct batch b = {0};
	int len = NONE;

	from.has_token = has_token;
	from.is_checked = is_checked;
	batch_begin(&b);
	batch_add(&b, &ev);
	batch_end(&b);
	rest = batch_array(&b, EVENT_IN);
	read_bytes(20 + 8);
	for (int i = 0; i < 5; i++) {
		read_int();
		len = read_int();
		read_bytes(len);
	}
	batch_free(&b);
	return len;
}

static void
test_token(void)
{
	is_int(token_length("webhook", true, false), 32, "a token's hash");
	is_int(token_length("webhook", false, false), NONE, "none is null");
	is_int(token_length("spool", true, false), 32, "a spooled one's hash");
	is_int(token_length("spool", false, false), 0,
	    "from the spool none is empty, so that the database asks");
	is_int(token_length("spool", false, true), NONE,
	    "but null for an event that was checked when it was spooled");
}

static void
test_many(void)
{
	struct origin from = an_origin("webhook");
	struct event ev = {.from = &from, .type = SLICE("resolve")};
	struct batch b = {0};
	int found = 0;

	batch_begin(&b);
	is_int(batch_end(&b), 0, "an empty batch is complete");
	rest = batch_array(&b, EVENT_IN);
	check_header(0);
	batch_begin(&b);
	for (int i = 0; i < BATCH_EVENTS_MAX; i++) {
		ev.id.b[0] = (unsigned char)i;
		batch_add(&b, &ev);
	}
	is_int(batch_end(&b), 0, "a full batch is complete");
	rest = batch_array(&b, EVENT_IN);
	check_header(BATCH_EVENTS_MAX);
	for (; rest.len > 0; found++) {
		struct slice element = read_bytes(read_int());

		if (element.p == NULL ||
		    (unsigned char)element.p[12] != found ||
		    b.ids[found].b[0] != found)
			break;
	}
	is_int(found, BATCH_EVENTS_MAX, "its events are in their order");
	batch_begin(&b);
	b.array.max = 50;
	batch_add(&b, &ev);
	is_int(batch_end(&b), -1, "without memory a batch is not complete");
	batch_free(&b);
}

int
main(void)
{
	test_create();
	test_token();
	test_many();
	return done_testing();
}
