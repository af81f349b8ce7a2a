/* SPDX-License-Identifier: ISC */
#ifndef FAKE_DB_H
#define FAKE_DB_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "db/db.h"

/* In the place of db.c, for the one file of a test that includes it. */

/* A database that does as it is told, and counts. */
struct db {
	struct waiter *waiter;
};

static struct fake {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool away; /* db_ingest() answers UNAVAILABLE */
	int calls;
	int allowed; /* so many calls are answered, the others hang */
	size_t events;
	size_t last; /* events of the last call */
	enum outcome verdict; /* on the others */
	bool ordered; /* ids came in the order they were made */
	void (*stored)(const struct uuid *id); /* is told of each; or NULL */
	struct uuid newest;
	struct uuid poison; /* an event that can never be stored */
	struct uuid locked; /* one that is not stored now */
	struct uuid fatal; /* one that loses the connection */
	bool lost; /* until somebody makes it anew */
	const struct uuid *refused; /* others that are not */
	size_t refused_n;
	bool fatally; /* and lose the connection */
	int refusals; /* calls that failed for one of them */
	int questions; /* of db_judge() */
	size_t senders; /* in all of them */
	int answerable; /* so many questions are answered, the others hang */
	bool crowded; /* it takes one connection of each intake */
	int opened; /* connections, meanwhile */
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
    .allowed = INT_MAX,
    .answerable = INT_MAX,
    .verdict = OUTCOME_CREATED,
    .ordered = true};

static struct db the_db, no_db;

struct db *
db_open(const struct conf *conf, enum db_mode mode)
{
	(void)conf;
	(void)mode;
	return fake.crowded && fake.opened++ > 0 ? &no_db : &the_db;
}

static bool
holds(const struct batch *b, const struct uuid *id)
{
	for (size_t i = 0; i < b->n; i++)
		if (memcmp(&b->ids[i], id, sizeof(b->ids[i])) == 0)
			return true;
	return false;
}

enum outcome
db_ingest(struct db *db, struct batch *b, struct receipt *receipts,
    int64_t deadline)
{
	enum outcome out = OUTCOME_OK;
	int number;

	if (db->waiter != NULL)
		db->waiter->wait(db->waiter, -1, 0, deadline);
	pthread_mutex_lock(&fake.lock);
	number = ++fake.calls;
	pthread_cond_broadcast(&fake.changed);
	while (number > fake.allowed)
		pthread_cond_wait(&fake.changed, &fake.lock);
	if (fake.away || db == &no_db)
		out = OUTCOME_UNAVAILABLE;
	else if (holds(b, &fake.poison))
		out = OUTCOME_INVALID;
	else if (holds(b, &fake.locked))
		out = OUTCOME_UNAVAILABLE;
	else if (holds(b, &fake.fatal))
		fake.lost = true;
	if (fake.lost)
		out = OUTCOME_UNAVAILABLE;
	for (size_t i = 0; i < fake.refused_n && out == OUTCOME_OK; i++)
		if (holds(b, &fake.refused[i])) {
			out = OUTCOME_UNAVAILABLE;
			fake.lost = fake.lost || fake.fatally;
		}
	fake.refusals += out == OUTCOME_UNAVAILABLE;
	for (size_t i = 0; i < b->n && out == OUTCOME_OK; i++) {
		memset(&receipts[i], 0, sizeof(receipts[i]));
		receipts[i].outcome = fake.verdict;
		uuid_format(&b->ids[i], receipts[i].alert_id);
		if (memcmp(&b->ids[i], &fake.newest, 16) < 0)
			fake.ordered = false;
		fake.newest = b->ids[i];
		fake.events++;
		if (fake.stored != NULL)
			fake.stored(&b->ids[i]);
	}
	fake.last = b->n;
	pthread_mutex_unlock(&fake.lock);
	return out;
}

/* int_closed has a token and a wrapper key; int_off and int_unknown. */
enum outcome
db_judge(struct db *db, struct origin *const *senders, size_t n,
    enum outcome *outcomes, int64_t deadline)
{
	int number;
	bool away;

	(void)db, (void)deadline;
	pthread_mutex_lock(&fake.lock);
	number = ++fake.questions;
	fake.senders += n;
	pthread_cond_broadcast(&fake.changed);
	while (number > fake.answerable)
		pthread_cond_wait(&fake.changed, &fake.lock);
	away = fake.away;
	pthread_mutex_unlock(&fake.lock);
	for (size_t i = 0; i < n && !away; i++) {
		struct slice id = senders[i]->integration_id;

		outcomes[i] = OUTCOME_OK;
		if (slice_equal(id, SLICE("int_unknown")))
			outcomes[i] = OUTCOME_UNKNOWN_INTEGRATION;
		else if (slice_equal(id, SLICE("int_off")))
			outcomes[i] = OUTCOME_DISABLED;
		else if (slice_equal(id, SLICE("int_closed"))) {
			strcpy(senders[i]->wrapper, "/data");
			if (!senders[i]->has_token)
				outcomes[i] = OUTCOME_FORBIDDEN;
		}
	}
	return away ? OUTCOME_UNAVAILABLE : OUTCOME_OK;
}

bool
db_tick(struct db *db)
{
	bool there;

	pthread_mutex_lock(&fake.lock);
	there = !fake.away && !fake.lost && db != &no_db;
	pthread_mutex_unlock(&fake.lock);
	return there;
}

void
db_error(struct db *db, char *error, size_t size)
{
	(void)db;
	snprintf(error, size, "not this one");
}

void
db_close(struct db *db)
{
	(void)db;
}

#endif
