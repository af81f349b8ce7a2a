/* SPDX-License-Identifier: ISC */
#include "db/db.h"

#include "db/connection_fixture.h"

#define EVENTS 3

/* clang-format off */
#define INGEST(answer) {.call = "tocsin_api.ingest(", .rows = (answer)}
#define INGEST_FAILS(code) \
	{.call = "tocsin_api.ingest(", .sqlstate = (code), \
	    .message = "because\nof it"}
#define INGEST_IS(how) {.call = "tocsin_api.ingest(", .fate = (how)}
/* clang-format on */

static struct db *db;
static struct batch batch;
static struct receipt receipts[EVENTS];

/* The events of the batch have ids of one byte, over and over. */
static void
fill_batch(void)
{
	static const struct origin from = {.source = "webhook"};

	batch_begin(&batch);
	for (int i = 0; i < EVENTS; i++) {
		struct event ev = {.from = &from};

		memset(ev.id.b, 'a' + i, sizeof(ev.id.b));
		batch_add(&batch, &ev);
	}
	if (batch_end(&batch) == -1)
		exit(1);
}

static void
set_receipt(PGresult *res, int row, char event, const char *outcome)
{
	char id[16];

	memset(id, event, sizeof(id));
	set_cell(res, row, 0, id, sizeof(id));
	set_cell(res, row, 1, outcome, strlen(outcome));
	set_cell(res, row, 2, NULL, 0);
	memset(id, event - 'a' + 'A', sizeof(id));
	set_cell(res, row, 3, id, sizeof(id));
	set_cell(res, row, 4, "open", 4);
}

static PGresult *
in_order(void)
{
	PGresult *res = make_result(PGRES_TUPLES_OK, 5);

	set_receipt(res, 0, 'a', "created");
	set_receipt(res, 1, 'b', "duplicate");
	set_receipt(res, 2, 'c', "ignored");
	set_cell(res, 2, 2, "unknown_id", 10);
	set_cell(res, 2, 3, NULL, 0);
	set_cell(res, 2, 4, NULL, 0);
	return res;
}

static PGresult *
in_another_order(void)
{
	PGresult *res = make_result(PGRES_TUPLES_OK, 5);

	set_receipt(res, 0, 'c', "ignored");
	set_receipt(res, 1, 'a', "created");
	set_receipt(res, 2, 'b', "duplicate");
	return res;
}

static PGresult *
too_few(void)
{
	PGresult *res = make_result(PGRES_TUPLES_OK, 5);

	set_receipt(res, 0, 'a', "created");
	set_receipt(res, 1, 'b', "created");
	return res;
}

static PGresult *
too_many(void)
{
	PGresult *res = in_order();

	set_receipt(res, 3, 'a', "created");
	return res;
}

static PGresult *
one_twice(void)
{
	PGresult *res = in_order();

	set_receipt(res, 2, 'a', "created");
	return res;
}

static PGresult *
a_stranger(void)
{
	PGresult *res = in_order();

	set_receipt(res, 1, 'x', "created");
	return res;
}

static PGresult *
a_short_id(void)
{
	PGresult *res = in_order();

	set_cell(res, 1, 0, "bbbb", 4);
	return res;
}

static PGresult *
a_long_id(void)
{
	PGresult *res = in_order();

	set_cell(res, 1, 0, "bbbbbbbbbbbbbbbbb", 17);
	return res;
}

static PGresult *
no_id(void)
{
	PGresult *res = in_order();

	set_cell(res, 1, 0, NULL, 0);
	return res;
}

static PGresult *
an_unknown_outcome(void)
{
	PGresult *res = in_order();

	set_cell(res, 1, 1, "escalated", 9);
	return res;
}

static PGresult *
other_columns(void)
{
	PGresult *res = make_result(PGRES_TUPLES_OK, 4);

	for (int row = 0; row < EVENTS; row++)
		for (int column = 0; column < 4; column++)
			set_cell(res, row, column, "x", 1);
	return res;
}

static PGresult *
a_long_reason(void)
{
	PGresult *res = in_order();

	set_cell(res, 2, 2, "a_reason_that_is_much_longer_than_any_other", 43);
	return res;
}

