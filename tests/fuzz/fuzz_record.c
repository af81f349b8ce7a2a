/* SPDX-License-Identifier: ISC */
#include <stdint.h>

#include "record.h"

/* For what stands behind its checksum. */
#include "admit.c" /* NOLINT */

/*
 * What record_read() takes is what record_write() makes, to the byte; and the
 * copy of the integrations is read whatever stands in it.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* There is no database here. */
enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct db_rows *rows, int64_t deadline)
{
	(void)db;
	(void)call;
	(void)params;
	(void)deadline;
	memset(rows, 0, sizeof(*rows));
	return OUTCOME_UNAVAILABLE;
}

const char *
db_cell(const struct db_rows *rows, int row, int column)
{
	(void)rows;
	(void)row;
	(void)column;
	return NULL;
}

void
db_rows_free(struct db_rows *rows)
{
	(void)rows;
}

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

	record_write(&b, ev);
	must(!b.failed && b.len == size);
	if (memchr(data, '\\', size) == NULL)
		must(memcmp(b.data, data, size) == 0);
	buf_free(&b);
}

static void
try_record(const uint8_t *data, size_t size)
{
	static struct json scratch;
	struct buf b = {.max = RECORD_BYTES_MAX};
	const char *why = NULL;
	struct origin from;
	struct event ev;
	enum outcome res;

	buf_append(&b, data, size);
	res = record_read(&b, &from, &ev, &scratch, &why);
	if (res == OUTCOME_OK) {
		must(from.integration_id.p != NULL && !from.has_token);
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
	record_write(&b, &ev);
	must(!b.failed);
	try_record((const uint8_t *)b.data, b.len);
	buf_free(&b);
}

/* Lines that stand in no sound copy must do no harm either. */
static void
try_copy(const uint8_t *data, size_t size)
{
	struct buf b = {.max = FILE_BYTES_MAX};
	struct origin from = {.has_token = (size & 1) != 0};
	struct slice line;
	enum outcome res;

	buf_append(&b, data, size);
	must(size == 0 || !is_sound(&b) || size > magic.len);
	buf_reset(&b);
	buf_append(&b, magic.p, magic.len);
	buf_append(&b, data, size);
	add_sum(&b);
	must(!b.failed && is_sound(&b));
	line = find(&b, SLICE("int_fuzz"));
	if (line.p != NULL) {
		res = judge(line, &from);
		must(res == OUTCOME_OK || res == OUTCOME_FORBIDDEN ||
		    res == OUTCOME_UNAVAILABLE);
		must(line.p > b.data && line.p + line.len < b.data + b.len);
	}
	if (size > 0) {
		b.data[(size_t)data[0] % b.len] ^= 1;
		must(!is_sound(&b));
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
