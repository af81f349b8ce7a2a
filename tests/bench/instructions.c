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
 * Uses no code of the responder, so that it can call every version of the
 * schema: one array of records, or up to version 2 an array for each column.
 *
 * Prints the pid of the server's process, and ends that process.
 */
#include <arpa/inet.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#define EVENTS_MAX 256
#define COLUMNS 20
#define ARRAY_BYTES_MAX (1024 * 1024)
#define PG_EPOCH_S INT64_C(946684800) /* PostgreSQL counts from 2000 */

/* OIDs of types and of their arrays. */
static const struct {
	uint32_t type, array;
} columns[COLUMNS] = {
    {2950, 2951}, /* event_id: uuid */
    {1184, 1185}, /* received_at: timestamptz */
    {25, 1009}, /* source: text */
    {25, 1009}, /* integration_id */
    {17, 1001}, /* token_hash: bytea */
    {25, 1009}, /* event_type */
    {25, 1009}, /* external_id */
    {25, 1009}, /* title */
    {25, 1009}, /* description */
    {25, 1009}, /* urgency */
    {25, 1009}, /* tags */
    {25, 1009}, /* dedup_keys */
    {3802, 3807}, /* meta: jsonb */
    {16, 1000}, /* incident: boolean */
    {25, 1009}, /* incident_severity */
    {25, 1009}, /* incident_message */
    {3802, 3807}, /* additional_data: jsonb */
    {25, 1009}, /* flags */
    {25, 1009}, /* request_id */
    {25, 1009}, /* remote_addr */
};

struct field {
	const void *p; /* NULL is an SQL null */
	size_t len;
};

/* An array in binary form, as array_send() of PostgreSQL writes it. */
struct array {
	size_t len;
	unsigned char bytes[ARRAY_BYTES_MAX];
};

static struct array arrays[COLUMNS]; /* of records: only the first */
static uint32_t record; /* OID of the record's type; 0: it has none */
static char ids[EVENTS_MAX][64];

static void
put(struct array *a, const void *p, size_t len)
{
	if (len > sizeof(a->bytes) - a->len) {
		fputs("instructions: too many events\n", stderr);
		exit(1);
	}
	memcpy(a->bytes + a->len, p, len);
	a->len += len;
}

static void
put_u32(struct array *a, uint32_t v)
{
	v = htonl(v);
	put(a, &v, sizeof(v));
}

static void
put_field(struct array *a, const struct field *f)
{
	put_u32(a, f->p == NULL ? UINT32_MAX : (uint32_t)f->len);
	if (f->p != NULL)
		put(a, f->p, f->len);
}

/* Begin an array of n elements: one dimension, may contain nulls. */
static void
begin(struct array *a, uint32_t type, uint32_t n)
{
	a->len = 0;
	put_u32(a, 1);
	put_u32(a, 1);
	put_u32(a, type);
	put_u32(a, n);
	put_u32(a, 1); /* lower bound */
}

static void
begin_batch(uint32_t n)
{
	if (record != 0) {
		begin(&arrays[0], record, n);
		return;
	}
	for (size_t c = 0; c < COLUMNS; c++)
		begin(&arrays[c], columns[c].type, n);
}

static void
put_event(const struct field *fields)
{
	struct array *a = &arrays[0];
	size_t at = a->len;
	uint32_t len;

	if (record == 0) {
		for (size_t c = 0; c < COLUMNS; c++)
			put_field(&arrays[c], &fields[c]);
		return;
	}
	put_u32(a, 0);
	put_u32(a, COLUMNS);
	for (size_t c = 0; c < COLUMNS; c++) {
		put_u32(a, columns[c].type);
		put_field(a, &fields[c]);
	}
	len = htonl((uint32_t)(a->len - at - sizeof(len)));
	memcpy(a->bytes + at, &len, sizeof(len));
}

static void
put_big_endian(unsigned char *p, uint64_t v, int bytes)
{
	while (bytes-- > 0)
		*p++ = (unsigned char)(v >> bytes * 8);
}

/* A UUIDv7 and the time in it, both higher than in the last call. */
static void
make_id(unsigned char id[16], unsigned char received_at[8])
{
	static uint64_t made;
	struct timespec now;
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	put_big_endian(id, (uint64_t)ns / 1000000, 6);
	put_big_endian(id + 6, 0x7000 + (uint64_t)ns % 1000000 / 250, 2);
	put_big_endian(id + 8, UINT64_C(0x8000000000000000) + ++made, 8);
	put_big_endian(received_at,
	    (uint64_t)(ns / 1000 - PG_EPOCH_S * 1000000), 8);
}