static void
begin(const struct pq_step *steps, enum db_mode mode)
{
	pq_script(steps);
	logged("");
	db = db_open(&fixture_conf, mode);
	memset(receipts, 0xff, sizeof(receipts));
}

static void
end(const char *name)
{
	db_close(db);
	ok(pq_played() && pq.open == 0, name);
}

static enum outcome
ingest(int ms)
{
	return db_ingest(db, &batch, receipts, clock_ms() + ms);
}

static void
test_receipts(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS,
	    INGEST(in_order), INGEST(in_another_order), INGEST(a_long_reason),
	    {0}};

	begin(steps, DB_SERVER);
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "a batch is committed");
	is_int(receipts[0].outcome, OUTCOME_CREATED, "the first is created");
	is_str(receipts[0].alert_id, "41414141-4141-4141-4141-414141414141",
	    "with its alert's id");
	is_str(receipts[0].status, "open", "and status");
	is_str(receipts[0].reason, "", "and no reason");
	is_int(receipts[2].outcome, OUTCOME_IGNORED, "the last is ignored");
	is_str(receipts[2].reason, "unknown_id", "with a reason");
	is_str(receipts[2].alert_id, "", "and no alert");
	is_str(receipts[2].status, "", "and no status");
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "rows in another order");
	is_int(receipts[0].outcome, OUTCOME_CREATED, "are told by their ids");
	is_int(receipts[1].outcome, OUTCOME_DUPLICATE, "the second too");
	is_int(receipts[2].outcome, OUTCOME_IGNORED, "and the third");
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "a reason that is too long");
	is_str(receipts[2].reason, "a_reason_that_is_much_longer_th",
	    "is cut short");
	end("one connection has done for all");
}

static const struct {
	PGresult *(*rows)(void);
	const char *name;
} broken[] = {
    {too_few, "too few receipts"},
    {too_many, "too many"},
    {one_twice, "one twice and one missing"},
    {a_stranger, "an event that is not of the batch"},
    {a_short_id, "an id that is too short"},
    {a_long_id, "one that is too long"},
    {no_id, "no id"},
    {an_unknown_outcome, "an outcome of no known name"},
    {other_columns, "columns of another function"},
};

static void
test_broken_receipts(void)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const struct pq_step steps[] = {CONNECT, SCHEMA_FITS,
		    INGEST(broken[i].rows), INGEST(in_order), {0}};

		begin(steps, DB_ONE_SHOT);
		is_int(ingest(DATABASE_MS), OUTCOME_UNAVAILABLE,
		    broken[i].name);
		is_int(logged("3 receipts expected"), 1, "it is logged");
		is_int(ingest(DATABASE_MS), OUTCOME_OK,
		    "the next call is not affected");
		end("and is made over the same connection");
	}
}

