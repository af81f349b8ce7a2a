/* SPDX-License-Identifier: ISC */
#include "intake/intake.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/timing.h"
#include "db/batch.h"
#include "intake/commit.h"
#include "intake/judge.h"
#include "intake/queue.h"

#define WITHDRAW_AGAIN_MS 1

static const struct fault unstorable = {.pointer = "",
    .detail = "the database cannot store this event"};

/* One connection and the batch that its leader is storing. */
struct lead {
	struct commit store;
	bool taken; /* by a leader or a borrower */
	bool lent; /* by a borrower */
	bool reading; /* events are being read: owners must not withdraw */
	struct load load;
};

struct intake {
	struct spooler *spooler; /* NULL = none */
	struct metrics *metrics; /* NULL = none */
	struct admission *admission; /* the spooler's, or our own */
	struct judge judge;
	pthread_condattr_t monotonic;
	pthread_mutex_t lock; /* protects all that follows */
	pthread_cond_t lent; /* a lead is free for a borrower */
	int borrowers; /* waiting for a lead */
	bool lent_last; /* a queued batch goes before the next borrower */
	bool gathering; /* the gatherer is in intake_gather() or called to it */
	void (*wake)(void *arg); /* tells the gatherer to call it */
	void *arg;
	struct queue queue;
	int crowd_ms;
	bool crowded; /* the last batch was of several deliveries */
	size_t n;
	struct lead leads[];
};

struct intake *
intake_open(const struct conf *conf, enum db_mode mode, struct spooler *spooler,
    struct metrics *metrics)
{
	size_t n = mode == DB_SERVER ? (size_t)conf->connections : 1;
	struct intake *in;

	in = calloc(1, sizeof(*in) + n * sizeof(in->leads[0]));
	if (in == NULL)
		return NULL;
	in->spooler = spooler;
	in->metrics = metrics;
	judge_init(&in->judge);
	in->admission =
	    spooler != NULL ? spooler_admission(spooler) : admission_open(NULL);
	pthread_mutex_init(&in->lock, NULL);
	pthread_condattr_init(&in->monotonic);
	pthread_condattr_setclock(&in->monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&in->lent, &in->monotonic);
	for (; in->n < n; in->n++) {
		struct commit *store = &in->leads[in->n].store;

		store->spooler = spooler;
		store->db = db_open(conf, mode);
		if (store->db == NULL)
			break;
	}
	if (in->n == n && in->admission != NULL)
		return in;
	intake_close(in);
	return NULL;
}

/*
 * Return a free lead whose connection is there, since the server may take fewer
 * of them than we want.  If only a taken one has that, wait for it, but rather
 * spool than wait for a loan.  If none has, any finds that it is an outage.
 */
static struct lead *
find_free(struct intake *in)
{
	struct lead *free = NULL;
	bool is_worth_waiting = false;

	for (size_t i = 0; i < in->n; i++) {
		struct lead *lead = &in->leads[i];
		bool is_there = in->n == 1 || db_tick(lead->store.db);

		if (lead->taken)
			is_worth_waiting = is_worth_waiting ||
			    (is_there && (!lead->lent || in->spooler == NULL));
		else if (is_there)
			return lead;
		else if (free == NULL)
			free = lead;
	}
	return is_worth_waiting ? NULL : free;
}

/*
 * Beside a batch, use another connection only when a full batch is queued:
 * two small ones cost more than one large one.  A borrower may be long.
 */
static struct lead *
free_lead(struct intake *in)
{
	bool stores = false;

	for (size_t i = 0; i < in->n; i++)
		stores = stores || (in->leads[i].taken && !in->leads[i].lent);
	if (stores && !queue_holds(&in->queue, BATCH_EVENTS_MAX))
		return NULL;
	return find_free(in);
}

