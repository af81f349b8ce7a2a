/* SPDX-License-Identifier: ISC */
#include "db/receipts.h"

#include <string.h>

#include "base/log.h"
#include "base/uuid.h"

#define COLUMNS 5

static void
copy_text(char *to, size_t size, const PGresult *res, int row, int column)
{
	size_t len = (size_t)PQgetlength(res, row, column);

	if (len >= size)
		len = size - 1;
	memcpy(to, PQgetvalue(res, row, column), len);
	to[len] = '\0';
}

/* 0, or -1: not a receipt. */
static int
read_receipt(struct receipt *rc, const PGresult *res, int row)
{
	struct uuid alert;

	memset(rc, 0, sizeof(*rc));
	rc->outcome = outcome_parse(PQgetvalue(res, row, 1),
	    (size_t)PQgetlength(res, row, 1));
	copy_text(rc->reason, sizeof(rc->reason), res, row, 2);
	if (PQgetlength(res, row, 3) == sizeof(alert.b)) {
		memcpy(alert.b, PQgetvalue(res, row, 3), sizeof(alert.b));
		uuid_format(&alert, rc->alert_id);
	}
	copy_text(rc->status, sizeof(rc->status), res, row, 4);
	return rc->outcome == OUTCOME_COUNT ? -1 : 0;
}

/* Which event of the batch a row speaks of; most often the same row. */
static size_t
find_event(const struct batch *b, const PGresult *res, int row)
{
	const char *id = PQgetvalue(res, row, 0);
	size_t guess = (size_t)row;

	if (PQgetlength(res, row, 0) != sizeof(b->ids[0].b))
		return b->n;
	if (guess < b->n && memcmp(b->ids[guess].b, id, 16) == 0)
		return guess;
	for (guess = 0; guess < b->n; guess++)
		if (memcmp(b->ids[guess].b, id, 16) == 0)
			break;
	return guess;
}

enum outcome
receipts_read(struct receipt *receipts, const struct batch *b,
    const PGresult *res)
{
	int n = PQntuples(res);

	if (PQnfields(res) != COLUMNS || (size_t)n != b->n)
		goto broken;
	for (size_t i = 0; i < b->n; i++)
		receipts[i].outcome = OUTCOME_UNAVAILABLE;
	for (int row = 0; row < n; row++) {
		size_t i = find_event(b, res, row);

		if (i == b->n || read_receipt(&receipts[i], res, row) == -1)
			goto broken;
	}
	return OUTCOME_OK;
broken:
	log_warnx("tocsin_api.ingest: %zu receipts expected, got %d rows of "
		  "%d columns, or a receipt that is none",
	    b->n, n, PQnfields(res));
	return OUTCOME_UNAVAILABLE;
}
