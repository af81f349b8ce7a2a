/* SPDX-License-Identifier: ISC */
#include "db/connection.h"

#include "db/connection_fixture.h"

#define PATIENCE_MS 60000

static struct connection *c;
static char error_text[CONNECTION_ERROR_BYTES];

static void
begin(const struct pq_step *steps, const struct statement *st, bool patient)
{
	pq_script(steps);
	logged("");
	c = connection_open(&fixture_conf, st, patient);
}

/* Close it, and check that the script was followed. */
static void
end(const char *name)
{
	bool closed = connection_close(c);

	ok(closed && pq_played() && pq.open == 0, name);
}

static PGconn *
acquire(void)
{
	return connection_acquire(c, clock_ms() + PATIENCE_MS);
}

static const char *
why(void)
{
	connection_error(c, error_text, sizeof(error_text));
	return error_text;
}

/* A failure has been noted when it has asked for its jitter. */
static void
await_failure(int asked)
{
	while (fake_time.asked < asked)
		sched_yield();
	connection_tick(c); /* waits for the lock */
}

static void
await_up(void)
{
	while (!connection_tick(c))
		sched_yield();
}

/* Return how many attempts there were, when one just started is under way. */
static int
connects(void)
{
	nanosleep(&(struct timespec){0, 2000000}, NULL);
	return pq.connects;
}

static const char *
value_of(const char *name, int *at)
{
	for (*at = 0; *at < 7 && pq.names[*at] != NULL; ++*at)
		if (strcmp(pq.names[*at], name) == 0)
			return pq.values[*at];
	return NULL;
}

static void
test_connect(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS, {0}};
	int dbname, other;
	PGconn *conn;

	begin(steps, NULL, false);
	is_int(pq.connects, 0, "opening does not connect");
	ok(connection_tick(c), "nor is anything known to be away");
	conn = acquire();
	ok(conn != NULL && conn == acquire(), "the connection stays");
	is_int(pq.connects, 1, "and is made once");
	is_str(value_of("dbname", &dbname), fixture_database,
	    "it goes where the configuration says");
	is_str(value_of("client_encoding", &other), "UTF8", "in UTF8");
	ok(other > dbname, "which the configuration cannot override");
	ok(value_of("connect_timeout", &other) != NULL && other < dbname,
	    "as it can the time for a host");
	end("a session that may be a pooler's is left as it is");
}

/* Versions of the schema that fit. */
static void
test_next_schema(void)
{
	char next[12];
	const struct pq_step steps[] = {CONNECT,
	    {.call = "schema_version", .cell = next}, {0}};

	snprintf(next, sizeof(next), "%d", SCHEMA + 1);
	begin(steps, NULL, false);
	ok(acquire() != NULL, "the next version of the schema is accepted");
	end("without more questions");
}

static const struct pq_step settings_steps[] = {CONNECT,
    {.call = "set search_path to pg_catalog, pg_temp"}, SCHEMA_FITS,
    {.call = "prepare a_name as select 1"}, {0}};

static const struct statement a_statement = {"a_name", "select 1"};

static void
test_settings(void)
{
	fixture_conf.prepared = true;
	begin(settings_steps, &a_statement, false);
	ok(acquire() != NULL, "a session of our own is set up");
	end("settings first, the statement last");
	fixture_conf.prepared = false;
}

