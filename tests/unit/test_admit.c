/* SPDX-License-Identifier: ISC */
#include "admit.h"

#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "spool_fixture.h"

#define COPY "integrations"

/* A database that has these rows, or is away. */
struct row {
	const char *cells[5];
};

static struct row rows[8];
static int n_rows;
static bool away;

enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct db_rows *r, int64_t deadline)
{
	(void)db;
	(void)params;
	(void)deadline;
	memset(r, 0, sizeof(*r));
	if (away || call != DB_ADMISSION)
		return OUTCOME_UNAVAILABLE;
	r->n = n_rows;
	r->columns = 5;
	return OUTCOME_OK;
}

const char *
db_cell(const struct db_rows *r, int row, int column)
{
	(void)r;
	return rows[row].cells[column];
}

void
db_rows_free(struct db_rows *r)
{
	(void)r;
}

static char hashes[4][2 + DIGEST_HEX_BYTES];

/* The hash of a token as bytea's text, in the i-th place. */
static const char *
hash(int i, const char *token)
{
	unsigned char sum[DIGEST_BYTES];

	digest_sha256(token, strlen(token), sum);
	memcpy(hashes[i], "\\x", 2);
	digest_hex(sum, hashes[i] + 2);
	return hashes[i];
}

static struct origin
sender(const char *id, const char *token)
{
	struct origin from = {.source = "webhook",
	    .integration_id = {id, strlen(id)}};

	from.has_token = token != NULL;
	if (token != NULL)
		digest_sha256(token, strlen(token), from.token_hash);
	return from;
}

static enum outcome
check(struct admit *a, const char *id, const char *token)
{
	struct origin from = sender(id, token);

	return admit_check(a, &from);
}

static void
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

static const struct {
	const char *id, *token;
	enum outcome want;
	const char *name;
} cases[] = {
    {"int_token", "secret", OUTCOME_OK, "the right token may spool"},
    {"int_token", "secret ", OUTCOME_FORBIDDEN, "a wrong one may not"},
    {"int_token", "", OUTCOME_FORBIDDEN, "nor an empty one"},
    {"int_token", NULL, OUTCOME_FORBIDDEN, "nor may none"},
    {"int_open", NULL, OUTCOME_OK, "none is needed where none is set"},
    {"int_open", "x", OUTCOME_OK, "any is good there"},
    {"int_off", "secret", OUTCOME_UNAVAILABLE, "disabled: wait"},
    {"int_tok", "secret", OUTCOME_UNAVAILABLE, "a part of an id: wait"},
    {"int_tokens", "secret", OUTCOME_UNAVAILABLE, "a longer id: wait"},
    {"", "secret", OUTCOME_UNAVAILABLE, "no id: wait"},
    {"sha256", NULL, OUTCOME_UNAVAILABLE, "the checksum is no id"},
    {"tocsin", NULL, OUTCOME_UNAVAILABLE, "nor is the first line"},
    {"int_grace", "new", OUTCOME_OK, "the new token is good"},
    {"int_grace", "old", OUTCOME_OK, "the old one still is"},
    {"int_late", "new", OUTCOME_OK, "of another the new one is good"},
    {"int_late", "old", OUTCOME_FORBIDDEN, "the old one is no more"},
    {"int_late", "-", OUTCOME_FORBIDDEN, "and what stands for none"},
};

static void
test_cases(struct admit *a)
{
	ok(admit_is_stale(a), "without a copy it is stale");
	is_int(check(a, "int_open", NULL), OUTCOME_UNAVAILABLE,
	    "and nobody may spool");
	away = true;
	is_int(admit_refresh(a, NULL, 0), -1, "no database, no copy");
	away = false;
	is_int(admit_refresh(a, NULL, 0), 0, "a copy is made");
	ok(!admit_is_stale(a), "and is not stale");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(check(a, cases[i].id, cases[i].token), cases[i].want,
		    cases[i].name);
	away = true;
	is_int(admit_refresh(a, NULL, 0), -1, "when the database goes away");
	is_int(check(a, "int_token", "secret"), OUTCOME_OK, "it stays");
	away = false;
}

/* A change in the database reaches other processes through the file. */
static void
test_change(struct admit *a)
{
	struct admit *other = admit_open(spool);
	const struct timespec old[2] = {{time(NULL) - 31, 0},
	    {time(NULL) - 31, 0}};

	is_int(check(other, "int_token", "secret"), OUTCOME_OK,
	    "another process reads the same copy");
	rows[4].cells[2] = hash(3, "changed");
	utimensat(spool->dir, COPY, old, 0);
	ok(admit_is_stale(other), "after some seconds it is stale");
	is_int(admit_refresh(a, NULL, 0), 0, "one of them refreshes it");
	ok(!admit_is_stale(other), "and it is stale for none");
	is_int(check(other, "int_token", "changed"), OUTCOME_OK,
	    "the other knows the new token");
	is_int(check(other, "int_token", "secret"), OUTCOME_FORBIDDEN,
	    "and not the old one");
	utimensat(spool->dir, COPY, old, 0);
	is_int(admit_refresh(a, NULL, 0), 0, "without a change");
	ok(!admit_is_stale(other), "it is not stale either");
	admit_close(other);
}

/* A copy that can not be opened for a moment is not given up. */
static void
test_no_descriptors(void)
{
	struct admit *a = admit_open(spool);
	struct rlimit all, none;

	getrlimit(RLIMIT_NOFILE, &all);
	none = all;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	is_int(check(a, "int_open", NULL), OUTCOME_UNAVAILABLE,
	    "without descriptors nobody may spool");
	setrlimit(RLIMIT_NOFILE, &all);
	is_int(check(a, "int_open", NULL), OUTCOME_OK,
	    "as soon as there are some, it goes on");
	admit_close(a);
}

static void
test_damage(struct admit *a)
{
	struct buf b = {.max = 65536};
	struct spooldir here = *spool;
	size_t bad = 0, n;

	here.new = here.dir;
	backlog_read(&here, COPY, &b);
	n = b.len;
	for (size_t bit = 0; bit < n * 8; bit += 3) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		spooldir_replace(spool, COPY, b.data, n);
		bad += check(a, "int_open", NULL) != OUTCOME_UNAVAILABLE;
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	is_int((long long)bad, 0, "with any bit wrong nobody may spool");
	bad = 0;
	for (size_t len = 0; len < n; len++) {
		spooldir_replace(spool, COPY, b.data, len);
		bad += check(a, "int_open", NULL) != OUTCOME_UNAVAILABLE;
	}
	is_int((long long)bad, 0, "nor with any end missing");
	is_int(admit_refresh(a, NULL, 0), 0, "the database mends it");
	is_int(check(a, "int_open", NULL), OUTCOME_OK, "and all is well");
	buf_free(&b);
}

int
main(void)
{
	struct admit *a;

	open_spool();
	set_rows();
	log_open("/dev/null", LOG_WARN_LEVEL);
	a = admit_open(spool);
	test_cases(a);
	test_change(a);
	test_no_descriptors();
	test_damage(a);
	admit_close(a);
	close_spool();
	return done_testing();
}
