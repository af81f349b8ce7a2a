/* SPDX-License-Identifier: ISC */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/outcome.h"
#include "conf/conf.h"
#include "db/batch.h"
#include "db/rows.h"
#include "db/waiter.h"

/*
 * Calls of the functions in tocsin_api, over one connection that is opened
 * and reopened as needed.  Every call keeps its deadline.  One caller at a
 * time.
 */
struct db;

enum db_mode {
	DB_SERVER, /* calls db_ingest() often: prepared, if conf allows */
	DB_ONE_SHOT, /* calls it once */
	DB_TOOL /* patient; accepts a schema of any version */
};

/* Borrows conf.  Does not connect.  Returns NULL when out of memory. */
struct db *db_open(const struct conf *conf, enum db_mode mode);

/*
 * Let w wait for PostgreSQL in db_ingest() and db_query() until w is NULL.
 * Borrows it.
 */
void db_set_waiter(struct db *db, struct waiter *w);

/*
 * Call tocsin_api.ingest.  receipts[i] is for the i-th event of the batch.
 *
 * OUTCOME_OK: committed.  OUTCOME_INVALID: PostgreSQL will never take a
 * batch with this in it, and took none of it.  OUTCOME_UNAVAILABLE: an
 * outage; whether it was committed is not known, and calling again with the
 * same event ids is harmless.
 */
enum outcome db_ingest(struct db *db, struct batch *b, struct receipt *receipts,
    int64_t deadline);

#define DB_SENDERS_MAX 256

/*
 * Call tocsin_api.judge_senders for n senders of webhooks, at most
 * DB_SENDERS_MAX.  OUTCOME_OK: outcomes[i] says of the i-th sender that it
 * may send (OUTCOME_OK), and its wrapper is set, or with which outcome it is
 * refused.  OUTCOME_UNAVAILABLE: an outage, and nothing is known of any.
 */
enum outcome db_judge(struct db *db, struct origin *const *senders, size_t n,
    enum outcome *outcomes, int64_t deadline);