/* Take what waits, or a share of it if others can take the rest at once. */
static void
take(struct intake *in, struct lead *lead)
{
	size_t leaders = 0;

	for (size_t i = 0; i < in->n; i++)
		leaders += !in->leads[i].taken;
	in->lent_last = false;
	lead->taken = true;
	lead->reading = true;
	queue_take(&in->queue, &lead->load,
	    leaders > 1 ? queue_share(&in->queue, leaders) : SIZE_MAX);
}

/* Whether a borrower goes before the next batch. */
static bool
lends_next(const struct intake *in)
{
	return in->borrowers > 0 &&
	    (!in->lent_last || queue_first(&in->queue) == NULL);
}

/*
 * Return the first job that waits in a thread of its own, which leads rather
 * than the one that gathers: a batch may have to wait for the spool.
 */
static struct job *
first_in_thread(const struct intake *in)
{
	struct job *job = in->queue.first;

	while (job != NULL && (job->stored != NULL || job->flying > 0))
		job = job->after;
	return job;
}

/*
 * Wake the thread whose turn it is, if a lead is free.  Call this whenever a
 * lead may be free or a woken thread does not lead: otherwise queued threads
 * sleep until their deadlines.  Called with the lock held.
 */
static void
wake_next_leader(struct intake *in)
{
	struct job *job;

	if (free_lead(in) == NULL)
		return;
	if (lends_next(in)) {
		pthread_cond_signal(&in->lent);
		return;
	}
	job = first_in_thread(in);
	if (job != NULL) {
		sem_post(&job->d->wake);
	} else if (queue_first(&in->queue) != NULL && !in->gathering) {
		in->gathering = true;
		in->wake(in->arg);
	}
}

/* Whom to tell of a batch, without the lock. */
struct news {
	sem_t *wakes[BATCH_EVENTS_MAX];
	size_t wakes_n;
	struct job *parked[BATCH_EVENTS_MAX];
	size_t parked_n;
};

/*
 * Tell them after unlocking, since a thread woken earlier would block on the
 * lock; a semaphore outlives its job.
 */
static void
tell(struct news *news)
{
	for (size_t i = 0; i < news->wakes_n; i++)
		sem_post(news->wakes[i]);
	for (size_t i = 0; i < news->parked_n; i++)
		news->parked[i]->stored(news->parked[i]);
}

/* Hand out the verdicts and free the lead.  Called with the lock held. */
static void
hand_out(struct intake *in, struct lead *lead, const struct job *own,
    struct news *news)
{
	news->wakes_n = 0;
	news->parked_n = 0;

	for (size_t i = 0; i < lead->load.n; i++) {
		struct job *job = lead->load.owners[i];
		struct item *it = lead->load.items[i];

		if (job == NULL)
			continue;
		it->outcome = lead->store.outcomes[i];
		if (it->outcome == OUTCOME_UNAVAILABLE)
			queue_give_up(&in->queue, job, it);
		if (it->outcome == OUTCOME_QUEUED)
			it->receipt.outcome = OUTCOME_QUEUED;
		else if (outcome_is_accepted(it->outcome))
			it->receipt = lead->store.receipts[i];
		if (it->outcome == OUTCOME_INVALID)
			it->fault = unstorable;
		job->flying--;
		if (!queue_is_done(job))
			continue;
		if (job->stored != NULL)
			news->parked[news->parked_n++] = job;
		else if (job != own)
			news->wakes[news->wakes_n++] = &job->d->wake;
		atomic_store(&job->done, true);
	}
	lead->taken = false;
}

/*
 * Store or spool what the call did not settle.  This reads the events again,
 * except those of withdrawn jobs, which may already be freed.
 */
static void
rescue(struct intake *in, struct lead *lead, int64_t deadline)
{
	pthread_mutex_lock(&in->lock);
	lead->reading = true;
	for (size_t i = 0; i < lead->load.n; i++)
		if (lead->load.owners[i] == NULL)
			lead->load.events[i] = NULL;
	pthread_mutex_unlock(&in->lock);
	commit_rescue(&lead->store, lead->load.events, deadline);
}

