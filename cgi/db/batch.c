/* SPDX-License-Identifier: ISC */
#include "db/batch.h"

#include <arpa/inet.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The binary form of an array, as array_send() in PostgreSQL writes it: the
 * number of dimensions, whether there are nulls, the type of the elements,
 * for each dimension its length and lower bound; then each element's length
 * and bytes.  An element is a record, as record_send() writes it: the number
 * of its columns; then each column's type, length (-1 = null) and bytes.
 * Integers in network byte order.
 */
#define HEADER_BYTES 20
#define TYPE_AT 8
#define ARRAY_BYTES_MAX (512 * 1024 * 1024)
#define ARRAY_KEPT_BYTES (512 * 1024) /* from batch to batch */
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

static void
add_u32(struct buf *b, uint32_t v)
{
	v = htonl(v);
	buf_append(b, &v, sizeof(v));
}

static void
set_u32(struct buf *b, size_t at, uint32_t v)
{
	v = htonl(v);
	memcpy(b->data + at, &v, sizeof(v));
}

/* Append length and bytes; p == NULL is an SQL null. */
static void
add(struct buf *b, const void *p, size_t len)
{
	add_u32(b, p == NULL ? UINT32_MAX : (uint32_t)len);
	if (p != NULL)
		buf_append(b, p, len);
}

static void
add_uuid(struct buf *b, const void *field)
{
	add(b, field, sizeof(struct uuid));
}

static void
add_time(struct buf *b, const void *field)
{
	const int64_t *wall_us = field;
	uint64_t t = (uint64_t)(*wall_us - PG_EPOCH_S * 1000000);

	add_u32(b, sizeof(t));
	add_u32(b, (uint32_t)(t >> 32));
	add_u32(b, (uint32_t)t);
}

static void
add_string(struct buf *b, const void *field)
{
	const char *const *s = field;

	add(b, *s, strlen(*s));
}

static void
add_text(struct buf *b, const void *field)
{
	const struct slice *s = field;

	add(b, s->p, s->len);
}

static void
add_jsonb(struct buf *b, const void *field)
{
	const struct slice *s = field;

	if (s->p == NULL) {
		add(b, NULL, 0);
		return;
	}
	add_u32(b, (uint32_t)s->len + 1);
	buf_append(b, JSONB_VERSION, 1);
	buf_append(b, s->p, s->len);
}

static void
add_bool(struct buf *b, const void *field)
{
	const bool *is_true = field;

	add(b, *is_true ? "\001" : "", 1);
}

/* Append as an array literal; labels need no quotes. */
static void
add_flags(struct buf *b, const void *field)
{
	const unsigned *flags = field;
	size_t at = b->len;
	const char *label;

	add_u32(b, 0);
	buf_append(b, "{", 1);
	for (unsigned bit = 1; *flags >= bit; bit <<= 1) {
		label = event_flag_label(bit);
		if ((*flags & bit) == 0 || label == NULL)
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
 * Append the hash of the sender's token.  Without a token it is null, but empty
 * for an event of the spool whose sender the database must still judge, which
 * null would prevent.
 */
static void
add_token(struct buf *b, const void *field)
{
	const struct origin *from = field;
	bool is_judged =
	    strcmp(from->source, "spool") == 0 && !from->is_checked;

	if (from->has_token)
		add(b, from->token_hash, DIGEST_BYTES);
	else
		add(b, is_judged ? "" : NULL, 0);
}

#define EVENT(member) false, offsetof(struct event, member)
#define ORIGIN(member) true, offsetof(struct origin, member)
#define WHOLE_ORIGIN true, 0

/*
 * The columns of tocsin_api.event_in, in their order, which
 * tests/lint/drift.sh compares.
 */
static const struct {
	uint32_t type;
	bool of_origin; /* the field is in ev->from, else in ev */
	size_t at;
	void (*add)(struct buf *b, const void *field);
} columns[] = {
    {UUID, EVENT(id), add_uuid}, /* event_id */
    {TIMESTAMPTZ, ORIGIN(received_at), add_time}, /* received_at */
    {TEXT, ORIGIN(source), add_string}, /* source */
    {TEXT, ORIGIN(integration_id), add_text}, /* integration_id */
    {BYTEA, WHOLE_ORIGIN, add_token}, /* token_hash */
    {TEXT, EVENT(type), add_text}, /* event_type */
    {TEXT, EVENT(external_id), add_text}, /* external_id */
    {TEXT, EVENT(title), add_text}, /* title */
    {TEXT, EVENT(description), add_text}, /* description */
    {TEXT, EVENT(urgency), add_text}, /* urgency */
    {TEXT, EVENT(tags), add_text}, /* tags */
    {TEXT, EVENT(dedup_keys), add_text}, /* dedup_keys */
    {JSONB, EVENT(meta), add_jsonb}, /* meta */
    {BOOL, EVENT(incident), add_bool}, /* incident */
    {TEXT, EVENT(severity), add_text}, /* incident_severity */
    {TEXT, EVENT(message), add_text}, /* incident_message */
    {JSONB, EVENT(additional), add_jsonb}, /* additional_data */
    {TEXT, EVENT(flags), add_flags}, /* flags */
    {TEXT, ORIGIN(request_id), add_text}, /* request_id */
    {TEXT, ORIGIN(remote_addr), add_text}, /* remote_addr */
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

void
batch_trim(struct batch *b)
{
	if (b->array.cap > ARRAY_KEPT_BYTES)
		buf_free(&b->array);
}

void
batch_begin(struct batch *b)
{
	static const char header[HEADER_BYTES];

	batch_trim(b);
	b->n = 0;
	b->array.max = ARRAY_BYTES_MAX;
	b->array.len = 0;
	b->array.failed = false;
	buf_append(&b->array, header, sizeof(header));
}

void
batch_add(struct batch *b, const struct event *ev)
{
	size_t at = b->array.len;

	add_u32(&b->array, 0);
	add_u32(&b->array, COLUMNS);
	for (size_t i = 0; i < COLUMNS; i++) {
		const char *base = columns[i].of_origin ? (const char *)ev->from
							: (const char *)ev;

		add_u32(&b->array, columns[i].type);
		columns[i].add(&b->array, base + columns[i].at);
	}
	if (!b->array.failed)
		set_u32(&b->array, at,
		    (uint32_t)(b->array.len - at - sizeof(uint32_t)));
	b->ids[b->n++] = ev->id;
}

int
batch_end(struct batch *b)
{
	if (b->array.failed)
		return -1;
	set_u32(&b->array, 0, b->n > 0 ? 1 : 0);
	set_u32(&b->array, 12, (uint32_t)b->n);
	set_u32(&b->array, 16, 1);
	return 0;
}

struct slice
batch_array(struct batch *b, unsigned type)
{
	set_u32(&b->array, TYPE_AT, type);
	return (struct slice){b->array.data, b->array.len};
}

void
batch_free(struct batch *b)
{
	buf_free(&b->array);
}
