/* SPDX-License-Identifier: ISC */
#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/uuid.h"
#include "db/connection.h"
#include "db/sqlstate.h"

#define ATTEMPTS_MAX 3 /* of one call, within its deadline */
#define RECEIPT_COLUMNS 5
#define SENDERS_BYTES_MAX (DB_SENDERS_MAX * 128) /* of an array literal */
#define BRIEF_MS 100 /* how much of a call's normal time may be missing */

static const char ingest_sql[] =
    "select event_id, outcome, reason, alert_id, status"
    "  from tocsin_api.ingest($1)";

static const char judge_sql[] =
    "select refusal, wrapper_key from tocsin_api.judge_senders($1, $2)";

static const struct {
	const char *sql;
	int n; /* parameters */
} calls[DB_CALL_COUNT] = {
    [DB_SCHEMA_VERSION] = {"select tocsin_api.schema_version()", 0},
    [DB_READY] = {"select tocsin_api.schema_version()"
		  "  from (select pg_catalog.count(*)"
		  "          from tocsin_api.ingest('{}')) stored",
	0},
    [DB_INSTALLATION] = {"select tocsin_api.installation()", 0},
    [DB_LOG_SINCE] = {"select tocsin_api.log_since()", 0},
    [DB_ADMISSION] = {"select integration_id, enabled, token_hash,"
		      " previous_token_hash, previous_token_expires_us,"
		      " wrapper_key"
		      "  from tocsin_api.admission()",
	0},
    [DB_SELF_CHECK] = {"select * from tocsin_api.self_check()", 0},
    [DB_REPLICATION] = {"select * from tocsin_api.replication()", 0},
    [DB_RESPONDER_NOTE] = {"select tocsin_api.responder_note($1, $2, $3, $4)",
	4},
    [DB_RESPONDER_LAST] = {"select account, configuration, spool"
			   "  from tocsin_api.responder_last($1)",
	1},
    [DB_CLOCK] = {"select tocsin_api.clock_us()", 0},
    [DB_LIVE_COUNTS] = {"select integration_id, integration_name, status,"
			" alert_count from tocsin_api.live_counts()",
	0},
    [DB_TICK] = {"select done, busy, pg_catalog.date_part('epoch', next_at"
		 " operator(pg_catalog.-) pg_catalog.clock_timestamp())"
		 " as next_in"
		 "  from tocsin_api.tick($1, $2)",
	2},
    [DB_TICK_CHECK] = {"select * from tocsin_api.tick_check()", 0},
    [DB_RELAY_CHECK] = {"select * from tocsin_api.relay_check()", 0},
    [DB_TICK_COUNTS] = {"select metric, integration_id, integration_name,"
			" value from tocsin_api.tick_counts()",
	0},
    [DB_RECEIPT_OF] = {"select refusal, event_type, external_id, outcome,"
		       " alert_id from tocsin_api.receipt_of($1, $2, $3)",
	3},
    [DB_INTEGRATION_ADD] = {"select * from"
			    " tocsin_api.integration_add($1, $2, $3, $4, $5,"
			    " $6, $7)",
	7},
    [DB_INTEGRATION_LIST] = {"select * from tocsin_api.integration_list()", 0},
    [DB_INTEGRATION_SHOW] = {"select * from tocsin_api.integration_show($1)",
	1},
    [DB_INTEGRATION_ROTATE_TOKEN] =
	{"select * from tocsin_api.integration_rotate_token($1, $2, $3)", 3},
    [DB_INTEGRATION_ENABLE] =
	{"select * from tocsin_api.integration_enable($1, $2)", 2},
    [DB_INTEGRATION_SET] =
	{"select * from tocsin_api.integration_set($1, $2, $3)", 3},
    [DB_HEARTBEAT_ADD] = {"select * from tocsin_api.heartbeat_add($1, $2, $3,"
			  " $4, $5, $6, $7, $8, $9)",
	9},
    [DB_HEARTBEAT_LIST] = {"select * from tocsin_api.heartbeat_list()", 0},
    [DB_HEARTBEAT_SHOW] = {"select * from tocsin_api.heartbeat_show($1, $2)",
	2},
    [DB_HEARTBEAT_PAUSE] = {"select * from tocsin_api.heartbeat_pause($1, $2)",
	2},
    [DB_HEARTBEAT_RESUME] =
	{"select * from tocsin_api.heartbeat_resume($1, $2)", 2},
    [DB_HEARTBEAT_REMOVE] =
	{"select * from tocsin_api.heartbeat_remove($1, $2)", 2},
    [DB_HEARTBEAT_PING] = {"select * from tocsin_api.heartbeat_ping($1, $2)",
	2},
    [DB_FORMAT_LIST] = {"select * from tocsin_api.format_list()", 0},
    [DB_FORMAT_SHOW] = {"select * from tocsin_api.format_show($1)", 1},
    [DB_FORMAT_ADD] = {"select * from tocsin_api.format_add($1, $2)", 2},
    [DB_FORMAT_REMOVE] = {"select tocsin_api.format_remove($1)", 1},
    [DB_DESTINATION_ADD] = {"select * from tocsin_api.destination_add($1, $2,"
			    " $3, $4, $5)",
	5},
    [DB_DESTINATION_LIST] = {"select * from tocsin_api.destination_list()", 0},
    [DB_DESTINATION_MAY_LIST] = {"select pg_catalog.has_function_privilege("
				 "'tocsin_api.destination_list()', 'execute')",
	0},
    [DB_DESTINATION_SHOW] = {"select * from tocsin_api.destination_show($1)",
	1},
    [DB_DESTINATION_SET] = {"select * from tocsin_api.destination_set($1, $2)",
	2},
    [DB_DESTINATION_TEST] = {"select tocsin_api.destination_test($1) as"
			     " delivery_id",
	1},
    [DB_DESTINATION_ROTATE_SECRET] =
	{"select * from tocsin_api.destination_rotate_secret($1, $2)", 2},
    [DB_DESTINATION_ENABLE] =
	{"select * from tocsin_api.destination_enable($1, $2)", 2},
    [DB_DESTINATION_REMOVE] = {"select tocsin_api.destination_remove($1)", 1},
    [DB_ROUTE_ADD] = {"select * from tocsin_api.route_add($1, $2, $3, $4)", 4},
    [DB_ROUTE_LIST] = {"select * from tocsin_api.route_list()", 0},
    [DB_ROUTE_MOVE] = {"select * from tocsin_api.route_move($1, $2)", 2},
    [DB_ROUTE_EXPLAIN] = {"select * from tocsin_api.route_explain($1, $2)", 2},
    [DB_ROUTE_ENABLE] = {"select * from tocsin_api.route_enable($1, $2)", 2},
    [DB_ROUTE_REMOVE] = {"select tocsin_api.route_remove($1)", 1},
    [DB_DELIVERY_LIST] = {"select * from tocsin_api.delivery_list($1, $2)", 2},
    [DB_DELIVERY_SHOW] = {"select * from tocsin_api.delivery_show($1)", 1},
    [DB_DELIVERY_RETRY] = {"select tocsin_api.delivery_retry($1) as"
			   " delivery_count",
	1},
    [DB_DELIVERY_CANCEL] = {"select tocsin_api.delivery_cancel($1) as"
			    " delivery_count",
	1},
    [DB_DELIVERY_REPLAY] = {"select tocsin_api.delivery_replay($1, $2, $3) as"
			    " delivery_count",
	3},
    [DB_RELAY_MAY_SEND] = {"select current_user as role,"
			   " pg_catalog.has_function_privilege("
			   "'tocsin_api.relay_claim(pg_catalog.uuid,"
			   " pg_catalog.int4)', 'execute') as may",
	0},
    [DB_RELAY_IS_DUE] = {"select tocsin_api.relay_is_due()", 0},
    [DB_OUTGOING_COUNTS] =
	{"select metric, label, value from tocsin_api.outgoing_counts()", 0},
    [DB_SETTING_SET] = {"select tocsin_api.setting_set($1, $2)", 2},
    [DB_MAINTAIN] = {"select * from tocsin_api.maintain($1, $2, $3, $4)", 4},
    [DB_DEMO_DATA] = {"select * from tocsin_api.demo_data($1, $2)", 2},
    [DB_DEMO_REMOVE] = {"select * from tocsin_api.demo_remove()", 0},
    [DB_BOARD_ENABLE] = {"select tocsin_api.board_enable($1)", 1},
    [DB_BOARD_CHECK] = {"select tocsin_api.board_check()", 0},
    [DB_BOARD_COUNTS] = {"select * from tocsin_api.board_counts()", 0},
    [DB_BOARD_ALERTS] = {"select * from tocsin_api.board_alerts($1)", 1},
    [DB_BOARD_HOURS] = {"select * from tocsin_api.board_hours()", 0},
    [DB_BOARD_INTEGRATIONS] =
	{"select * from tocsin_api.board_integrations($1)", 1},
    [DB_BOARD_INTEGRATION] =
	{"select * from tocsin_api.board_integrations(1, $1)", 1},
    [DB_BOARD_HEARTBEATS] = {"select * from tocsin_api.board_heartbeats($1)",
	1},
    [DB_BOARD_ALERT] = {"select * from tocsin_api.board_alert($1)", 1},
    [DB_BOARD_EVENTS] = {"select * from tocsin_api.board_events($1, $2)", 2},
    [DB_BOARD_TOKEN] = {"select tocsin_api.board_token($1)", 1},
    [DB_RELAY_HELLO] = {"select tocsin_api.relay_hello($1, $2, $3, $4, $5)", 5},
    [DB_RELAY_LISTEN] = {"listen tocsin", 0},
    [DB_RELAY_CLAIM] =
	{"select message_id, destination_id, kind, address, headers,"
	 " content_type, body, pg_catalog.to_json(secret_paths)"
	 " as secret_paths, webhook_id, hops,"
	 " pg_catalog.to_json(secrets) as secrets, timeout_ms, pin,"
	 " mail_to, mail_subject, mail_message_id, mail_references,"
	 " notice, notice_id, alert_id"
	 "  from tocsin_api.relay_claim($1, $2)",
	    2},
    [DB_RELAY_DONE] =
	{"select tocsin_api.relay_done($1, $2, $3, $4, $5, $6, $7)", 7},
    [DB_RELAY_BYE] = {"select tocsin_api.relay_bye($1)", 1},
};