/* Connections that are of no use, and what is said of them. */
static const struct {
	struct pq_step steps[6];
	bool prepared;
	const char *error, *name;
} refusals[] = {
    {{{.call = "connect", .fate = PQ_UNSENT, .message = "refused\n\tby it"}},
	false, "refused", "no server: the first line of the reason"},
    {{{.call = "connect", .encoding = "LATIN1"}}, false,
	"the database's encoding must be UTF8: create one with "
	"createdb -E UTF8 -T template0",
	"a database in LATIN1"},
    {{{.call = "connect", .encoding = ""}}, false,
	"the database's encoding must be UTF8: create one with "
	"createdb -E UTF8 -T template0",
	"no encoding told"},
    {{CONNECT, {.call = "schema_version", .cell = "1"}}, false,
	"the schema has version 1, this program needs version " TEXT_OF(
	    SCHEMA) ": run tocsin init",
	"an older schema"},
    {{CONNECT, {.call = "schema_version", .cell = "999"}}, false,
	"the schema has version 999, this program needs version " TEXT_OF(
	    SCHEMA) ": install a newer tocsin",
	"a schema that is newer by more than one version"},
    {{CONNECT,
	 {.call = "schema_version",
	     .sqlstate = "3F000",
	     .message = "no schema\nat all"}},
	false, "no schema", "no schema: the first line of the error"},
    {{CONNECT, {.call = "schema_version", .fate = PQ_HANGS}}, false,
	"no answer in time", "a server that takes no question"},
    {{CONNECT, {.call = "schema_version", .fate = PQ_UNSENT}}, false,
	"the connection is lost", "a question that is not sent"},
    {{CONNECT, {.call = "schema_version", .fate = PQ_LOST}}, false,
	"the connection is lost", "a connection lost at once"},
    {{CONNECT,
	 {.call = "search_path", .sqlstate = "42501", .message = "no set"}},
	true, "no set", "settings that are not taken"},
    {{CONNECT, {.call = "search_path"}, SCHEMA_FITS,
	 {.call = "prepare", .sqlstate = "42P05", .message = "is there"}},
	true, "is there", "a statement that is there already"},
    {{{.call = "connect", .is_super = true}, {.call = "search_path"},
	 {.call = "pg_namespace", .cell = "mallory"}},
	false,
	"schema tocsin_api belongs to role mallory, whose functions a "
	"superuser must not run: connect as that role",
	"a superuser, and functions of somebody's"},
    {{{.call = "connect", .is_super = true}, {.call = "search_path"},
	 {.call = "pg_namespace", .sqlstate = "XX000", .message = "oh"}},
	false, "oh", "a superuser, and an owner who is not to be found out"},
};

static void
test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		fixture_conf.prepared = refusals[i].prepared;
		begin(refusals[i].steps, &a_statement, false);
		ok(acquire() == NULL, refusals[i].name);
		is_str(why(), refusals[i].error, "it is said so");
		is_int(logged(refusals[i].error), 1, "and logged");
		end("and the connection is given up");
	}
	fixture_conf.prepared = false;
}

static void
test_superuser(void)
{
	static const struct pq_step steps[] = {{.call = "connect",
						   .is_super = true},
	    {.call = "search_path"},
	    {.call = "pg_namespace", .rows = make_no_rows}, SCHEMA_FITS, {0}};

	begin(steps, NULL, false);
	ok(acquire() != NULL, "a superuser, and functions of a trusted owner");
	end("a superuser's session is set up, even in a pooler");
}

/* A statement over a connection, and what connection_receive() makes of it. */
static const struct {
	enum pq_fate fate;
	const char *sqlstate;
	ExecStatusType want; /* PGRES_EMPTY_QUERY: NULL */
	int ms; /* that it takes */
	const char *name;
} answers[] = {
    {PQ_ANSWERS, NULL, PGRES_TUPLES_OK, 0, "rows"},
    {PQ_ANSWERS, "40001", PGRES_FATAL_ERROR, 0,
	"rows, and an error of the commit"},
    {PQ_HANGS_SENDING, NULL, PGRES_EMPTY_QUERY, 700,
	"a server that reads no more"},
    {PQ_LOST_SENDING, NULL, PGRES_EMPTY_QUERY, 0, "lost at a write"},
    {PQ_RESET_SENDING, NULL, PGRES_EMPTY_QUERY, 0, "lost between two writes"},
    {PQ_HANGS, NULL, PGRES_EMPTY_QUERY, 700, "no answer"},
    {PQ_LOST, NULL, PGRES_EMPTY_QUERY, 0, "lost before an answer"},
    {PQ_HANGS_UNREADY, NULL, PGRES_EMPTY_QUERY, 700,
	"rows without ReadyForQuery"},
    {PQ_LOST_UNREADY, NULL, PGRES_EMPTY_QUERY, 0,
	"lost between rows and ReadyForQuery"},
    {PQ_CLOSES, NULL, PGRES_EMPTY_QUERY, 0, "rows with the end of it all"},
};

static void
test_receive(void)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct pq_step steps[] = {CONNECT, SCHEMA_FITS,
		    {.call = "a question",
			.cell = "a cell",
			.fate = answers[i].fate,
			.sqlstate = answers[i].sqlstate},
		    {0}};
		PGresult *res;
		PGconn *conn;
		int64_t start;

		begin(steps, NULL, false);
		conn = acquire();
		start = clock_ms();
		if (conn == NULL || PQsendQuery(conn, "a question") != 1)
			exit(1);
		res = connection_receive(conn, NULL, start + 700);
		is_int(PQresultStatus(res),
		    answers[i].want == PGRES_EMPTY_QUERY ? PGRES_FATAL_ERROR
							 : answers[i].want,
		    answers[i].name);
		ok((res == NULL) == (answers[i].want == PGRES_EMPTY_QUERY),
		    "a connection that is lost has no result");
		is_int(clock_ms() - start, answers[i].ms,
		    "and no deadline is exceeded");
		PQclear(res);
		end("every step was taken");
	}
}