/* What one call does when PostgreSQL answers with errors. */
static const struct {
	struct pq_step steps[10];
	enum outcome want;
	const char *log; /* NULL: nothing */
	const char *name;
} remedies[] = {
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("40001"), INGEST(in_order)},
	OUTCOME_OK, "database: because", "a serialization failure: again"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("40P01"), INGEST_FAILS("23505"),
	 INGEST(in_order)},
	OUTCOME_OK, "database: because", "a deadlock, then a race: again"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("40P01"), INGEST_FAILS("40P01"),
	 INGEST_FAILS("40P01")},
	OUTCOME_UNAVAILABLE, "database: because", "but not for ever"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("55P03")}, OUTCOME_UNAVAILABLE,
	"database: because", "a lock that is not to be had: not again"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("53100")}, OUTCOME_UNAVAILABLE,
	"database: because", "a full disk: not again"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("22P05")}, OUTCOME_INVALID,
	"database: because", "data that can never be stored: refused"},
    {{CONNECT, SCHEMA_FITS,
	 {.call = "ingest", .rows = in_order, .sqlstate = "23514"}},
	OUTCOME_INVALID, NULL, "even if only its commit says so"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("57P01"), CONNECT, SCHEMA_FITS,
	 INGEST(in_order)},
	OUTCOME_OK, "connection lost: because",
	"a server that shuts down: a new connection"},
    {{CONNECT, SCHEMA_FITS, INGEST_FAILS("25006"), CONNECT, SCHEMA_FITS,
	 INGEST_FAILS("25006")},
	OUTCOME_UNAVAILABLE, "unavailable: because",
	"a standby, and again: the back-off comes first"},
    {{CONNECT, SCHEMA_FITS, INGEST_IS(PQ_UNSENT), CONNECT, SCHEMA_FITS,
	 INGEST(in_order)},
	OUTCOME_OK, "connection lost: the connection is lost",
	"a call that is not sent: again"},
    {{CONNECT, SCHEMA_FITS, INGEST_IS(PQ_LOST_SENDING), CONNECT, SCHEMA_FITS,
	 INGEST(in_order)},
	OUTCOME_OK, "lost: the connection is lost", "lost while it is sent"},
    {{CONNECT, SCHEMA_FITS, INGEST_IS(PQ_LOST), CONNECT, SCHEMA_FITS,
	 INGEST(in_order)},
	OUTCOME_OK, "lost: the connection is lost", "lost before an answer"},
    {{CONNECT, SCHEMA_FITS,
	 {.call = "ingest", .rows = in_order, .fate = PQ_LOST_UNREADY}, CONNECT,
	 SCHEMA_FITS, INGEST(in_order)},
	OUTCOME_OK, "lost: the connection is lost",
	"receipts of what may not be committed: again"},
    {{CONNECT, SCHEMA_FITS, INGEST_IS(PQ_LOST),
	 {.call = "connect", .fate = PQ_UNSENT, .message = "gone"}},
	OUTCOME_UNAVAILABLE, "database unavailable: gone",
	"lost, and no other to be had"},
};

static void
test_remedies(void)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		begin(remedies[i].steps, DB_SERVER);
		is_int(ingest(DATABASE_MS), remedies[i].want, remedies[i].name);
		if (remedies[i].log != NULL)
			ok(logged(remedies[i].log) > 0, "the log has it");
		end("with as many calls as are of use");
	}
}

static void
test_overrun(void)
{
	static const struct pq_step hangs[] = {CONNECT, SCHEMA_FITS,
	    INGEST_IS(PQ_HANGS), {0}};
	static const struct pq_step unready[] = {CONNECT, SCHEMA_FITS,
	    {.call = "ingest", .rows = in_order, .fate = PQ_HANGS_UNREADY},
	    {0}};
	static const struct pq_step brief[] = {CONNECT, SCHEMA_FITS,
	    INGEST_IS(PQ_HANGS), CONNECT, SCHEMA_FITS, INGEST(in_order), {0}};
	int64_t start = clock_ms();

	begin(hangs, DB_SERVER);
	is_int(ingest(DATABASE_MS), OUTCOME_UNAVAILABLE, "no answer in time");
	is_int(clock_ms() - start, DATABASE_MS, "ends with the deadline");
	is_int(logged("database unavailable: no answer in time"), 1,
	    "is an outage");
	ok(pq.was_reset, "what was not sent is not sent later");
	is_int(ingest(DATABASE_MS), OUTCOME_UNAVAILABLE, "the next call fails");
	is_int(clock_ms() - start, DATABASE_MS, "at once");
	ok(!db_tick(db), "and it is known that it will");
	end("and nothing is tried again");

	begin(unready, DB_SERVER);
	is_int(ingest(DATABASE_MS), OUTCOME_UNAVAILABLE,
	    "receipts without a commit are none");
	end("no second call is made when the time is over");

	begin(brief, DB_SERVER);
	is_int(ingest(DATABASE_MS / 2), OUTCOME_UNAVAILABLE,
	    "a call that had half of its time only");
	is_int(logged("unavailable"), 0, "says nothing of the database");
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "and the next one is made");
	end("over a new connection");
}

/* A thread that would do something else meanwhile, and so often. */
static struct {
	struct waiter waiter;
	int waits, leaves;
} during;

static bool
wait_for_database(struct waiter *w, int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	(void)w;
	do {
		during.waits++;
		n = poll(&p, 1, clock_left_ms(deadline));
	} while (n == -1);
	return n == 1;
}

static void
leave(struct waiter *w)
{
	during.leaves += w->left;
}

