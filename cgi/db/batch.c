/* SPDX-License-Identifier: ISC */
#include "db/batch.h"

#include <arpa/inet.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * The binary form of an array, as array_send() in PostgreSQL writes it: the
 * number of dimensions, whether there are nulls, the type of the elements,
 * for each dimension its length and lower bound; then each element's length
 * (-1 = null) and bytes.  Integers in network byte order.
 */
#define HEADER_BYTES 20
#define COLUMN_BYTES_MAX (64 * 1024 * 1024)
#define JSONB_VERSION "\001"

/* Seconds from 1970 to 2000, PostgreSQL's own epoch. */
#define PG_EPOCH_S INT64_C(946684800)

/* From pg_type.dat: the OIDs of these types never change. */
enum {
	BOOL = 16,
	BYTEA = 17,
	TEXT = 25,
	TIMESTAMPTZ = 1184,
	UUID = 2950,
	JSONB = 3802
};

static const struct {
	unsigned element;
	unsigned array;
} columns[BATCH_COLUMNS] = {
    {UUID, 2951}, /* event_id */
    {TIMESTAMPTZ, 1185}, /* received_at */
    {TEXT, 1009}, /* source */
    {TEXT, 1009}, /* integration_id */
    {BYTEA, 1001}, /* token_hash */
    {TEXT, 1009}, /* event_type */
    {TEXT, 1009}, /* external_id */
    {TEXT, 1009}, /* title */
    {TEXT, 1009}, /* description */
    {TEXT, 1009}, /* urgency */
    {TEXT, 1009}, /* tags */
    {TEXT, 1009}, /* dedup_keys */
    {JSONB, 3807}, /* meta */
    {BOOL, 1000}, /* incident */
    {TEXT, 1009}, /* incident_severity */
    {TEXT, 1009}, /* incident_message */
    {JSONB, 3807}, /* additional_data */
    {TEXT, 1009}, /* flags */
    {TEXT, 1009}, /* request_id */
    {TEXT, 1009}, /* remote_addr */
};

unsigned
batch_type(size_t column)
{
	return columns[column].array;
}

static void
add_u32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_append(b, &v, sizeof(v));
}

/* A NULL at p is an SQL null. */
static void
add(struct buf *b, const void *p, size_t len)
{
	add_u32(b, p == NULL ? UINT32_MAX : (uint32_t)len);
	if (p != NULL)
		buf_append(b, p, len);
}

static void
add_text(struct buf *b, struct slice s)
{
	add(b, s.p, s.len);
}

static void
add_jsonb(struct buf *b, struct slice s)
{
	if (s.p == NULL) {
		add(b, NULL, 0);
		return;
	}
	add_u32(b, (uint32_t)s.len + 1);
	buf_append(b, JSONB_VERSION, 1);
	buf_append(b, s.p, s.len);
}

static void
add_time(struct buf *b, int64_t wall_us)
{
	uint64_t t = (uint64_t)(wall_us - PG_EPOCH_S * 1000000);

	add_u32(b, sizeof(t));
	add_u32(b, (uint32_t)(t >> 32));
	add_u32(b, (uint32_t)t);
}

static void
set_u32(struct buf *b, size_t at, uint32_t v)
{
	v = htonl(v);
	memcpy(b->data + at, &v, sizeof(v));
}

/* As an array literal; labels need no quotes. */
static void
add_flags(struct buf *b, unsigned flags)
{
	size_t at = b->len;
	const char *label;

	add_u32(b, 0);
	buf_append(b, "{", 1);
	for (unsigned bit = 1; flags >= bit; bit <<= 1) {
		label = event_flag_label(bit);
		if ((flags & bit) == 0 || label == NULL)
			continue;
		if (b->len > at + sizeof(uint32_t) + 1)
			buf_append(b, ",", 1);
		buf_puts(b, label);
	}
	buf_append(b, "}", 1);
	if (!b->failed)
		set_u32(b, at, (uint32_t)(b->len - at - sizeof(uint32_t)));
}

/*
 * Null for a sender without a token.  From the spool that is empty instead,
 * since null there tells the database not to ask.
 */
static void
add_token(struct buf *b, const struct origin *from)
{
	bool is_judged =
	    strcmp(from->source, "spool") == 0 && !from->is_checked;

	if (from->has_token)
		add(b, from->token_hash, DIGEST_BYTES);
	else
		add(b, is_judged ? "" : NULL, 0);
}

void
batch_begin(struct batch *b)
{
	static const char header[HEADER_BYTES];

	b->n = 0;
	for (size_t i = 0; i < BATCH_COLUMNS; i++) {
		buf_reset(&b->columns[i]);
		b->columns[i].max = COLUMN_BYTES_MAX;
		buf_append(&b->columns[i], header, sizeof(header));
	}
}

void
batch_add(struct batch *b, const struct event *ev)
{
	const struct origin *from = ev->from;
	struct buf *c = b->columns;

	add(c++, ev->id.b, sizeof(ev->id.b));
	add_time(c++, from->received_at);
	add(c++, from->source, strlen(from->source));
	add_text(c++, from->integration_id);
	add_token(c++, from);
	add_text(c++, ev->type);
	add_text(c++, ev->external_id);
	add_text(c++, ev->title);
	add_text(c++, ev->description);
	add_text(c++, ev->urgency);
	add_text(c++, ev->tags);
	add_text(c++, ev->dedup_keys);
	add_jsonb(c++, ev->meta);
	add(c++, ev->incident ? "\001" : "", 1);
	add_text(c++, ev->severity);
	add_text(c++, ev->message);
	add_jsonb(c++, ev->additional);
	add_flags(c++, ev->flags);
	add_text(c++, from->request_id);
	add_text(c++, from->remote_addr);
	b->ids[b->n++] = ev->id;
}

int
batch_end(struct batch *b)
{
	for (size_t i = 0; i < BATCH_COLUMNS; i++) {
		struct buf *c = &b->columns[i];

		if (c->failed)
			return -1;
		set_u32(c, 0, 1);
		set_u32(c, 4, 1);
		set_u32(c, 8, columns[i].element);
		set_u32(c, 12, (uint32_t)b->n);
		set_u32(c, 16, 1);
	}
	return 0;
}

void
batch_free(struct batch *b)
{
	for (size_t i = 0; i < BATCH_COLUMNS; i++)
		buf_free(&b->columns[i]);
}