struct db {
	struct connection *link;
	struct waiter *waiter; /* NULL = none */
	int timeout; /* milliseconds that a call normally gets */
	bool prepared;
	struct statement ingest;
};

struct db *
db_open(const struct conf *conf, enum db_mode mode)
{
	struct db *db;

	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return NULL;
	db->timeout = conf->database_timeout;
	db->prepared = conf->prepared && mode == DB_SERVER;
	db->ingest = (struct statement){"tocsin_ingest", ingest_sql};
	db->link = connection_open(conf, db->prepared ? &db->ingest : NULL,
	    mode == DB_TOOL);
	if (db->link == NULL) {
		free(db);
		return NULL;
	}
	return db;
}

/* A call whose failure may be an outage: how to send it and read its rows. */
struct call {
	int (*send)(struct db *db, PGconn *conn, void *arg);
	enum outcome (*read)(const PGresult *res, void *arg);
	void *arg;
};

struct ingest_call {
	struct batch *b;
	struct receipt *receipts;
};

static int
send_ingest(struct db *db, PGconn *conn, void *arg)
{
	struct ingest_call *call = arg;
	struct slice array =
	    batch_array(call->b, connection_event_type(db->link));
	const char *const values[] = {array.p};
	const int lengths[] = {(int)array.len}, formats[] = {1};

	if (db->prepared)
		return PQsendQueryPrepared(conn, db->ingest.name, 1, values,
		    lengths, formats, 1);
	return PQsendQueryParams(conn, ingest_sql, 1, NULL, values, lengths,
	    formats, 1);
}