static void
test_waiter(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS,
	    INGEST(in_order), INGEST(in_order), INGEST_IS(PQ_HANGS), {0}};
	int64_t start = clock_ms();

	during.waiter =
	    (struct waiter){.wait = wait_for_database, .leave = leave};
	begin(steps, DB_SERVER);
	db_set_waiter(db, &during.waiter);
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "a batch is committed");
	is_int(during.leaves, 1, "one leaves when there is no connection");
	is_int(during.waits, 0, "and does nothing else meanwhile");
	during.waiter.left = false;
	db_set_waiter(db, &during.waiter);
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "the next one is, too");
	is_int(during.leaves, 1, "where there is one, one stays");
	ok(during.waits > 0, "and does something else");
	is_int(ingest(DATABASE_MS), OUTCOME_UNAVAILABLE, "no answer in time");
	is_int(clock_ms() - start, DATABASE_MS, "ends with the deadline");
	end("and nothing is tried again");
}

static const struct pq_step prepared_steps[] = {CONNECT,
    {.call = "set search_path"}, SCHEMA_FITS, {.call = "prepare tocsin_ingest"},
    {.call = "execute tocsin_ingest", .rows = in_order}, {0}};

static const struct pq_step one_shot_steps[] = {CONNECT,
    {.call = "set search_path"}, SCHEMA_FITS, INGEST(in_order), {0}};

static void
test_modes(void)
{
	static const struct pq_step tool[] = {CONNECT,
	    {.call = "schema_version", .cell = "1"},
	    {.call = "client_connection_check_interval"}, INGEST(in_order),
	    {0}};

	fixture_conf.prepared = true;
	begin(prepared_steps, DB_SERVER);
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "a server prepares its call");
	end("once for all");
	begin(one_shot_steps, DB_ONE_SHOT);
	is_int(ingest(DATABASE_MS), OUTCOME_OK,
	    "a single call is not prepared");
	end("since that would cost more");
	fixture_conf.prepared = false;
	begin(tool, DB_TOOL);
	is_int(ingest(DATABASE_MS), OUTCOME_OK, "an operator's tool");
	end("takes a schema of any version");
}

static void
query(struct rows *rows, enum outcome want, const char *name)
{
	is_int(db_query(db, DB_SELF_CHECK, NULL, rows, clock_ms() + HEALTH_MS),
	    want, name);
}

static void
test_query(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS,
	    {.call = "self_check", .cell = "a cell"},
	    {.call = "self_check",
		.sqlstate = "42501",
		.message = "permission denied",
		.hint = "ask the owner"},
	    {.call = "self_check", .sqlstate = "XX000", .message = "no hint"},
	    {.call = "self_check", .fate = PQ_HANGS}, CONNECT, SCHEMA_FITS,
	    {.call = "self_check", .fate = PQ_LOST},
	    {.call = "connect", .fate = PQ_UNSENT, .message = "no server"},
	    {0}};
	struct rows rows;

	begin(steps, DB_SERVER);
	query(&rows, OUTCOME_OK, "a question is answered");
	ok(rows.n == 1 && rows.columns == 2, "with rows and columns");
	is_str(rows_at(&rows, 0, 0), "a cell", "as text");
	rows_free(&rows);
	query(&rows, OUTCOME_UNAVAILABLE, "an error is none");
	is_str(rows.sqlstate, "42501", "it has its code");
	is_str(rows.error, "permission denied (ask the owner)",
	    "its message, and what to do about it");
	rows_free(&rows);
	query(&rows, OUTCOME_UNAVAILABLE, "an error without a hint");
	is_str(rows.error, "no hint", "is its message alone");
	rows_free(&rows);
	query(&rows, OUTCOME_UNAVAILABLE, "no answer");
	is_str(rows.error, "no answer in time", "is told");
	is_str(rows.sqlstate, "", "and has no code");
	is_int(logged("unavailable"), 0, "events are not held up by it");
	rows_free(&rows);
	query(&rows, OUTCOME_UNAVAILABLE, "a connection that is lost");
	is_str(rows.error, "the connection is lost", "is told as such");
	rows_free(&rows);
	query(&rows, OUTCOME_UNAVAILABLE, "no connection");
	is_str(rows.error, "no server", "is told with its reason");
	rows_free(&rows);
	end("each question was asked once");
}