/* Make the calls of a batch.  w is for the first one, and may be NULL. */
static void
call(struct intake *in, struct lead *lead, int64_t deadline, struct waiter *w)
{
	struct commit *store = &lead->store;
	bool is_final;

	if (w != NULL)
		db_set_waiter(store->db, w);
	is_final = commit_call(store, deadline);
	if (w != NULL)
		db_set_waiter(store->db, NULL);
	if (is_final)
		return;
	if (w != NULL && !w->left) {
		w->left = true;
		w->leave(w);
	}
	rescue(in, lead, deadline);
}

/*
 * Lead one batch, and let w, which may be NULL, wait for the database.  Called
 * with the lock held and returns with it held; releases it meanwhile.
 */
static void
run(struct intake *in, struct lead *lead, const struct job *own,
    int64_t deadline, struct waiter *w)
{
	struct news news;
	int64_t start;

	if (clock_left_ms(deadline) < CALL_MIN_MS)
		deadline = clock_ms() + CALL_MIN_MS;
	take(in, lead);
	in->crowded = lead->load.n > 1 &&
	    lead->load.owners[0] != lead->load.owners[lead->load.n - 1];
	wake_next_leader(in);
	pthread_mutex_unlock(&in->lock);

	commit_begin(&lead->store, lead->load.events, lead->load.n);
	if (lead->store.args.n > 0)
		metrics_batch(in->metrics, lead->store.args.n);
	pthread_mutex_lock(&in->lock);
	lead->reading = false;
	pthread_mutex_unlock(&in->lock);
	start = clock_ms();
	call(in, lead, deadline, w);
	batch_trim(&lead->store.args);

	pthread_mutex_lock(&in->lock);
	queue_learn(&in->queue, lead->store.args.n, clock_ms() - start);
	hand_out(in, lead, own, &news);
	/* The gatherer leads the next batch itself. */
	if (w == NULL || w->left)
		wake_next_leader(in);
	pthread_mutex_unlock(&in->lock);
	tell(&news);
	pthread_mutex_lock(&in->lock);
}

/*
 * Withdraw a job whose deadline has passed from the queue and from every
 * batch.  Return false while a leader reads its events, since the caller may
 * free them once the job is withdrawn: try again shortly.  Called with the
 * lock held.
 */
static bool
withdraw(struct intake *in, struct job *job)
{
	for (size_t l = 0; l < in->n; l++) {
		struct lead *lead = &in->leads[l];

		for (size_t i = 0; lead->taken && i < lead->load.n; i++) {
			if (lead->load.owners[i] != job)
				continue;
			if (lead->reading)
				return false;
			lead->load.owners[i] = NULL;
			job->flying--;
		}
	}
	if (job->next < job->d->n)
		queue_remove(&in->queue, job);
	return true;
}

/*
 * Unlock and wait until woken or until ms.  Return true without the lock if
 * the job is done, else false with it.
 */
static bool
wait_until(struct intake *in, struct job *job, int64_t ms)
{
	struct timespec until = {ms / 1000, ms % 1000 * 1000000};

	pthread_mutex_unlock(&in->lock);
	sem_clockwait(&job->d->wake, CLOCK_MONOTONIC, &until);
	if (atomic_load(&job->done))
		return true;
	pthread_mutex_lock(&in->lock);
	return false;
}

/*
 * Spool what no leader stored: all of it or nothing, since a sender that is
 * told to retry sends all of it again.  A withdrawn event may be committed as
 * well: it keeps its id, so draining it changes nothing.
 */
