/* SPDX-License-Identifier: ISC */
#include "intake/intake.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "intake/intake_fixture.h"

#define POSTS 8

/* A post without a thread. */
struct parked {
	struct job job; /* first, to be found from it */
	struct post post;
	atomic_int stored; /* so often */
};

static struct parked parked[POSTS];
static atomic_int woken;

/* What happens in each call, while it waits for the database. */
static struct {
	struct waiter waiter;
	int waits, leaves;
	int park; /* so many more, from parked[1] on */
	int stored; /* of parked[0], when it waited last */
	bool reclaims; /* takes parked[0] back */
	int thread_ms; /* unless 0, a thread begins to store and has so long */
} during;

static struct post threaded;
static pthread_t thread;

static void *
store_it(void *arg)
{
	(void)arg;
	store(&threaded, 10 * SECOND_MS);
	return NULL;
}

static void
note_stored(struct job *job)
{
	((struct parked *)job)->stored++;
}

static void
wake(void *arg)
{
	(void)arg;
	woken++;
}

static void
park(int i, const char *name, int n, int ms)
{
	open_post(&parked[i].post, name, n);
	parked[i].stored = 0;
	ok(intake_park(intake, &parked[i].job, &parked[i].post.d,
	       clock_ms() + ms, note_stored),
	    "a post is parked");
}

static bool
wait_for_database(struct waiter *w, int fd, short events, int64_t deadline)
{
	(void)w;
	(void)fd;
	(void)events;
	(void)deadline;
	during.waits++;
	during.stored = parked[0].stored;
	for (; during.park > 0; during.park--)
		park(during.park, "more", 1, SECOND_MS);
	if (during.reclaims)
		ok(intake_reclaim(intake, &parked[0].job),
		    "a post in a call can be taken back");
	during.reclaims = false;
	if (during.thread_ms > 0) {
		pthread_create(&thread, NULL, store_it, NULL);
		poll(NULL, 0, during.thread_ms);
		park(1, "behind", 1, 10 * SECOND_MS);
	}
	during.thread_ms = 0;
	return true;
}

static void
leave(struct waiter *w)
{
	(void)w;
	during.leaves++;
}

static void
gather(void)
{
	memset(&during.waiter, 0, sizeof(during.waiter));
	during.waiter.wait = wait_for_database;
	during.waiter.leave = leave;
	during.waits = 0;
	during.leaves = 0;
	fake.calls = 0;
	intake_gather(intake, &during.waiter);
}

static void
end(int i, enum outcome want, const char *name)
{
	struct post *p = &parked[i].post;

	is_int(count(p, want), (long long)p->d.n, name);
	close_post(p);
}

static void
test_park(void)
{
	gather();
	is_int(fake.calls, 0, "where nothing is parked there is no call");
	park(0, "first", 1, SECOND_MS);
	during.park = 2;
	gather();
	is_int(fake.calls, 2, "what is parked during a call is in the next");
	is_int((long long)fake.last, 2, "all of it");
	is_int(during.stored, 1, "before which the first is reported");
	for (int i = 0; i < 3; i++) {
		is_int(parked[i].stored, 1, "each is reported once");
		ok(intake_is_done(intake, &parked[i].job),
		    "and has its verdict");
		end(i, OUTCOME_CREATED, "which is that it is stored");
	}
	is_int(during.leaves, 0, "the thread goes on to gather");
	is_int(woken, 0, "and need not be woken");
	open_post(&parked[0].post, "judged", 1);
	parked[0].post.d.items[0].outcome = OUTCOME_INVALID;
	ok(!intake_park(intake, &parked[0].job, &parked[0].post.d,
	       clock_ms() + SECOND_MS, note_stored),
	    "what needs no storing is not parked");
	close_post(&parked[0].post);
}

static void
test_outage(void)
{
	fake.away = true;
	park(0, "away", 2, SECOND_MS);
	gather();
	is_int(parked[0].stored, 1, "in an outage it is reported");
	ok(!intake_is_done(intake, &parked[0].job), "but has no verdict");
	intake_finish(intake, &parked[0].job);
	end(0, OUTCOME_QUEUED, "it is for its owner to spool");
	fake.away = false;
	empty_spool();
}

static void
test_poison(void)
{
	park(0, "poison", 1, SECOND_MS);
	park(1, "poisoned", 1, SECOND_MS);
	fake.poison = parked[0].post.d.items[0].ev.id;
	gather();
	is_int(during.leaves, 1, "a thread that stores singly does not gather");
	is_int(during.waits, 1, "and does nothing else meanwhile");
	ok(intake_is_done(intake, &parked[0].job), "there is a verdict");
	end(0, OUTCOME_INVALID, "on the one");
	end(1, OUTCOME_CREATED, "and on the other");
	memset(&fake.poison, 0, sizeof(fake.poison));
}