static void
copy_text(char *to, size_t size, const PGresult *res, int row, int column)
{
	size_t len = (size_t)PQgetlength(res, row, column);

	if (len >= size)
		len = size - 1;
	memcpy(to, PQgetvalue(res, row, column), len);
	to[len] = '\0';
}

/* Read the receipt in a row; -1 if it is malformed. */
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

/* Return which event a row is about, most often the one at its index. */
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

/*
 * Read the rows of tocsin_api.ingest, in binary: receipts[i] is for the i-th
 * event of the batch, whatever the order of the rows.
 */
static enum outcome
read_receipts(const PGresult *res, void *arg)
{
	struct ingest_call *call = arg;
	struct receipt *receipts = call->receipts;
	const struct batch *b = call->b;
	int n = PQntuples(res);

	if (PQnfields(res) != RECEIPT_COLUMNS || (size_t)n != b->n)
		goto broken;
	for (size_t i = 0; i < b->n; i++)
		receipts[i].outcome = OUTCOME_UNAVAILABLE;
	for (int row = 0; row < n; row++) {
		size_t i = find_event(b, res, row);

		/* Two receipts for one event mean none for another. */
		if (i == b->n || receipts[i].outcome != OUTCOME_UNAVAILABLE ||
		    read_receipt(&receipts[i], res, row) == -1)
			goto broken;
	}
	return OUTCOME_OK;
broken:
	log_warnx("tocsin_api.ingest: %zu receipts expected, got %d rows of "
		  "%d columns, or an unknown outcome",
	    b->n, n, PQnfields(res));
	return OUTCOME_UNAVAILABLE;
}

