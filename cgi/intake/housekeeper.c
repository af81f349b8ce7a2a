/* SPDX-License-Identifier: ISC */
#include "intake/housekeeper.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/account.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "spool/admission.h"
#include "spool/backlog.h"
#include "spool/drain.h"

#define CLEAN_MS 60000
#define NOTE_MS 3600000
#define NOTE_FAILED_MS 60000
#define TICK_MARK "tick" /* in the spool's directory */
#define CLEAN_MARK "clean"
#define TICK_ROWS 50 /* far within STATEMENT_MS, also on a busy host */

struct housekeeper {
	const struct conf *conf;
	struct intake *intake;
	struct spooler *spooler; /* NULL = none */
	struct kick *kick; /* NULL = start no relay */
	struct drain *drain;
	int64_t deadline; /* of this round */
	enum drain_end end;
	struct drained count;
	int64_t cleaned_at;
	int64_t note_at; /* note() then */
	int64_t ticked_at;
	bool is_news; /* a relay would find something to tell */
	bool is_new; /* not refreshed yet: the database's id is unknown */

	pthread_t thread;
	pthread_mutex_t lock; /* protects what follows */
	pthread_cond_t wake;
	bool stopping;
	bool hurried; /* start the next round at once */
};

/* A call gets its full time, counted from when it gets the connection. */
static int64_t
call_deadline(const struct housekeeper *k)
{
	int64_t full = clock_ms() + k->conf->database_timeout;

	return full < k->deadline ? full : k->deadline;
}

static void
drain_some(struct db *db, void *arg)
{
	struct housekeeper *k = arg;

	k->end = drain_batch(k->drain, db, &k->count, call_deadline(k));
}

/*
 * Tell the database how this process was started, for the operator's tool to
 * compare.
 */
static void
note(struct db *db, void *arg)
{
	struct housekeeper *k = arg;
	char host[ACCOUNT_BYTES], user[ACCOUNT_BYTES];
	const char *const params[] = {host, user,
	    k->conf->path == NULL ? "" : k->conf->path, k->conf->spool};
	struct rows rows;

	if (clock_ms() < k->note_at)
		return;
	account_host(host);
	account_user(user);
	k->note_at = clock_ms() + NOTE_FAILED_MS;
	if (db_query(db, DB_RESPONDER_NOTE, params, &rows, call_deadline(k)) ==
	    OUTCOME_OK)
		k->note_at = clock_ms() + NOTE_MS;
	rows_free(&rows);
}

static void
refresh(struct db *db, void *arg)
{
	struct housekeeper *k = arg;

	if (admission_refresh(spooler_admission(k->spooler), db,
		call_deadline(k)) != 0)
		return;
	k->is_new = false;
	note(db, k);
}

static void
refresh_if_due(struct housekeeper *k)
{
	if (k->is_new || admission_is_due(spooler_admission(k->spooler)))
		intake_lend(k->intake, refresh, k, call_deadline(k));
}

static bool
is_stopping(struct housekeeper *k)
{
	bool stopping;

	pthread_mutex_lock(&k->lock);
	stopping = k->stopping;
	pthread_mutex_unlock(&k->lock);
	return stopping;
}

/* Drain until the spool is empty, the budget is spent or an error occurs. */
static void
drain_all(struct housekeeper *k)
{
	k->count = (struct drained){0, 0};
	do {
		k->end = DRAIN_OUTAGE;
		/* A drain may take long: keep the copy up to date. */
		refresh_if_due(k);
		intake_lend(k->intake, drain_some, k, call_deadline(k));
	} while (k->end == DRAIN_MORE && clock_left_ms(k->deadline) > 0 &&
	    !is_stopping(k));
	if (k->count.stored > 0)
		kick_note(k->kick);
	if (k->count.stored > 0 || k->count.rejected > 0)
		log_info("drained %d events from the spool, %d moved to bad/",
		    k->count.stored, k->count.rejected);
}

static void
look_after_spool(struct housekeeper *k, int64_t deadline)
{
	struct gate gate;

	k->deadline = deadline;
	k->end = DRAIN_EMPTY;
	spooler_gate(k->spooler, &gate);
	refresh_if_due(k);
	if (gate.files > 0)
		drain_all(k);
	if (clock_ms() - k->cleaned_at >= CLEAN_MS) {
		backlog_clean(spooler_dir(k->spooler));
		k->cleaned_at = clock_ms();
	}
}

/* Return whether nothing in the spool waits for this database. */
static bool
is_drained(const struct housekeeper *k)
{
	return k->end == DRAIN_EMPTY || k->end == DRAIN_HELD ||
	    k->end == DRAIN_FOREIGN;
}

/* Have the database do what is due. */
static void
tick(struct db *db, void *arg)
{
	char limit[16];
	const char *const params[] = {limit, TICK_REST};
	struct housekeeper *k = arg;
	struct rows rows;

	snprintf(limit, sizeof(limit), "%d", TICK_ROWS);
	if (db_query(db, DB_TICK, params, &rows, call_deadline(k)) ==
		OUTCOME_OK &&
	    rows_number(&rows, 0, "done") >= TICK_ROWS)
		k->ticked_at -= TICK_EVERY_MS; /* there may be more */
	rows_free(&rows);
	kick_note(k->kick); /* time may have made something due */
}