static void
test_reclaim(void)
{
	fake.calls = 0;
	park(0, "queued", 1, 0);
	ok(intake_reclaim(intake, &parked[0].job),
	    "what waits too long is taken back");
	intake_finish(intake, &parked[0].job);
	end(0, OUTCOME_QUEUED, "and spooled");
	is_int(fake.calls, 0, "without a call");
	gather();
	is_int(fake.calls, 0, "nor is it in a later one");
	empty_spool();

	park(0, "flying", 1, SECOND_MS);
	during.reclaims = true;
	gather();
	is_int(parked[0].stored, 0, "what was taken back is not reported");
	ok(!intake_reclaim(intake, &parked[0].job),
	    "nor can it be when it is stored");
	intake_finish(intake, &parked[0].job);
	end(0, OUTCOME_CREATED, "its verdict is there");
}

/* A thread leads a batch, and meanwhile something is parked. */
static void
test_two_leaders(void)
{
	fake.calls = 0;
	fake.allowed = 0;
	open_post(&threaded, "threaded", 1);
	pthread_create(&thread, NULL, store_it, NULL);
	pthread_mutex_lock(&fake.lock);
	while (fake.calls < 1)
		pthread_cond_wait(&fake.changed, &fake.lock);
	pthread_mutex_unlock(&fake.lock);
	park(0, "parked", 1, SECOND_MS);
	intake_gather(intake, &during.waiter);
	is_int(fake.calls, 1, "while another leads there is nothing to do");
	is_int(woken, 0, "nor is one woken");
	pthread_mutex_lock(&fake.lock);
	fake.allowed = INT_MAX;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	pthread_join(thread, NULL);
	is_int(woken, 1, "one is woken when the other has ended");
	is_int(count(&threaded, OUTCOME_CREATED), 1, "whose event is stored");
	gather();
	is_int(fake.calls, 1, "to store what was parked");
	end(0, OUTCOME_CREATED, "as it does");
	close_post(&threaded);
}

/* Both in one batch: whoever leads reports to all. */
static void
test_mixed(void)
{
	park(0, "parked", 1, 10 * SECOND_MS);
	open_post(&threaded, "threaded", 1);
	fake.calls = 0;
	pthread_create(&thread, NULL, store_it, NULL);
	pthread_join(thread, NULL);
	is_int(fake.calls, 1, "a thread that stores takes what is parked");
	is_int(parked[0].stored, 1, "and reports it");
	end(0, OUTCOME_CREATED, "it is stored");
	is_int(count(&threaded, OUTCOME_CREATED), 1, "and so is its own");
	close_post(&threaded);
}

/* A thread waits for the batch that is led by the one that gathers. */
static void
test_thread_leads(void)
{
	during.waits = 0;
	/* On a busy machine it may come late, and then leads for itself. */
	for (int ms = 10; ms < 10 * SECOND_MS && during.waits != 1; ms *= 2) {
		park(0, "parked", 1, 10 * SECOND_MS);
		open_post(&threaded, "threaded", 1);
		during.thread_ms = ms;
		gather();
		pthread_join(thread, NULL);
		end(0, OUTCOME_CREATED, "the first batch is stored");
		end(1, OUTCOME_CREATED, "and what was parked meanwhile");
		is_int(parked[1].stored, 1, "which is reported");
		close_post(&threaded);
	}
	is_int(during.waits, 1, "a thread that waits leads the next batch");
}

/* Where a crowd comes one by one. */
static void
test_crowd(void)
{
	intake_set_gatherer(intake, wake, NULL, 5);
	park(0, "one", 1, 10 * SECOND_MS);
	gather();
	is_int(during.waits, 1, "a lone one is stored at once");
	end(0, OUTCOME_CREATED, "it is stored");
	park(0, "one", 1, 10 * SECOND_MS);
	park(1, "two", 1, 10 * SECOND_MS);
	gather();
	is_int(during.waits, 1, "and so is what comes after it");
	end(0, OUTCOME_CREATED, "the first is stored");
	end(1, OUTCOME_CREATED, "and the second");
	park(0, "first", 1, 10 * SECOND_MS);
	during.park = 2;
	gather();
	is_int(fake.calls, 1, "after several, more come before the call");
	is_int((long long)fake.last, 3, "which has all of them");
	for (int i = 0; i < 3; i++)
		end(i, OUTCOME_CREATED, "each is stored");
	for (int waits = 2; waits > 0; waits--) {
		park(0, "again", 1, 10 * SECOND_MS);
		gather();
		is_int(during.waits, waits, "until there is a lone one again");
		end(0, OUTCOME_CREATED, "which is stored");
	}
	intake_set_gatherer(intake, wake, NULL, 0);
}

int
main(void)
{
	open_intake();
	intake_set_gatherer(intake, wake, NULL, 0);
	test_crowd();
	test_park();
	test_outage();
	test_poison();
	test_reclaim();
	test_two_leaders();
	test_mixed();
	test_thread_leads();
	close_intake();
	return done_testing();
}
