/* SPDX-License-Identifier: ISC */
#include "intake/intake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "intake/intake_fixture.h"

#define THREADS 8

static void
allow(int calls)
{
	pthread_mutex_lock(&fake.lock);
	fake.allowed = calls;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

/* Until the database was called so often. */
static void
await_calls(int n)
{
	pthread_mutex_lock(&fake.lock);
	while (fake.calls < n)
		pthread_cond_wait(&fake.changed, &fake.lock);
	pthread_mutex_unlock(&fake.lock);
}

static void
test_store(void)
{
	struct post p;

	open_post(&p, "one", 1);
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_CREATED, "an event is stored");
	is_int(p.d.items[0].receipt.outcome, OUTCOME_CREATED,
	    "and has its receipt");
	is_int(fake.calls, 1, "with one call");
	close_post(&p);

	open_post(&p, "many", 600);
	store(&p, 5 * SECOND_MS);
	is_int(count(&p, OUTCOME_CREATED), 600, "six hundred are");
	/* 256 events in each; fewer on a slow machine: see queue_take(). */
	ok(fake.calls >= 4 && fake.calls <= 8, "with a few calls more");
	ok(fake.ordered, "in their order");
	close_post(&p);
}

static void
test_outage(void)
{
	struct post p;
	char id[UUID_TEXT_BYTES], name[1][SPOOL_NAME_BYTES];
	struct buf file = {.max = 4096};

	fake.away = true;
	open_post(&p, "away", 3);
	store(&p, SECOND_MS);
	is_int(count(&p, OUTCOME_QUEUED), 3, "in an outage they are queued");
	is_int(p.d.items[2].receipt.outcome, OUTCOME_QUEUED,
	    "and their receipts say so");
	is_int(spooled(), 3, "each has a file");
	listing_names(spool, name, 1, NULL);
	backlog_read(spool, name[0], &file);
	buf_append(&file, "", 1);
	uuid_format(&p.d.items[0].ev.id, id);
	ok(strstr(file.data, id) != NULL, "under the id it was called with");
	close_post(&p);

	fake.away = false;
	fake.calls = 0;
	open_post(&p, "away", 4);
	store(&p, SECOND_MS);
	is_int(count(&p, OUTCOME_QUEUED), 3,
	    "what has others of its Id in the spool goes behind them");
	is_int(count(&p, OUTCOME_CREATED), 1, "what has none does not");
	is_int((long long)fake.last, 1, "and is alone in its call");
	close_post(&p);
	empty_spool();

	fake.away = true;
	fixture_conf.spool_max_files = 10;
	open_post(&p, "share", 6);
	store(&p, SECOND_MS);
	is_int(count(&p, OUTCOME_SHARE_USED), 6,
	    "an integration may fill half of the spool");
	is_int(spooled(), 0, "and no more of it is there");
	close_post(&p);
	fixture_conf.spool_max_files = 100000;
	open_post(&p, "closed", 1);
	p.d.from.integration_id = SLICE("int_closed");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_UNAVAILABLE,
	    "who has no right to is not queued");
	close_post(&p);
	open_post(&p, "unknown", 1);
	p.d.from.integration_id = SLICE("int_unknown");
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_UNAVAILABLE,
	    "nor who is not known");
	is_int(spooled(), 0, "and there is no file");
	close_post(&p);
	fake.away = false;
	buf_free(&file);
}

static void
test_poison(void)
{
	struct post p;

	open_post(&p, "poison", 5);
	fake.poison = p.d.items[2].ev.id;
	store(&p, SECOND_MS);
	is_int(p.d.items[2].outcome, OUTCOME_INVALID, "a bad event is refused");
	ok(p.d.items[2].fault.detail != NULL, "and told why");
	is_int(count(&p, OUTCOME_CREATED), 4, "its neighbours are stored");
	is_int(spooled(), 0, "nothing is queued");
	memset(&fake.poison, 0, sizeof(fake.poison));
	close_post(&p);
}