/* A waiter cannot wait for a connection, so leave it before blocking. */
static PGconn *
acquire(struct db *db, int64_t deadline)
{
	struct waiter *w = db->waiter;

	if (w != NULL && !connection_is_up(db->link)) {
		db->waiter = NULL;
		w->left = true;
		w->leave(w);
	}
	return connection_acquire(db->link, deadline);
}

/*
 * Try a call once.  On OUTCOME_UNAVAILABLE *remedy says whether to try again.
 */
static enum outcome
try_call(struct db *db, const struct call *call, int64_t deadline,
    enum sqlstate_remedy *remedy)
{
	enum outcome out = OUTCOME_UNAVAILABLE;
	PGresult *res = NULL;
	const char *text;
	bool is_brief;
	PGconn *conn;

	*remedy = SQLSTATE_WAIT;
	/* A call that had less than its normal time proves no outage. */
	is_brief = clock_left_ms(deadline) < db->timeout - BRIEF_MS;
	conn = acquire(db, deadline);
	if (conn == NULL)
		return out;
	if (call->send(db, conn, call->arg) == 1)
		res = connection_receive(conn, db->waiter, deadline);
	if (PQresultStatus(res) == PGRES_TUPLES_OK) {
		out = call->read(res, call->arg);
		PQclear(res);
		return out;
	}
	text = res == NULL ? connection_silence(conn, deadline)
			   : PQresultErrorMessage(res);
	if (res != NULL || clock_left_ms(deadline) > 0)
		*remedy =
		    sqlstate_remedy(PQresultErrorField(res, PG_DIAG_SQLSTATE));
	if (*remedy == SQLSTATE_REFUSE)
		out = OUTCOME_INVALID;
	if (res == NULL || *remedy == SQLSTATE_RECONNECT)
		connection_drop(db->link, text,
		    *remedy == SQLSTATE_RECONNECT ? RECONNECT_ONCE
			: is_brief                ? RECONNECT_NOW
						  : RECONNECT_LATER);
	else
		connection_complain(db->link, text);
	PQclear(res);
	return out;
}

