/* SPDX-License-Identifier: ISC */
/*
 * instructions TRAFFIC EVENTS CALLS: call tocsin_api.ingest CALLS times, as
 * the responder does, with EVENTS events each: example 2 of the protocol.
 * libpq's environment names the database, INTEGRATION the integration.
 *
 * TRAFFIC: create, each event with a new Id; duplicate, the same Ids in every
 * call; or life, each Id created in one call, acknowledged in the next and
 * resolved in the third.
 *
 * Prints the pid of the server's process, and ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "db/batch.h"

static struct batch batch;
static char ids[BATCH_EVENTS_MAX][64];
static unsigned made;

static void
give_up(PGconn *conn)
{
	fprintf(stderr, "instructions: %s", PQerrorMessage(conn));
	exit(1);
}

static const char *
query(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		give_up(conn);
	return PQgetvalue(res, 0, 0); /* never freed: small and few */
}

/* Add an event; step 0 creates, 1 acknowledges, 2 resolves. */
static void
add(struct origin *from, size_t i, int step, bool is_new)
{
	struct event ev = {.from = from};

	from->received_at = clock_wall_us();
	uuid_make(&ev.id, from->received_at);
	if (is_new)
		snprintf(ids[i], sizeof(ids[i]), "bench-%d-%u", (int)getpid(),
		    ++made);
	ev.external_id = (struct slice){ids[i], strlen(ids[i])};
	ev.type = step == 0 ? SLICE("create")
	    : step == 1     ? SLICE("acknowledge")
			    : SLICE("resolve");
	if (step == 0) {
		ev.title = SLICE("Example Incident Title");
		ev.description = SLICE("Example Incident Description");
		ev.tags = SLICE("{a,b,c}");
		ev.dedup_keys = SLICE("{}");
		ev.meta = SLICE("{}");
		ev.incident = true;
		ev.severity = SLICE("SEV-1");
		ev.message =
		    SLICE("Please join conference bridge 1-800-123-4567");
	}
	batch_add(&batch, &ev);
}

static void
call(PGconn *conn, Oid type)
{
	struct slice array = batch_array(&batch, type);
	const char *const values[] = {array.p};
	const int lengths[] = {(int)array.len}, formats[] = {1};
	PGresult *res;

	res = PQexecPrepared(conn, "ingest", 1, values, lengths, formats, 1);
	if (PQresultStatus(res) != PGRES_TUPLES_OK ||
	    (size_t)PQntuples(res) != batch.n)
		give_up(conn);
	PQclear(res);
}

static Oid
prepare(PGconn *conn)
{
	PGresult *res;

	res = PQprepare(conn, "ingest",
	    "select event_id, outcome, reason, alert_id, status"
	    "  from tocsin_api.ingest($1)",
	    0, NULL);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		give_up(conn);
	PQclear(res);
	return (Oid)strtoul(query(conn,
				"select pg_catalog.oid("
				"pg_catalog.to_regtype("
				"'tocsin_api.event_in'))"),
	    NULL, 10);
}

int
main(int argc, char **argv)
{
	static struct origin from = {.source = "webhook",
	    .remote_addr = SLICE("127.0.0.1")};
	const char *integration = getenv("INTEGRATION");
	PGconn *conn = PQconnectdb("");
	size_t n;
	Oid type;

	if (argc != 4 || integration == NULL)
		return 2;
	if (PQstatus(conn) != CONNECTION_OK)
		give_up(conn);
	n = strtoul(argv[2], NULL, 10);
	from.integration_id = (struct slice){integration, strlen(integration)};
	type = prepare(conn);
	for (int k = 0; k < atoi(argv[3]); k++) {
		int step = strcmp(argv[1], "life") == 0 ? k % 3 : 0;
		bool is_new =
		    step == 0 && (k == 0 || strcmp(argv[1], "duplicate") != 0);

		batch_begin(&batch);
		for (size_t i = 0; i < n; i++)
			add(&from, i, step, is_new);
		if (batch_end(&batch) == -1)
			return 1;
		call(conn, type);
	}
	printf("%d\n", PQbackendPID(conn));
	PQfinish(conn);
	return 0;
}