/* One by one, as long as nothing overtakes what has to go to the spool. */
static void
test_poison_and_lock(void)
{
	struct post p;

	open_post(&p, "locked", 5);
	fake.poison = p.d.items[4].ev.id;
	fake.locked = p.d.items[1].ev.id;
	store(&p, SECOND_MS);
	is_int(p.d.items[0].outcome, OUTCOME_CREATED,
	    "what comes before one that is locked is stored");
	is_int(count(&p, OUTCOME_QUEUED), 4, "it and all behind it are queued");
	memset(&fake.poison, 0, sizeof(fake.poison));
	memset(&fake.locked, 0, sizeof(fake.locked));
	close_post(&p);
	empty_spool();
}

static void *
store_one(void *arg)
{
	store(arg, 10 * SECOND_MS);
	return NULL;
}

/* Who comes while a call is under way shares the next one. */
static void
test_group(void)
{
	struct post posts[THREADS];
	pthread_t threads[THREADS];
	int stored = 0;

	fake.calls = 0;
	allow(0);
	for (int i = 0; i < THREADS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "group%d", i);
		open_post(&posts[i], name, 1);
		pthread_create(&threads[i], NULL, store_one, &posts[i]);
		if (i == 0)
			await_calls(1);
	}
	nanosleep(&(struct timespec){0, 200000000}, NULL);
	allow(INT_MAX);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		stored += count(&posts[i], OUTCOME_CREATED);
		close_post(&posts[i]);
	}
	is_int(stored, THREADS, "all who wait are stored");
	is_int(fake.calls, 2, "with two calls");
	is_int((long long)fake.last, THREADS - 1,
	    "of which the second has most");
}

static void
note_use(struct db *db, void *arg)
{
	*(bool *)arg = db == &the_db;
}

/* The database hangs: each keeps its own deadline. */
static void
test_hung(void)
{
	struct post leader, follower;
	pthread_t thread;
	bool used = false;
	int64_t start;

	fake.calls = 0;
	allow(0);
	open_post(&leader, "leader", 1);
	open_post(&follower, "follower", 2);
	pthread_create(&thread, NULL, store_one, &leader);
	await_calls(1);
	start = clock_ms();
	store(&follower, 200);
	ok(clock_ms() - start >= 150 && clock_ms() - start < 1000,
	    "behind a call that hangs a follower keeps its deadline");
	is_int(count(&follower, OUTCOME_QUEUED), 2, "and is queued");
	is_int(spooled(), 2, "with its files");
	is_int(intake_lend(intake, note_use, &used, clock_ms() + 100), -1,
	    "the connection cannot be lent");
	ok(!used, "and is not");
	allow(INT_MAX);
	pthread_join(thread, NULL);
	is_int(count(&leader, OUTCOME_CREATED), 1, "the leader is stored");
	is_int(fake.calls, 1, "the follower was in no call");
	is_int(intake_lend(intake, note_use, &used, clock_ms() + 1000), 0,
	    "now it can");
	ok(used, "and is");
	close_post(&leader);
	close_post(&follower);
	empty_spool();
}

static void *
store_soon(void *arg)
{
	store(arg, SECOND_MS);
	return NULL;
}

/* Taken into a call that hangs, it leaves its leader. */
static void
test_leave(void)
{
	struct post first, leader, follower;
	pthread_t threads[3];

	fake.calls = 0;
	allow(0);
	open_post(&first, "first", 1);
	open_post(&leader, "second", 1);
	open_post(&follower, "third", 1);
	pthread_create(&threads[0], NULL, store_one, &first);
	await_calls(1);
	pthread_create(&threads[1], NULL, store_one, &leader);
	nanosleep(&(struct timespec){0, 200000000}, NULL);
	pthread_create(&threads[2], NULL, store_soon, &follower);
	nanosleep(&(struct timespec){0, 200000000}, NULL);
	/* The first call ends; the next one has the other two in it. */
	allow(1);
	await_calls(2);
	pthread_join(threads[0], NULL);
	pthread_join(threads[2], NULL);
	is_int(count(&follower, OUTCOME_QUEUED), 1,
	    "who is in a call that hangs is queued in its time");
	is_int(count(&leader, OUTCOME_OK), 1, "while its leader waits");
	allow(INT_MAX);
	pthread_join(threads[1], NULL);
	is_int(count(&leader, OUTCOME_CREATED), 1, "who is stored");
	is_int((long long)fake.last, 2, "with a call that had both");
	is_int(count(&follower, OUTCOME_QUEUED), 1, "and changes nothing");
	close_post(&first);
	close_post(&leader);
	close_post(&follower);
	empty_spool();
}