static enum outcome
do_call(struct db *db, const struct call *call, int64_t deadline)
{
	enum sqlstate_remedy remedy;
	enum outcome out;

	out = try_call(db, call, deadline, &remedy);
	for (int again = 0; again < ATTEMPTS_MAX - 1; again++) {
		if (out != OUTCOME_UNAVAILABLE || remedy == SQLSTATE_WAIT ||
		    clock_left_ms(deadline) == 0)
			break;
		out = try_call(db, call, deadline, &remedy);
	}
	return out;
}

void
db_set_waiter(struct db *db, struct waiter *w)
{
	db->waiter = w;
}

enum outcome
db_ingest(struct db *db, struct batch *b, struct receipt *receipts,
    int64_t deadline)
{
	struct ingest_call ingest = {b, receipts};
	enum outcome out = do_call(db,
	    &(struct call){send_ingest, read_receipts, &ingest}, deadline);

	if (out == OUTCOME_OK)
		connection_stored(db->link);
	return out;
}

struct judge_call {
	struct buf ids, hashes; /* array literals, each with its NUL */
	struct origin *const *senders;
	size_t n;
	enum outcome *outcomes;
};

/* Ids need no quotes, see route_is_integration_id(). */
static void
add_sender(struct judge_call *call, const struct origin *from)
{
	char hex[DIGEST_HEX_BYTES];
	const char *comma = call->ids.len > 1 ? "," : "";

	buf_printf(&call->ids, "%s%.*s", comma, (int)from->integration_id.len,
	    from->integration_id.p);
	if (from->has_token) {
		digest_hex(from->token_hash, hex);
		buf_printf(&call->hashes, "%s\"\\\\x%s\"", comma, hex);
	} else {
		buf_printf(&call->hashes, "%snull", comma);
	}
}

static int
send_senders(struct db *db, PGconn *conn, void *arg)
{
	const struct judge_call *call = arg;
	const char *const values[] = {call->ids.data, call->hashes.data};

	(void)db;
	return PQsendQueryParams(conn, judge_sql, 2, NULL, values, NULL, NULL,
	    0);
}

/* Read a verdict; OUTCOME_COUNT if it is malformed. */
static enum outcome
read_verdict(const PGresult *res, int row, struct origin *sender)
{
	enum outcome o = outcome_parse(PQgetvalue(res, row, 0),
	    (size_t)PQgetlength(res, row, 0));

	if (!PQgetisnull(res, row, 0))
		return outcome_is_accepted(o) ? OUTCOME_COUNT : o;
	if (PQgetlength(res, row, 1) >= EVENT_WRAPPER_BYTES)
		return OUTCOME_COUNT;
	copy_text(sender->wrapper, sizeof(sender->wrapper), res, row, 1);
	return OUTCOME_OK;
}

static enum outcome
read_verdicts(const PGresult *res, void *arg)
{
	struct judge_call *call = arg;
	int n = PQntuples(res);

	if (PQnfields(res) != 2 || (size_t)n != call->n)
		goto broken;
	for (int row = 0; row < n; row++) {
		call->outcomes[row] =
		    read_verdict(res, row, call->senders[row]);
		if (call->outcomes[row] == OUTCOME_COUNT)
			goto broken;
	}
	return OUTCOME_OK;
broken:
	log_warnx("tocsin_api.judge_senders: %zu verdicts expected, got %d "
		  "rows of %d columns, or an unknown outcome",
	    call->n, n, PQnfields(res));
	return OUTCOME_UNAVAILABLE;
}

enum outcome
db_judge(struct db *db, struct origin *const *senders, size_t n,
    enum outcome *outcomes, int64_t deadline)
{
	struct judge_call judge = {.ids.max = SENDERS_BYTES_MAX,
	    .hashes.max = SENDERS_BYTES_MAX,
	    .senders = senders,
	    .n = n,
	    .outcomes = outcomes};
	enum outcome out = OUTCOME_UNAVAILABLE;

