/* SPDX-License-Identifier: ISC */
#ifndef ADMISSION_FIXTURE_H
#define ADMISSION_FIXTURE_H

#include <time.h>

#include "base/clock.h"
#include "spool/admission.h"
#include "spool/spool_fixture.h"

#define COPY "integrations"

/* A database that has these rows, or is away. */
struct row {
	const char *cells[6];
};

static struct row rows[8];
static int n_rows, n_columns = 6;
static bool away;
static const char *refusal; /* the SQLSTATE of what it refuses with */
static const char *installation = DATABASE;
static enum db_call asked;

enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct rows *r, int64_t deadline)
{
	(void)db;
	(void)params;
	(void)deadline;
	memset(r, 0, sizeof(*r));
	asked = call;
	if (refusal != NULL && call == DB_ADMISSION) {
		snprintf(r->sqlstate, sizeof(r->sqlstate), "%s", refusal);
		snprintf(r->error, sizeof(r->error), "refused");
		return OUTCOME_UNAVAILABLE;
	}
	if (away || (call != DB_ADMISSION && call != DB_INSTALLATION))
		return OUTCOME_UNAVAILABLE;
	r->n = call == DB_ADMISSION ? n_rows : 1;
	r->columns = call == DB_ADMISSION ? n_columns : 1;
	return OUTCOME_OK;
}

const char *
rows_at(const struct rows *r, int row, int column)
{
	(void)r;
	if (asked == DB_INSTALLATION)
		return installation;
	return rows[row].cells[column];
}

void
rows_free(struct rows *r)
{
	(void)r;
}

static char hashes[4][DIGEST_HEX_BYTES];

/* The hash of a token in hexadecimal, in the i-th place. */
static inline const char *
hash(int i, const char *token)
{
	unsigned char sum[DIGEST_BYTES];

	digest_sha256(token, strlen(token), sum);
	digest_hex(sum, hashes[i]);
	return hashes[i];
}

static inline struct origin
sender(const char *id, const char *token)
{
	struct origin from = {.source = "webhook",
	    .integration_id = {id, strlen(id)}};

	from.has_token = token != NULL;
	if (token != NULL)
		digest_sha256(token, strlen(token), from.token_hash);
	return from;
}

static inline enum outcome
check(struct admission *a, const char *id, const char *token)
{
	struct origin from = sender(id, token);
	char database[UUID_TEXT_BYTES] = "";
	enum outcome res = admission_check(a, &from, database);

	if (res == OUTCOME_OK && strcmp(database, installation) != 0)
		ok(false, "who may spool does so for the database");
	return res;
}

static const char *heard_wrapper = "";

/* What the database said of a webhook. */
static inline void
hear(struct admission *a, const char *id, const char *token, bool accepted)
{
	struct origin from = sender(id, token);

	snprintf(from.wrapper, sizeof(from.wrapper), "%s", heard_wrapper);
	admission_hear(a, &from, accepted);
}

/* Longer than what lies between two refreshes at least. */
static inline void
nap(void)
{
	nanosleep(&(struct timespec){0, 260000000}, NULL);
}

static inline int
refresh(struct admission *a)
{
	return admission_refresh(a, NULL, 0);
}

static inline void
set_rows(void)
{
	static char soon[24];

	snprintf(soon, sizeof(soon), "%" PRId64, clock_wall_us() + 60000000);
	rows[0] = (struct row){
	    {"int_grace", "t", hash(0, "new"), hash(1, "old"), soon}};
	rows[1] = (struct row){{"int_late", "t", hash(0, "new"), hash(1, "old"),
	    "1767225600123456"}};
	rows[2] = (struct row){{"int_off", "f", hash(2, "secret"), NULL, NULL}};
	rows[3] = (struct row){{"int_open", "t", NULL, NULL, NULL}};
	rows[4] =
	    (struct row){{"int_token", "t", hash(2, "secret"), NULL, NULL}};
	n_rows = 5;
}

/* The wrapper key of a sender that is vouched for; NULL when it is not. */
static inline const char *
wrapper(struct admission *a, const char *id, const char *token)
{
	static struct origin from;

	from = sender(id, token);
	return admission_vouches(a, &from) ? from.wrapper : NULL;
}

#endif