/* Two connectors hang: a program's and an operator's. */
static void
test_hang(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS, {0}};
	int before = pq.connects;

	begin(steps, NULL, false);
	pq_hang();
	ok(acquire() == NULL, "a caller does not wait for ever");
	is_int(fake_time.waited_ms, CONNECT_MS, "but as long as it may");
	is_str(why(), "connecting timed out", "it is told why");
	is_int(logged("connecting timed out"), 1, "and so is the log");
	fake_time.waited_ms = 0;
	ok(acquire() == NULL && acquire() == NULL && !connection_tick(c),
	    "others are turned away");
	is_int(fake_time.waited_ms, 0, "at once");
	fake_time.ms += 10 * BACKOFF_MAX_MS;
	ok(acquire() == NULL && !connection_tick(c), "however late it is");
	while (pq.connects == before)
		sched_yield();
	is_int(connects(), before + 1, "no second thread is started");
	ok(!connection_close(c), "what is borrowed by the thread must stay");
	pq_release();
	await_up();
	ok(acquire() != NULL, "a connection that comes late is taken");
	is_int(logged("available again"), 1, "and that is logged");
	end("then it can be closed");
}

static void
test_patient(void)
{
	static const struct pq_step hung[] = {CONNECT,
	    {.call = "schema_version",
		.sqlstate = "3F000",
		.message = "no schema"},
	    {.call = "client_connection_check_interval"}, {0}};
	static const struct pq_step away[] = {{.call = "connect",
						  .fate = PQ_UNSENT,
						  .message = "refused"},
	    {0}};

	begin(hung, NULL, true);
	pq_hang();
	ok(acquire() == NULL, "an operator's connector hangs, too");
	is_int(fake_time.waited_ms, PATIENCE_MS,
	    "but it is waited for until the deadline");
	pq_release();
	await_up();
	ok(acquire() != NULL, "an operator's connection takes any schema");
	is_int(logged("unavailable"), 0, "and logs nothing");
	connection_drop(c, "away", RECONNECT_NOW);
	end("not even when it is lost");
	is_int(logged("lost"), 0, "as said");

	begin(away, NULL, true);
	ok(acquire() == NULL, "an operator without a server");
	is_str(why(), "refused", "is told why");
	is_int(logged("refused"), 0, "but the log is not");
	end("and that is all");
}

/* The pause after so many failures, at its shortest and at its longest. */
static const struct {
	int shortest, longest;
} pauses[] = {
    {1000, 1999},
    {2000, 3999},
    {2500, 4999},
    {2500, 4999},
    {2500, 4999},
    {2500, 4999},
};

#define PAUSES (sizeof(pauses) / sizeof(pauses[0]))

/* Set the clock that decides the jitter, which is half of the i-th pause. */
static void
set_jitter(size_t i, bool longest)
{
	int half = pauses[i < PAUSES ? i : PAUSES - 1].shortest;

	fake_time.wall_us = 7 * half + (longest ? half - 1 : 0);
}

/* Fail again and again, with one end of the jitter or the other. */
static void
check_pauses(bool longest)
{
	struct pq_step steps[PAUSES + 2] = {0};
	int before = pq.connects, asked = fake_time.asked;
	char name[80];

	for (size_t i = 0; i <= PAUSES; i++)
		steps[i] = (struct pq_step){.call = "connect",
		    .fate = PQ_UNSENT,
		    .message = "refused"};
	begin(steps, NULL, false);
	set_jitter(0, longest);
	ok(acquire() == NULL, "no server");
	for (size_t i = 0; i < PAUSES; i++) {
		int ms = longest ? pauses[i].longest : pauses[i].shortest;
		int made = before + (int)i + 1;
		bool early;

		await_failure(asked + (int)i + 1);
		fake_time.ms += ms - 1;
		early = acquire() != NULL || connection_tick(c) ||
		    connects() != made;
		set_jitter(i + 1, longest);
		fake_time.ms += 1;
		connection_tick(c);
		await_failure(asked + (int)i + 2);
		snprintf(name, sizeof(name),
		    "failure %zu: %d ms until the next attempt", i + 1, ms);
		ok(!early && pq.connects == made + 1, name);
	}
	is_int(logged("unavailable"), 1, "all that is logged once");
	end("each attempt was one");
}