/* A row for each label; NULL for one that may send, and has a wrapper key. */
static PGresult *
verdicts(const char *const *labels, int n)
{
	PGresult *res = make_result(PGRES_TUPLES_OK, 2);

	for (int row = 0; row < n; row++) {
		set_cell(res, row, 0, labels[row],
		    labels[row] == NULL ? 0 : strlen(labels[row]));
		set_cell(res, row, 1, labels[row] == NULL ? "/data" : NULL,
		    labels[row] == NULL ? 5 : 0);
	}
	return res;
}

static PGresult *
of_three(void)
{
	static const char *const labels[] = {"forbidden", NULL,
	    "unknown_integration"};

	return verdicts(labels, 3);
}

static PGresult *
of_two(void)
{
	static const char *const labels[] = {NULL, NULL};

	return verdicts(labels, 2);
}

static PGresult *
of_events(void)
{
	static const char *const labels[] = {NULL, "created", NULL};

	return verdicts(labels, 3);
}

static PGresult *
of_nothing_known(void)
{
	static const char *const labels[] = {NULL, "escalated", NULL};

	return verdicts(labels, 3);
}

static PGresult *
of_long_key(void)
{
	static const char *const labels[] = {NULL, "forbidden", "forbidden"};
	PGresult *res = verdicts(labels, 3);
	char key[EVENT_WRAPPER_BYTES];

	memset(key, '/', sizeof(key));
	set_cell(res, 0, 1, key, sizeof(key));
	return res;
}

#define JUDGE(answer)                                                          \
	{                                                                      \
		.call = "tocsin_api.judge_senders(", .rows = (answer)          \
	}

static struct origin from[3];

static enum outcome
judge(enum outcome outcomes[3])
{
	struct origin *const senders[] = {&from[0], &from[1], &from[2]};

	memset(from, 0, sizeof(from));
	from[0].integration_id = SLICE("int_a");
	from[0].has_token = true;
	from[1].integration_id = SLICE("int_b");
	from[2].integration_id = SLICE("int_c");
	return db_judge(db, senders, 3, outcomes, clock_ms() + DATABASE_MS);
}

static void
test_judge(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS,
	    JUDGE(of_three), JUDGE(of_two), JUDGE(of_events),
	    JUDGE(of_nothing_known), JUDGE(of_long_key),
	    {.call = "tocsin_api.judge_senders(",
		.sqlstate = "25006",
		.message = "read only"},
	    CONNECT, SCHEMA_FITS, JUDGE(of_three),
	    {.call = "tocsin_api.judge_senders(",
		.sqlstate = "22P02",
		.message = "no array"},
	    {0}};
	enum outcome outcomes[3];

	begin(steps, DB_SERVER);
	is_int(judge(outcomes), OUTCOME_OK, "senders are judged");
	is_int(outcomes[0], OUTCOME_FORBIDDEN, "the first is refused");
	is_int(outcomes[1], OUTCOME_OK, "the second may send");
	is_str(from[1].wrapper, "/data", "and has its wrapper key");
	is_str(from[0].wrapper, "", "which is told of no other");
	is_int(outcomes[2], OUTCOME_UNKNOWN_INTEGRATION,
	    "the third is unknown");
	is_int(judge(outcomes), OUTCOME_UNAVAILABLE,
	    "too few verdicts are none");
	is_int(judge(outcomes), OUTCOME_UNAVAILABLE,
	    "nor are outcomes of events");
	is_int(judge(outcomes), OUTCOME_UNAVAILABLE, "nor unknown ones");
	is_int(judge(outcomes), OUTCOME_UNAVAILABLE,
	    "nor is a wrapper key that is too long");
	is_int(logged("3 verdicts expected"), 4, "which is logged");
	is_int(judge(outcomes), OUTCOME_OK,
	    "a standby is not believed: a new connection");
	is_int(judge(outcomes), OUTCOME_UNAVAILABLE,
	    "a question that is refused has no answer");
	end("with as many calls as are of use");
}

int
main(void)
{
	open_log();
	fill_batch();
	test_receipts();
	test_broken_receipts();
	test_remedies();
	test_overrun();
	test_waiter();
	test_modes();
	test_query();
	test_judge();
	batch_free(&batch);
	close_log();
	return done_testing();
}