/* While one connection is at work, another takes a full batch, no less. */
static void
test_second_lead(void)
{
	struct intake *one = intake;
	struct post posts[3];
	pthread_t threads[3];

	fixture_conf.connections = 2;
	intake = intake_open(&fixture_conf, DB_SERVER, spooler, NULL);
	fake.calls = 0;
	allow(0);
	open_post(&posts[0], "busy", 1);
	open_post(&posts[1], "little", 100);
	open_post(&posts[2], "much", 156);
	pthread_create(&threads[0], NULL, store_one, &posts[0]);
	await_calls(1);
	pthread_create(&threads[1], NULL, store_one, &posts[1]);
	nanosleep(&(struct timespec){0, 200000000}, NULL);
	is_int(fake.calls, 1, "less than a batch waits for the first");
	pthread_create(&threads[2], NULL, store_one, &posts[2]);
	await_calls(2);
	is_int(fake.calls, 2, "a full one has a connection of its own");
	allow(INT_MAX);
	for (int i = 2; i >= 0; i--)
		pthread_join(threads[i], NULL);
	is_int(count(&posts[2], OUTCOME_CREATED), 156, "and is stored");
	for (int i = 0; i < 3; i++)
		close_post(&posts[i]);
	intake_close(intake);
	intake = one;
	fixture_conf.connections = 1;
}

static atomic_int uses;
static atomic_bool may_return;