static void
test_backoff(void)
{
	int before = pq.connects;
	static const struct pq_step steps[] = {{.call = "connect",
						   .fate = PQ_UNSENT,
						   .message = "refused"},
	    CONNECT, SCHEMA_FITS, CONNECT, SCHEMA_FITS,
	    {.call = "connect", .fate = PQ_UNSENT, .message = "gone"}, {0}};

	check_pauses(false);
	check_pauses(true);

	before = pq.connects;
	fake_time.wall_us = 0;
	begin(steps, NULL, false);
	ok(acquire() == NULL, "no server");
	fake_time.ms += BACKOFF_MIN_MS;
	ok(!connection_tick(c), "a tick connects, and does not wait");
	await_up();
	ok(acquire() != NULL, "the server is back");
	connection_drop(c, "lost\nand more", RECONNECT_NOW);
	ok(pq.was_reset, "what is dropped reaches no server any more");
	is_int(logged("connection lost: lost"), 1, "a loss is logged");
	ok(acquire() != NULL, "after a loss a caller may connect at once");
	connection_drop(c, "hung\nand more", RECONNECT_LATER);
	is_str(why(), "hung", "an outage is remembered");
	ok(acquire() == NULL && !connection_tick(c),
	    "after an outage it may not");
	is_int(connects(), before + 3, "nothing connects before its time");
	fake_time.ms += BACKOFF_MIN_MS;
	connection_tick(c);
	/* Read while the connector writes: a race, if it were not locked. */
	while (strcmp(why(), "gone") != 0)
		sched_yield();
	ok(acquire() == NULL, "a new attempt may fail");
	end("success has begun the back-off anew");
}

/* Reconnect once to a server that refuses what every connection is for. */
static void
test_rejection(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS, CONNECT,
	    SCHEMA_FITS, CONNECT, SCHEMA_FITS, CONNECT, SCHEMA_FITS, CONNECT,
	    SCHEMA_FITS, {0}};
	int before = pq.connects;

	fake_time.wall_us = 0;
	begin(steps, NULL, false);
	ok(acquire() != NULL, "a server that is read-only");
	connection_stored(c);
	connection_drop(c, "read-only", RECONNECT_ONCE);
	ok(acquire() != NULL, "another may not be: connect at once");
	connection_drop(c, "read-only", RECONNECT_ONCE);
	is_int(logged("unavailable: read-only"), 1, "it is: that is logged");
	ok(acquire() == NULL, "then connect after the back-off");
	fake_time.ms += BACKOFF_MIN_MS;
	connection_tick(c);
	await_up();
	ok(acquire() != NULL, "it lets one connect");
	connection_drop(c, "read-only", RECONNECT_ONCE);
	ok(acquire() == NULL, "which is of no use");
	fake_time.ms += 2 * BACKOFF_MIN_MS - 1;
	ok(!connection_tick(c) && connects() == before + 3,
	    "and the back-off doubles");
	fake_time.ms += 1;
	connection_tick(c);
	await_up();
	is_int(logged(""), 0, "all that without another line of log");
	ok(acquire() != NULL, "it may be written to again");
	connection_stored(c);
	is_int(logged("available again"), 1, "that is logged");
	connection_drop(c, "lost", RECONNECT_ONCE);
	ok(acquire() != NULL, "and a loss is one like any other");
	end("each connection had its reason");
}

static void
test_complain(void)
{
	static const struct pq_step steps[] = {CONNECT, SCHEMA_FITS, {0}};

	begin(steps, NULL, false);
	ok(acquire() != NULL, "a database that complains");
	for (int i = 0; i < 5; i++)
		connection_complain(c, "disk full\nDETAIL: of logs");
	is_int(logged("database: disk full"), 1, "it is logged once");
	is_str(why(), "disk full", "and remembered");
	for (int i = 0; i < 100; i++) {
		connection_complain(c, i % 2 == 0 ? "another" : "a third");
		fake_time.ms += 50;
	}
	is_int(logged("database:"), 4,
	    "of those that change, one in a second is logged");
	connection_complain(c, "another");
	is_int(logged("database: another"), 1, "something else is logged, too");
	fake_time.ms += LOG_AGAIN_MS - 1;
	connection_complain(c, "another");
	is_int(logged("database:"), 0, "the same is not");
	fake_time.ms += LOG_AGAIN_MS;
	connection_complain(c, "another");
	is_int(logged("database: another"), 1, "until it has lasted");
	end("all that over one connection");
}

int
main(void)
{
	alarm(60); /* for a thread that is waited for in vain */
	open_log();
	test_connect();
	test_next_schema();
	test_settings();
	test_refusals();
	test_superuser();
	test_receive();
	test_hang();
	test_patient();
	test_backoff();
	test_rejection();
	test_complain();
	close_log();
	return done_testing();
}