static void
ask_for_news(struct db *db, void *arg)
{
	struct housekeeper *k = arg;
	const char *is_due;
	struct rows rows;

	k->is_news = false;
	if (db_query(db, DB_RELAY_IS_DUE, NULL, &rows, call_deadline(k)) ==
		OUTCOME_OK &&
	    rows.n == 1) {
		is_due = rows_at(&rows, 0, 0);
		k->is_news = is_due != NULL && is_due[0] == 't';
	}
	rows_free(&rows);
}

/* Start a relay if it would find something to tell. */
static void
kick_if_due(struct housekeeper *k)
{
	if (!kick_is_due(k->kick))
		return;
	k->is_news = false;
	intake_lend(k->intake, ask_for_news, k, call_deadline(k));
	if (k->is_news)
		kick(k->kick);
}

/*
 * Tick regularly, but not before what waits in the spool is stored: a ping in
 * there has been heard.
 */
static void
tick_if_due(struct housekeeper *k)
{
	if (!is_drained(k) || clock_ms() - k->ticked_at < TICK_EVERY_MS)
		return;
	k->ticked_at = clock_ms();
	intake_lend(k->intake, tick, k, call_deadline(k));
}

/* The same for a process that serves one request, one of many such. */
static void
tick_once(struct housekeeper *k)
{
	if (is_drained(k) &&
	    spool_dir_mark(spooler_dir(k->spooler), TICK_MARK, TICK_EVERY_MS))
		intake_lend(k->intake, tick, k, call_deadline(k));
}

/* Called by the thread that found the copy of the integrations wrong. */
static void
hurry(void *arg)
{
	struct housekeeper *k = arg;

	pthread_mutex_lock(&k->lock);
	k->hurried = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
}

static void *
run(void *arg)
{
	struct housekeeper *k = arg;

	while (!is_stopping(k)) {
		struct timespec until;
		int64_t ms = clock_ms() + HOUSEKEEPING_MS;

		intake_tick(k->intake);
		k->deadline = INT64_MAX;
		if (k->spooler != NULL)
			look_after_spool(k, INT64_MAX);
		else if (clock_ms() >= k->note_at)
			intake_lend(k->intake, note, k, call_deadline(k));
		tick_if_due(k);
		kick_if_due(k);
		until.tv_sec = ms / 1000;
		until.tv_nsec = ms % 1000 * 1000000;
		pthread_mutex_lock(&k->lock);
		while (!k->stopping && !k->hurried && clock_left_ms(ms) > 0)
			pthread_cond_timedwait(&k->wake, &k->lock, &until);
		k->hurried = false;
		pthread_mutex_unlock(&k->lock);
	}
	kick_if_due(k); /* of what was answered since */
	return NULL;
}

static struct housekeeper *
create(const struct conf *conf, struct intake *in, struct spooler *spooler,
    struct kick *kick)
{
	pthread_condattr_t attr;
	struct housekeeper *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->conf = conf;
	k->intake = in;
	k->spooler = spooler;
	k->kick = kick;
	k->cleaned_at = clock_ms() - CLEAN_MS; /* clean in the first round */
	k->ticked_at = clock_ms() - TICK_EVERY_MS;
	k->end = DRAIN_EMPTY; /* of no spool */
	if (spooler != NULL) {
		k->drain = drain_open(spooler_dir(spooler));
		if (k->drain == NULL) {
			free(k);
			return NULL;
		}
	}
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &attr);
	pthread_condattr_destroy(&attr);
	return k;
}

static void
destroy(struct housekeeper *k)
{
	if (k->spooler != NULL)
		admission_watch(spooler_admission(k->spooler), NULL, NULL);
	drain_close(k->drain);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

struct housekeeper *
housekeeper_start(const struct conf *conf, struct intake *in,
    struct spooler *spooler, struct kick *kick)
{
	struct housekeeper *k = create(conf, in, spooler, kick);

	if (k == NULL)
		return NULL;
	k->is_new = true;
	if (spooler != NULL)
		admission_watch(spooler_admission(spooler), hurry, k);
	if (pthread_create(&k->thread, NULL, run, k) != 0) {
		destroy(k);
		k = NULL;
	}
	return k;
}

void
housekeeper_stop(struct housekeeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->stopping = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	destroy(k);
}

void
housekeeper_once(const struct conf *conf, struct intake *in,
    struct spooler *spooler, struct kick *kick, int64_t budget_ms)
{
	struct housekeeper *k;

	if (spooler == NULL)
		return;
	k = create(conf, in, spooler, kick);
	if (k == NULL)
		return;
	if (!spool_dir_mark(spooler_dir(spooler), CLEAN_MARK, CLEAN_MS))
		k->cleaned_at = clock_ms(); /* one of many has just done it */
	look_after_spool(k, clock_ms() + budget_ms);
	tick_once(k);
	kick_if_due(k);
	destroy(k);
}