static void
use_long(struct db *db, void *arg)
{
	(void)db;
	(void)arg;
	uses++;
	while (!may_return)
		nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void *
borrow(void *arg)
{
	intake_lend(intake, use_long, arg, clock_ms() + SECOND_MS * 60);
	return NULL;
}

/* Lend a connection until may_return. */
static pthread_t
begin_loan(void)
{
	pthread_t thread;

	uses = 0;
	may_return = false;
	pthread_create(&thread, NULL, borrow, NULL);
	while (uses == 0)
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	return thread;
}

/* The drain has one connection: an event does not wait for it. */
static void
test_lent_lead(void)
{
	struct intake *one = intake;
	struct post p;
	pthread_t thread;

	fixture_conf.connections = 2;
	intake = intake_open(&fixture_conf, DB_SERVER, spooler, NULL);
	thread = begin_loan();
	open_post(&p, "beside", 1);
	store(&p, SECOND_MS * 10);
	is_int(count(&p, OUTCOME_CREATED), 1,
	    "while one connection is lent, an event has the other");
	close_post(&p);
	may_return = true;
	pthread_join(thread, NULL);
	empty_spool();
	intake_close(intake);
	intake = one;
	fixture_conf.connections = 1;
}

static void *
return_soon(void *arg)
{
	nanosleep(&(struct timespec){0, 300000000}, NULL);
	may_return = true;
	return arg;
}

/* A server that takes fewer connections than the configuration has. */
static void
test_crowded_server(void)
{
	struct intake *one = intake;
	struct post p;
	pthread_t threads[2];

	fixture_conf.connections = 2;
	fake.crowded = true;
	intake = intake_open(&fixture_conf, DB_SERVER, NULL, NULL);
	open_post(&p, "crowded", 300);
	store(&p, SECOND_MS * 10);
	is_int(count(&p, OUTCOME_CREATED), 300,
	    "without a second connection, the first one does it all");
	close_post(&p);
	threads[0] = begin_loan();
	pthread_create(&threads[1], NULL, return_soon, NULL);
	open_post(&p, "behind", 1);
	store(&p, SECOND_MS * 10);
	is_int(count(&p, OUTCOME_CREATED), 1,
	    "and an event waits for it while it is lent");
	close_post(&p);
	may_return = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fake.away = true;
	open_post(&p, "none", 1);
	store(&p, SECOND_MS * 10);
	is_int(count(&p, OUTCOME_UNAVAILABLE), 1,
	    "without any it is an outage at once");
	close_post(&p);
	fake.away = false;
	intake_close(intake);
	fake.crowded = false;
	fake.opened = 0;
	intake = one;
	fixture_conf.connections = 1;
}

/* As before, with a spool. */
static void
test_crowded_spool(void)
{
	struct intake *one = intake;
	int64_t began;
	struct post p;
	pthread_t thread;

	fixture_conf.connections = 2;
	fake.crowded = true;
	intake = intake_open(&fixture_conf, DB_SERVER, spooler, NULL);
	thread = begin_loan();
	open_post(&p, "aside", 1);
	began = clock_ms();
	store(&p, SECOND_MS * 60);
	is_int(count(&p, OUTCOME_QUEUED), 1,
	    "with a spool an event does not wait for a loan");
	ok(clock_ms() - began < SECOND_MS * 50, "which may be long");
	close_post(&p);
	may_return = true;
	pthread_join(thread, NULL);
	empty_spool();
	intake_close(intake);
	fake.crowded = false;
	intake = one;
	fixture_conf.connections = 1;
}

/* Not on the stacks of the threads: a post to wake may come after their end. */
struct crowd {
	char name[8];
	struct post posts[10];
};

static void *
store_often(void *arg)
{
	struct crowd *c = arg;
	int stored = 0;

	for (int i = 0; i < 10; i++) {
		struct post *p = &c->posts[i];

		open_post(p, c->name, i % 3 == 0 ? 700 : 1);
		store(p, 10 * SECOND_MS);
		stored += count(p, OUTCOME_CREATED);
		close_post(p);
	}
	return stored == 4 * 700 + 6 ? arg : NULL;
}

/* Large and small ones on two connections: nobody is forgotten. */
static void
test_crowd(void)
{
	static struct crowd crowds[THREADS];
	struct intake *one = intake;
	pthread_t threads[THREADS];
	void *all;
	int n = 0;

	fixture_conf.connections = 2;
	intake = intake_open(&fixture_conf, DB_SERVER, spooler, NULL);
	for (int i = 0; i < THREADS; i++) {
		snprintf(crowds[i].name, sizeof(crowds[i].name), "crowd%d", i);
		pthread_create(&threads[i], NULL, store_often, &crowds[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &all);
		n += all != NULL;
	}
	is_int(n, THREADS, "in a crowd all are stored before their deadlines");
	intake_close(intake);
	intake = one;
	fixture_conf.connections = 1;
}

/* Without a spool an outage is said to be one. */
static void
test_no_spool(void)
{
	struct intake *bare = intake_open(&fixture_conf, DB_SERVER, NULL, NULL);
	struct post p;

	fake.away = true;
	open_post(&p, "bare", 2);
	intake_store(bare, &p.d, clock_ms() + SECOND_MS);
	is_int(count(&p, OUTCOME_UNAVAILABLE), 2,
	    "without a spool the sender has to come again");
	close_post(&p);
	fake.away = false;
	intake_close(bare);
}

int
main(void)
{
	open_intake();
	test_store();
	test_outage();
	test_poison();
	test_poison_and_lock();
	test_group();
	test_hung();
	test_leave();
	test_second_lead();
	test_lent_lead();
	test_crowded_server();
	test_crowded_spool();
	test_crowd();
	test_no_spool();
	close_intake();
	return done_testing();
}