static void
spool_rest(struct intake *in, struct delivery *d, int64_t deadline)
{
	const struct event **events;
	enum outcome *outcomes;
	size_t rest = 0, n = 0, k = 0;

	for (size_t i = 0; i < d->n; i++)
		rest += d->items[i].outcome == OUTCOME_OK;
	if (rest == 0)
		return;
	events = calloc(rest, sizeof(*events));
	outcomes = calloc(rest, sizeof(*outcomes));
	for (size_t i = 0; i < d->n && events != NULL; i++)
		if (d->items[i].outcome == OUTCOME_OK)
			events[n++] = &d->items[i].ev;
	if (n > 0 && outcomes != NULL)
		spooler_put(in->spooler, events, n, deadline, outcomes);
	for (size_t i = 0; i < d->n; i++) {
		struct item *it = &d->items[i];

		if (it->outcome != OUTCOME_OK)
			continue;
		it->outcome = OUTCOME_UNAVAILABLE;
		if (outcomes != NULL && outcomes[k] != OUTCOME_OK)
			it->outcome = outcomes[k];
		it->receipt.outcome = it->outcome;
		k++;
	}
	free(events);
	free(outcomes);
}

/*
 * Report whether the database accepted or refused the sender, by the last
 * item of the delivery that tells.
 */
static void
tell_admission(struct intake *in, const struct delivery *d)
{
	enum outcome o;

	for (size_t i = d->n; i-- > 0;) {
		o = d->items[i].outcome;
		if (o == OUTCOME_QUEUED ||
		    (!outcome_is_accepted(o) &&
			o != OUTCOME_UNKNOWN_INTEGRATION &&
			o != OUTCOME_DISABLED && o != OUTCOME_FORBIDDEN))
			continue;
		admission_hear(in->admission, &d->from, outcome_is_accepted(o));
		return;
	}
}

bool
intake_vouches(struct intake *in, struct origin *from)
{
	return admission_vouches(in->admission, from);
}

enum outcome
intake_admit(struct intake *in, struct origin *from, int64_t deadline)
{
	enum outcome res;

	if (intake_vouches(in, from))
		return OUTCOME_OK;
	res = judge_ask(&in->judge, in, from, deadline);
	if (res == OUTCOME_OK)
		admission_hear(in->admission, from, true);
	return res;
}

/*
 * Lead, or wait for a leader, until the job is done or its deadline passes.
 * Called with the lock held; releases it.
 */
static void
wait_for_leader(struct intake *in, struct job *job)
{
	struct lead *lead;
	bool done = false;
	int left;

	while (!done && !queue_is_done(job)) {
		lead = NULL;
		if (job->flying == 0 && (in->borrowers == 0 || in->lent_last))
			lead = free_lead(in);
		left = clock_left_ms(job->deadline);
		if (lead != NULL && left > LEAD_MIN_MS)
			run(in, lead, job, job->deadline, NULL);
		else if (lead == NULL && left > 0)
			done = wait_until(in, job, job->deadline);
		else if (withdraw(in, job))
			break;
		else
			done =
			    wait_until(in, job, clock_ms() + WITHDRAW_AGAIN_MS);
	}
	if (!done) {
		/* A wake-up that this job did not use must be passed on. */
		wake_next_leader(in);
		pthread_mutex_unlock(&in->lock);
	}
}

void
intake_finish(struct intake *in, struct job *job)
{
	pthread_mutex_lock(&in->lock);
	wait_for_leader(in, job);
	spool_rest(in, job->d, job->deadline + SPOOL_MS);
	tell_admission(in, job->d);
}

void
intake_set_gatherer(struct intake *in, void (*wake)(void *arg), void *arg,
    int crowd_ms)
{
	in->wake = wake;
	in->arg = arg;
	in->crowd_ms = crowd_ms;
}

bool
intake_park(struct intake *in, struct job *job, struct delivery *d,
    int64_t deadline, void (*stored)(struct job *job))
{
	queue_make(job, d);
	job->deadline = deadline;
	job->stored = stored;
	if (job->next == d->n)
		return false;
	pthread_mutex_lock(&in->lock);
	queue_add(&in->queue, job);
	pthread_mutex_unlock(&in->lock);
	return true;
}

void
intake_store(struct intake *in, struct delivery *d, int64_t deadline)
{
	struct job job;

	if (intake_park(in, &job, d, deadline, NULL))
		intake_finish(in, &job);
}