	buf_puts(&judge.ids, "{");
	buf_puts(&judge.hashes, "{");
	for (size_t i = 0; i < n; i++)
		add_sender(&judge, senders[i]);
	buf_append(&judge.ids, "}", 2);
	buf_append(&judge.hashes, "}", 2);
	if (!judge.ids.failed && !judge.hashes.failed)
		out = do_call(db,
		    &(struct call){send_senders, read_verdicts, &judge},
		    deadline);
	buf_free(&judge.ids);
	buf_free(&judge.hashes);
	return out == OUTCOME_OK ? out : OUTCOME_UNAVAILABLE;
}

static void
copy_error(struct rows *rows, const char *text)
{
	snprintf(rows->error, sizeof(rows->error), "%s",
	    text == NULL ? "no reason given" : text);
}

/* Copy the first line of libpq's message. */
static void
copy_line(struct rows *rows, const char *text)
{
	snprintf(rows->error, sizeof(rows->error), "%.*s",
	    (int)strcspn(text, "\n"), text);
}

/* Copy PostgreSQL's message, with its hint, and its SQLSTATE. */
static void
read_error(struct rows *rows, const PGresult *res)
{
	const char *code = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
	size_t len;

	copy_error(rows, PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
	len = strlen(rows->error);
	if (hint != NULL)
		snprintf(rows->error + len, sizeof(rows->error) - len, " (%s)",
		    hint);
	snprintf(rows->sqlstate, sizeof(rows->sqlstate), "%s",
	    code == NULL ? "" : code);
}

enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct rows *rows, int64_t deadline)
{
	PGresult *res = NULL;
	PGconn *conn;

	memset(rows, 0, sizeof(*rows));
	conn = connection_acquire(db->link, deadline);
	if (conn == NULL) {
		connection_error(db->link, rows->error, sizeof(rows->error));
		return OUTCOME_UNAVAILABLE;
	}
	if (PQsendQueryParams(conn, calls[call].sql, calls[call].n, NULL,
		params, NULL, NULL, 0) == 1)
		res = connection_receive(conn, db->waiter, deadline);
	if (PQresultStatus(res) == PGRES_TUPLES_OK ||
	    PQresultStatus(res) == PGRES_COMMAND_OK) {
		rows->n = PQntuples(res);
		rows->columns = PQnfields(res);
		rows->result = res;
		return OUTCOME_OK;
	}
	if (res == NULL) {
		/* A slow query does not mean an outage: no back-off. */
		copy_line(rows, connection_silence(conn, deadline));
		connection_drop(db->link, rows->error,
		    clock_left_ms(deadline) > 0 ? RECONNECT_ONCE
						: RECONNECT_NOW);
		return OUTCOME_UNAVAILABLE;
	}
	read_error(rows, res);
	PQclear(res);
	return OUTCOME_UNAVAILABLE;
}

/* Return the connection if it is up; NULL otherwise. */
static PGconn *
live(struct db *db)
{
	if (!connection_is_up(db->link))
		return NULL;
	return connection_acquire(db->link, clock_ms());
}

int
db_socket(struct db *db)
{
	PGconn *conn = live(db);

	return conn == NULL ? -1 : PQsocket(conn);
}

bool
db_notified(struct db *db)
{
	PGconn *conn = live(db);
	PGnotify *note;
	bool any = false;

	if (conn == NULL)
		return false;
	if (PQconsumeInput(conn) == 0) {
		connection_drop(db->link, PQerrorMessage(conn),
		    RECONNECT_LATER);
		return true;
	}
	while ((note = PQnotifies(conn)) != NULL) {
		PQfreemem(note);
		any = true;
	}
	return any;
}

bool
db_tick(struct db *db)
{
	return connection_tick(db->link);
}

void
db_error(struct db *db, char *error, size_t size)
{
	connection_error(db->link, error, size);
}

void
db_close(struct db *db)
{
	if (connection_close(db->link))
		free(db);
}