/* Add an event; step 0 creates, 1 acknowledges, 2 resolves. */
static void
add(const char *integration, size_t i, int step, bool is_new)
{
	static const char *const types[] = {"create", "acknowledge", "resolve"};
	static unsigned made;
	unsigned char id[16], received_at[8];
	struct field f[COLUMNS] = {{id, sizeof(id)},
	    {received_at, sizeof(received_at)}, {"webhook", 7},
	    {integration, strlen(integration)}, {NULL, 0},
	    {types[step], strlen(types[step])}, [13] = {"", 1},
	    [17] = {"{}", 2}, [19] = {"127.0.0.1", 9}};

	make_id(id, received_at);
	if (is_new)
		snprintf(ids[i], sizeof(ids[i]), "bench-%d-%u", (int)getpid(),
		    ++made);
	f[6] = (struct field){ids[i], strlen(ids[i])};
	if (step == 0) {
		f[7] = (struct field){"Example Incident Title", 22};
		f[8] = (struct field){"Example Incident Description", 28};
		f[10] = (struct field){"{a,b,c}", 7};
		f[11] = (struct field){"{}", 2};
		f[12] = (struct field){"\001{}", 3};
		f[13] = (struct field){"\001", 1};
		f[14] = (struct field){"SEV-1", 5};
		f[15] = (struct field){
		    "Please join conference bridge 1-800-123-4567", 44};
	}
	put_event(f);
}

static void
give_up(PGconn *conn)
{
	fprintf(stderr, "instructions: %s", PQerrorMessage(conn));
	exit(1);
}

static void
call(PGconn *conn, int n)
{
	const char *values[COLUMNS];
	int lengths[COLUMNS], formats[COLUMNS];
	PGresult *res;

	for (size_t c = 0; c < COLUMNS; c++) {
		values[c] = (const char *)arrays[c].bytes;
		lengths[c] = (int)arrays[c].len;
		formats[c] = 1;
	}
	res = PQexecPrepared(conn, "ingest", record != 0 ? 1 : COLUMNS, values,
	    lengths, formats, 1);
	if (PQresultStatus(res) != PGRES_TUPLES_OK || PQntuples(res) != n)
		give_up(conn);
	PQclear(res);
}

static void
prepare(PGconn *conn)
{
	Oid types[COLUMNS];
	PGresult *res = PQexec(conn,
	    "select pg_catalog.oid("
	    "pg_catalog.to_regtype('tocsin_api.event_in'))");

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		give_up(conn);
	if (!PQgetisnull(res, 0, 0))
		record = (uint32_t)strtoul(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	for (size_t c = 0; c < COLUMNS; c++)
		types[c] = columns[c].array;
	res = record != 0
	    ? PQprepare(conn, "ingest",
		  "select event_id, outcome, reason, alert_id, status"
		  "  from tocsin_api.ingest($1)",
		  0, NULL)
	    : PQprepare(conn, "ingest",
		  "select event_id, outcome, reason, alert_id, status"
		  "  from tocsin_api.ingest($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		  " $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
		  COLUMNS, types);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		give_up(conn);
	PQclear(res);
}

int
main(int argc, char **argv)
{
	const char *integration = getenv("INTEGRATION");
	PGconn *conn = PQconnectdb("");
	int n;

	if (argc != 4 || integration == NULL ||
	    (n = atoi(argv[2])) > EVENTS_MAX)
		return 2;
	if (PQstatus(conn) != CONNECTION_OK)
		give_up(conn);
	prepare(conn);
	for (int k = 0; k < atoi(argv[3]); k++) {
		int step = strcmp(argv[1], "life") == 0 ? k % 3 : 0;
		bool is_new =
		    step == 0 && (k == 0 || strcmp(argv[1], "duplicate") != 0);

		begin_batch((uint32_t)n);
		for (int i = 0; i < n; i++)
			add(integration, (size_t)i, step, is_new);
		call(conn, n);
	}
	printf("%d\n", PQbackendPID(conn));
	PQfinish(conn);
	return 0;
}