/* Let more come before the batch of job; false if it is time. */
static bool
wait_for_crowd(struct intake *in, const struct job *job, struct waiter *w)
{
	if (!in->crowded || in->crowd_ms == 0 ||
	    clock_left_ms(job->deadline) < CALL_MIN_MS + in->crowd_ms)
		return false;
	in->crowded = false;
	pthread_mutex_unlock(&in->lock);
	w->wait(w, -1, 0, clock_ms() + in->crowd_ms);
	pthread_mutex_lock(&in->lock);
	return true;
}

void
intake_gather(struct intake *in, struct waiter *w)
{
	struct lead *lead;
	struct job *job;

	pthread_mutex_lock(&in->lock);
	in->gathering = true;
	while (!w->left && !lends_next(in) && first_in_thread(in) == NULL &&
	    (job = queue_first(&in->queue)) != NULL &&
	    (lead = free_lead(in)) != NULL)
		if (!wait_for_crowd(in, job, w))
			run(in, lead, NULL, job->deadline, w);
	/* After leave() another thread may be the gatherer. */
	if (!w->left) {
		in->gathering = false;
		wake_next_leader(in);
	}
	pthread_mutex_unlock(&in->lock);
}

bool
intake_is_done(struct intake *in, const struct job *job)
{
	for (size_t i = 0; i < job->d->n; i++)
		if (job->d->items[i].outcome == OUTCOME_OK)
			return false;
	tell_admission(in, job->d);
	return true;
}

bool
intake_reclaim(struct intake *in, struct job *job)
{
	bool is_ours;

	pthread_mutex_lock(&in->lock);
	is_ours = !job->done;
	if (is_ours)
		job->stored = NULL;
	pthread_mutex_unlock(&in->lock);
	return is_ours;
}

void
intake_tick(struct intake *in)
{
	for (size_t i = 0; i < in->n; i++)
		db_tick(in->leads[i].store.db);
}

int
intake_lend(struct intake *in, void (*use)(struct db *db, void *arg), void *arg,
    int64_t deadline)
{
	struct timespec until = {deadline / 1000, deadline % 1000 * 1000000};
	struct lead *lead;

	pthread_mutex_lock(&in->lock);
	in->borrowers++;
	while (((lead = free_lead(in)) == NULL ||
		   (in->lent_last && queue_first(&in->queue) != NULL)) &&
	    clock_left_ms(deadline) > 0)
		pthread_cond_timedwait(&in->lent, &in->lock, &until);
	in->borrowers--;
	if (lead != NULL) {
		in->lent_last = true;
		lead->taken = true;
		lead->lent = true;
		lead->load.n = 0;
	}
	wake_next_leader(in);
	pthread_mutex_unlock(&in->lock);
	if (lead == NULL)
		return -1;

	use(lead->store.db, arg);

	pthread_mutex_lock(&in->lock);
	lead->taken = false;
	lead->lent = false;
	wake_next_leader(in);
	pthread_mutex_unlock(&in->lock);
	return 0;
}

struct question {
	enum db_call call;
	const char *const *params;
	struct rows *rows;
	int64_t deadline;
	enum outcome res;
};

static void
ask(struct db *db, void *arg)
{
	struct question *q = arg;

	q->res = db_query(db, q->call, q->params, q->rows, q->deadline);
}

enum outcome
intake_ask(struct intake *in, enum db_call call, const char *const *params,
    struct rows *rows, int64_t deadline)
{
	struct question q = {call, params, rows, deadline, OUTCOME_UNAVAILABLE};

	memset(rows, 0, sizeof(*rows));
	intake_lend(in, ask, &q, deadline);
	return q.res;
}

void
intake_close(struct intake *in)
{
	for (size_t i = 0; i < in->n; i++) {
		batch_free(&in->leads[i].store.args);
		db_close(in->leads[i].store.db);
	}
	if (in->spooler == NULL)
		admission_close(in->admission);
	judge_free(&in->judge);
	pthread_cond_destroy(&in->lent);
	pthread_condattr_destroy(&in->monotonic);
	pthread_mutex_destroy(&in->lock);
	free(in);
}
