/* SPDX-License-Identifier: ISC */
#include "spool/record.h"

#include "spool/spool_fixture.h"

static struct json_list scratch;

/* Read the len bytes at p, in a buffer of just that size. */
static enum outcome
read_bytes(const char *p, size_t len, struct origin *from, struct event *ev,
    const char **why)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	enum outcome res;

	buf_append(&b, p, len);
	res = record_read(&b, from, ev, &scratch, why);
	if (res == OUTCOME_OK)
		event_free(ev);
	buf_free(&b);
	return res;
}

static void
test_round_trip(void)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	struct event ev = make_event("r-1"), back;
	struct origin from;
	const char *why = "";

	origin.request_id = SLICE("4711");
	record_write(&b, &ev, SLICE(DATABASE));
	ok(!b.failed, "a record is written");
	is_int(record_read(&b, &from, &back, &scratch, &why), OUTCOME_OK,
	    "and read");
	ok(memcmp(&ev.id, &back.id, sizeof(ev.id)) == 0, "with its id");
	is_int(from.received_at, NOW_US, "and when it was received");
	is_str(from.source, "spool", "it comes from the spool");
	ok(!from.has_token && !from.is_checked,
	    "of a sender without a token, who is to be judged");
	is_bytes(from.database.p, from.database.len, DATABASE,
	    "for the same database");
	is_bytes(from.integration_id.p, from.integration_id.len, "int_fixture",
	    "for the same integration");
	is_bytes(from.remote_addr.p, from.remote_addr.len, "192.0.2.7",
	    "from the same address");
	is_bytes(from.request_id.p, from.request_id.len, "4711",
	    "with the same request id");
	is_bytes(back.external_id.p, back.external_id.len, "r-1",
	    "the event is the same");
	ok(slice_equal(ev.raw, back.raw), "to the byte");
	event_free(&back);
	buf_free(&b);
	origin.request_id = (struct slice){NULL, 0};
}

/* The hash of the token is kept, and never the token. */
static void
test_token(void)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	struct event ev = make_event("t-1"), back;
	struct origin with = origin, from;
	const char *why = "";

	with.has_token = true;
	digest_sha256("secret", 6, with.token_hash);
	ev.from = &with;
	record_write(&b, &ev, SLICE(DATABASE));
	is_int(record_read(&b, &from, &back, &scratch, &why), OUTCOME_OK,
	    "a record of a sender with a token is read");
	ok(from.has_token && digest_equal(from.token_hash, with.token_hash),
	    "with the hash of it");
	ok(memmem(b.data, b.len, "secret", 6) == NULL, "but not the token");
	event_free(&back);
	buf_free(&b);
}

/* Through how many tocsins an event came is kept with it. */
static void
test_hops(void)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	struct event ev = make_event("h-1"), back;
	struct origin with = origin, from;
	const char *why = "";

	with.hops = 2;
	ev.from = &with;
	record_write(&b, &ev, SLICE(DATABASE));
	is_int(record_read(&b, &from, &back, &scratch, &why), OUTCOME_OK,
	    "a record of an event that was sent on is read");
	is_int(from.hops, 2, "with its hops");
	is_int(back.flags, EVENT_HOPS_2, "and the event is flagged again");
	event_free(&back);
	buf_free(&b);
}

/* The head of a record of the version before, and its body. */
static const char version_1[] =
    "tocsin spool 1\n"
    "event-id: 0198f6a1-0000-7000-8000-000000000001\n"
    "integration: int_old\n"
    "received-at: 1767225600123456\n"
    "remote-addr: 192.0.2.7\n"
    "length: 55\n";
static const char version_1_body[] =
    "{\"event_type\":\"create\",\"Id\":\"old\",\"Title\":\"An old one\"}";

static void
test_version_1(void)
{
	unsigned char part[2 * DIGEST_BYTES], sum[DIGEST_BYTES];
	struct buf b = {.max = RECORD_BYTES_MAX};
	char hex[DIGEST_HEX_BYTES];
	const char *why = "";
	struct origin from;
	struct event back;

	digest_sha256(version_1, strlen(version_1), part);
	digest_sha256(version_1_body, strlen(version_1_body),
	    part + DIGEST_BYTES);
	digest_sha256(part, sizeof(part), sum);
	digest_hex(sum, hex);
	buf_printf(&b, "%ssha256: %s\n\n%s\nEND\n", version_1, hex,
	    version_1_body);
	is_int(record_read(&b, &from, &back, &scratch, &why), OUTCOME_OK,
	    "a record of the version before is read");
	ok(from.is_checked && !from.has_token,
	    "and speaks for its sender itself");
	ok(from.database.p == NULL, "for a database that it does not name");
	is_bytes(from.integration_id.p, from.integration_id.len, "int_old",
	    "of the integration it says");
	event_free(&back);
	buf_free(&b);
}

static void
test_absent_lines(void)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	struct origin bare = {.source = "webhook",
			  .integration_id = SLICE("int_fixture"),
			  .received_at = 1},
		      from;
	struct event ev = make_event("r-2"), back;
	const char *why = "";

	ev.from = &bare;
	record_write(&b, &ev, SLICE(DATABASE));
	is_int(record_read(&b, &from, &back, &scratch, &why), OUTCOME_OK,
	    "a record without address and request id is read");
	ok(from.remote_addr.p == NULL && from.request_id.p == NULL,
	    "and they are absent");
	event_free(&back);
	buf_free(&b);
}

/* Every bit of the record stands under its checksum or is checked. */
static void
test_damage(void)
{
	struct buf b = {.max = RECORD_BYTES_MAX};
	struct event ev = make_event("damage"), back;
	struct origin with = origin, from;
	size_t flipped = 0, cut = 0, reasons = 0;
	const char *why;

	with.has_token = true;
	ev.from = &with;
	record_write(&b, &ev, SLICE(DATABASE));
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		why = NULL;
		flipped += read_bytes(b.data, b.len, &from, &back, &why) ==
		    OUTCOME_BAD_JSON;
		reasons += why != NULL;
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	is_int((long long)flipped, (long long)b.len * 8,
	    "a single bit that is wrong is noticed, wherever it is");
	is_int((long long)reasons, (long long)b.len * 8, "and said why");
	for (size_t len = 0; len < b.len; len++)
		cut += read_bytes(b.data, len, &from, &back, &why) ==
		    OUTCOME_BAD_JSON;
	is_int((long long)cut, (long long)b.len, "and so is every missing end");
	buf_append(&b, "\n", 1);
	is_int(read_bytes(b.data, b.len, &from, &back, &why), OUTCOME_BAD_JSON,
	    "and a byte too many");
	buf_free(&b);
}

/* A whole record of what is no event. */
static void
test_no_event(void)
{
	static const char *const bodies[] = {"[]", "null", "{}",
	    "{\"event_type\":\"open\"}", "not JSON", ""};
	struct event ev = make_event("x"), back;
	struct origin from;
	const char *why;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct buf b = {.max = RECORD_BYTES_MAX};
		enum outcome res;

		ev.raw = (struct slice){bodies[i], strlen(bodies[i])};
		record_write(&b, &ev, SLICE(DATABASE));
		why = NULL;
		res = read_bytes(b.data, b.len, &from, &back, &why);
		ok((res == OUTCOME_INVALID || res == OUTCOME_BAD_JSON) &&
			why != NULL,
		    "a sound record of what is no event is told as such");
		buf_free(&b);
	}
}

int
main(void)
{
	test_round_trip();
	test_token();
	test_hops();
	test_version_1();
	test_absent_lines();
	test_damage();
	test_no_event();
	json_list_free(&scratch);
	return done_testing();
}