/* The other functions of tocsin_api, as rows of text. */
enum db_call {
	DB_SCHEMA_VERSION,
	DB_SELF_CHECK,
	DB_REPLICATION, /* the same columns: name, ok, detail */
	DB_READY, /* the version too; fails if events cannot be stored */
	DB_CLOCK, /* the database's clock, in us since 1970 */
	DB_INSTALLATION, /* id of the installation */
	DB_LOG_SINCE, /* since when its log is complete, in us, or null */
	DB_ADMISSION, /* the columns of a roster, see spool/roster.h */
	DB_RESPONDER_NOTE, /* host, account, configuration, spool */
	DB_RESPONDER_LAST, /* host; account, configuration, spool, or no row */
	DB_LIVE_COUNTS, /* integration's id, its name, status, count */
	DB_TICK, /* rows at most, rest or NULL: done, busy, next_in (seconds) */
	DB_TICK_CHECK, /* the columns of DB_SELF_CHECK; so has the next */
	DB_RELAY_CHECK,
	DB_TICK_COUNTS, /* metric, integration's id, its name, value */
	DB_RECEIPT_OF, /* id, token hash or NULL, id of an event */
	DB_INTEGRATION_ADD, /* name, token hash or NULL, capture, urgency; or
			       NULL: dialect, wrapper key, prefix */
	DB_INTEGRATION_LIST,
	DB_INTEGRATION_SHOW, /* id */
	DB_INTEGRATION_ROTATE_TOKEN, /* id, token hash or NULL, grace */
	DB_INTEGRATION_ENABLE, /* id, boolean */
	DB_INTEGRATION_SET, /* id, dialect, wrapper key; NULL = as it is */
	DB_HEARTBEAT_ADD, /* name, period, grace; or NULL: integration, heard
			     by, Id, waits, urgency, tags as an array */
	DB_HEARTBEAT_LIST,
	DB_HEARTBEAT_SHOW, /* id or NULL, name; so have the next */
	DB_HEARTBEAT_PAUSE,
	DB_HEARTBEAT_RESUME,
	DB_HEARTBEAT_REMOVE,
	DB_HEARTBEAT_PING,
	DB_FORMAT_LIST, /* name, audience, builtin or not, definition */
	DB_FORMAT_SHOW, /* name; the same columns, as of the next */
	DB_FORMAT_ADD, /* name, definition */
	DB_FORMAT_REMOVE,
	DB_DESTINATION_ADD, /* name, kind, address, format or NULL, options */
	DB_DESTINATION_LIST,
	DB_DESTINATION_MAY_LIST, /* boolean: whether the role may call that */
	DB_DESTINATION_SHOW, /* name or id; so have the next, the first */
	DB_DESTINATION_SET, /* options */
	DB_DESTINATION_TEST, /* the number of the delivery */
	DB_DESTINATION_ROTATE_SECRET, /* grace */
	DB_DESTINATION_ENABLE, /* boolean */
	DB_DESTINATION_REMOVE, /* no columns */
	DB_ROUTE_ADD, /* name, steps, options, before all others or not */
	DB_ROUTE_LIST,
	DB_ROUTE_MOVE, /* name, place */
	DB_ROUTE_EXPLAIN, /* id of an alert or NULL, what it would be like */
	DB_ROUTE_ENABLE, /* name, boolean */
	DB_ROUTE_REMOVE, /* name; no columns */
	DB_DELIVERY_LIST, /* filter, limit */
	DB_DELIVERY_SHOW, /* number */
	DB_DELIVERY_RETRY, /* array of numbers, NULL = all that are dead */
	DB_DELIVERY_CANCEL, /* array of numbers */
	DB_DELIVERY_REPLAY, /* destination, since when, until when */
	DB_RELAY_IS_DUE, /* one boolean */
	DB_RELAY_MAY_SEND, /* role, may: whether it may claim */
	DB_OUTGOING_COUNTS, /* metric, label, value */
	DB_SETTING_SET, /* name, value */
	DB_MAINTAIN, /* to keep events, alerts (NULL = all), rows, deliveries */
	DB_DEMO_DATA, /* days or NULL, seed or NULL */
	DB_DEMO_REMOVE,
	DB_BOARD_ENABLE, /* boolean, or NULL to query only */
	DB_BOARD_CHECK, /* this and the rest fail with 42501 while it is off */
	DB_BOARD_COUNTS,
	DB_BOARD_ALERTS, /* limit */
	DB_BOARD_HOURS,
	DB_BOARD_INTEGRATIONS, /* limit */
	DB_BOARD_INTEGRATION, /* id */
	DB_BOARD_HEARTBEATS, /* limit */
	DB_BOARD_ALERT, /* id of an alert */
	DB_BOARD_EVENTS, /* the same, limit */
	DB_BOARD_TOKEN, /* the same */
	DB_RELAY_HELLO, /* id of the relay, host, process, version, clock */
	DB_RELAY_LISTEN, /* no rows */
	DB_RELAY_CLAIM, /* id, how many: the columns of relay/job.h */
	DB_RELAY_DONE, /* id, message, status or NULL, error or NULL, seconds
			  to wait or NULL, milliseconds, excerpt or NULL */
	DB_RELAY_BYE, /* id */
	DB_CALL_COUNT
};

/*
 * Call a function with its parameters as text (NULL = null).  The waiter, if
 * one is set, waits for the reply.  Returns OUTCOME_OK, or OUTCOME_UNAVAILABLE
 * with rows->error and rows->sqlstate set.  Free the rows in either case.
 */
enum outcome db_query(struct db *db, enum db_call call,
    const char *const *params, struct rows *rows, int64_t deadline);

/*
 * After a failure, start to reconnect once the back-off has passed.  Never
 * waits.  Returns false while the database is away, so that a call would fail
 * at once.
 */
bool db_tick(struct db *db);

/*
 * Return the socket of the connection, on which notifications arrive, or -1
 * while there is none.
 */
int db_socket(struct db *db);

/*
 * Read what has arrived on the socket, without waiting.  Returns whether there
 * was a notification, or the connection is lost.
 */
bool db_notified(struct db *db);

/* Copy the last error of the connection, one line cut to size bytes. */
void db_error(struct db *db, char *error, size_t size);

void db_close(struct db *db);

#endif
