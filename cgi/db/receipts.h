/* SPDX-License-Identifier: ISC */
#ifndef DB_RECEIPTS_H
#define DB_RECEIPTS_H

#include <libpq-fe.h>

#include "base/outcome.h"
#include "db/batch.h"

/*
 * Read the rows of tocsin_api.ingest, in binary: event_id, outcome, reason,
 * alert_id, status.  receipts[i] is for the i-th event of the batch, whatever
 * the order of the rows.  OUTCOME_OK; or OUTCOME_UNAVAILABLE, which is
 * logged, when this is not one receipt for each event.
 */
enum outcome receipts_read(struct receipt *receipts, const struct batch *b,
    const PGresult *res);

#endif
