/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_FIXTURE_H
#define INTAKE_FIXTURE_H

#include "base/clock.h"
#include "base/log.h"
#include "intake/fake_db.h"
#include "intake/intake.h"
#include "spool/spool_fixture.h"

#define SECOND_MS 1000

static enum db_call asked;
static int refreshes;
/* Of the token of int_closed: none that anybody knows. */
static char closed_hash[DIGEST_HEX_BYTES] = "0123456789abcdef0123456789abcdef"
					    "0123456789abcdef0123456789abcdef";

void
db_set_waiter(struct db *db, struct waiter *w)
{
	db->waiter = w;
}

/* Two integrations, one of which needs no token. */
enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct rows *rows, int64_t deadline)
{
	(void)db;
	(void)params;
	(void)deadline;
	memset(rows, 0, sizeof(*rows));
	asked = call;
	refreshes += call == DB_ADMISSION;
	rows->n = call == DB_ADMISSION ? 2 : 1;
	rows->columns = call == DB_ADMISSION ? 6 : 1;
	return OUTCOME_OK;
}

const char *
rows_at(const struct rows *rows, int row, int column)
{
	const char *const cells[2][6] = {{"int_closed", "t", closed_hash},
	    {"int_fixture", "t"}};

	(void)rows;
	return asked == DB_INSTALLATION ? DATABASE : cells[row][column];
}

void
rows_free(struct rows *rows)
{
	(void)rows;
}

/* That it is away is known only from a call. */
static struct intake *intake;
static struct spooler *spooler;

/* A request with n events, of Ids name-0, name-1 ... */
struct post {
	struct delivery d;
	struct buf body;
};

static inline void
write_events(struct buf *b, const char *name, int n)
{
	buf_puts(b, "[");
	for (int i = 0; i < n; i++)
		buf_printf(b,
		    "%s{\"event_type\":\"create\",\"Id\":\"%s-%d\","
		    "\"Title\":\"t\"}",
		    i > 0 ? "," : "", name, i);
	buf_puts(b, "]");
}

static inline void
open_post(struct post *p, const char *name, int n)
{
	struct fault fault;

	memset(p, 0, sizeof(*p));
	p->body.max = 1 << 20;
	write_events(&p->body, name, n);
	p->d.from = origin;
	if (delivery_parse(&p->d, &p->body, &fault) != OUTCOME_OK)
		exit(1);
}

static inline void
close_post(struct post *p)
{
	delivery_free(&p->d);
	buf_free(&p->body);
}

/* How many of its items came to this. */
static inline int
count(const struct post *p, enum outcome want)
{
	int n = 0;

	for (size_t i = 0; i < p->d.n; i++)
		n += p->d.items[i].outcome == want;
	return n;
}

static inline void
store(struct post *p, int ms)
{
	intake_store(intake, &p->d, clock_ms() + ms);
}

static inline int
spooled(void)
{
	struct gate g;

	tally_gate(spool, &g);
	return (int)g.files;
}

static inline void
empty_spool(void)
{
	char names[256][SPOOL_NAME_BYTES];
	int n;

	while ((n = listing_names(spool, names, 256, NULL)) > 0)
		for (int i = 0; i < n; i++)
			remove_file(names[i]);
}

static inline void
open_intake(void)
{
	open_spool();
	log_open("/dev/null", LOG_WARN_LEVEL);
	fixture_conf.connections = 1;
	spooler = spooler_open(spool);
	intake = intake_open(&fixture_conf, DB_SERVER, spooler, NULL);
	admission_refresh(spooler_admission(spooler), &the_db, 0);
}

static inline void
close_intake(void)
{
	intake_close(intake);
	spooler_close(spooler);
	spool = spool_dir_open(&fixture_conf, (char[SPOOL_DIR_ERROR_BYTES]){0});
	close_spool();
}

#endif
