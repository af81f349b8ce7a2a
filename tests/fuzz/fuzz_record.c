/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>

#include "spool/record.h"

/* For what stands behind its checksum. */
#include "spool/roster.c" /* NOLINT */

#define DATABASE "5b0e8a3c-8e9f-4c1d-9a47-3d2f6a1b7c55"

/*
 * What record_read() takes is what record_write() makes, to the byte; and the
 * copy of the integrations is read whatever stands in it.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* The event again as a record: the same but for what the scanner mended. */
static void
check_again(const struct event *ev, const uint8_t *data, size_t size)
{
	struct buf b = {.max = RECORD_BYTES_MAX};

	/* One of version 1 would become one of version 2. */
	if (ev->from->is_checked)
		return;
	record_write(&b, ev, ev->from->database);
	must(!b.failed && b.len == size);
	if (memchr(data, '\\', size) == NULL)
		must(memcmp(b.data, data, size) == 0);
	buf_free(&b);
}

static void
try_record(const uint8_t *data, size_t size)
{
	static struct json_list scratch;
	struct buf b = {.max = RECORD_BYTES_MAX};
	const char *why = NULL;
	struct origin from;
	struct event ev;
	enum outcome res;

	buf_append(&b, data, size);
	res = record_read(&b, &from, &ev, &scratch, &why);
	if (res == OUTCOME_OK) {
		must(from.integration_id.p != NULL);
		must(from.is_checked == (from.database.p == NULL));
		must(ev.external_id.len > 0 && ev.from == &from);
		check_again(&ev, data, size);
		event_free(&ev);
	} else {
		must(res == OUTCOME_BAD_JSON || res == OUTCOME_INVALID);
		must(why != NULL);
	}
	buf_free(&b);
}

/* An event behind a header that fits: what only a sound file reaches. */
static void
try_body(const uint8_t *data, size_t size)
{
	struct origin from = {.source = "webhook",
	    .integration_id = SLICE("int_fuzz"),
	    .received_at = 1};
	struct event ev = {.from = &from};
	struct buf b = {.max = RECORD_BYTES_MAX};

	ev.raw = (struct slice){(const char *)data, size};
	record_write(&b, &ev, SLICE(DATABASE));
	must(!b.failed);
	try_record((const uint8_t *)b.data, b.len);
	buf_free(&b);
}

/* Lines that stand in no sound copy must do no harm either. */
static void
try_copy(const uint8_t *data, size_t size)
{
	struct buf b = {.max = ROSTER_BYTES_MAX};
	struct origin from = {.has_token = (size & 1) != 0,
	    .integration_id = SLICE("int_fuzz")};
	char database[UUID_TEXT_BYTES];
	struct slice line;

	buf_append(&b, data, size);
	must(!roster_is_sound(&b, database) || size > magic.len);
	buf_reset(&b);
	roster_begin(&b, DATABASE);
	buf_append(&b, data, size);
	roster_end(&b);
	must(!b.failed && roster_is_sound(&b, database));
	must(strcmp(database, DATABASE) == 0);
	line = find(&b, from.integration_id);
	must(!roster_admits(&b, &from, NULL) || line.p != NULL);
	if (line.p != NULL)
		must(line.p > b.data && line.p + line.len < b.data + b.len);
	if (size > 0) {
		b.data[(size_t)data[0] % b.len] ^= 1;
		must(!roster_is_sound(&b, database));
	}
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_record(data, size);
	try_body(data, size);
	try_copy(data, size);
	return 0;
}
