/* SPDX-License-Identifier: ISC */
#include "base/fair_lock.h"

#include <poll.h>
#include <pthread.h>

#include "base/clock.h"
#include "tap.h"

#define THREADS 8
#define GENEROUS_MS 60000

static struct fair_lock lock;
static int order[THREADS + 1], served; /* under the lock that is tested */
static int held; /* by how many at once */
static bool alone = true;

static void
await_waiting(int n)
{
	int now;

	do {
		pthread_mutex_lock(&lock.lock);
		now = lock.waiting;
		pthread_mutex_unlock(&lock.lock);
		if (now != n)
			poll(NULL, 0, 1);
	} while (now != n);
}

static void *
take(void *arg)
{
	int *number = arg;
	enum fair_turn turn = *number == 0 ? FAIR_AGAIN
	    : *number % 2 == 0             ? FAIR_LONG
					   : FAIR_SHORT;

	if (fair_lock_take(&lock, turn, GENEROUS_MS)) {
		order[served++] = *number;
		fair_lock_give(&lock);
	}
	return NULL;
}

/* The odd ones are short, the even ones long; 0 comes last and goes on. */
static void
test_order(void)
{
	static const int want[THREADS + 1] = {1, 0, 3, 2, 5, 4, 7, 6, 8};
	pthread_t threads[THREADS + 1];
	int numbers[THREADS + 1];
	bool fair = true;

	ok(fair_lock_take(&lock, FAIR_LONG, 0), "a free lock is taken at once");
	for (int i = 0; i <= THREADS; i++) {
		numbers[i] = i < THREADS ? i + 1 : 0;
		pthread_create(&threads[i], NULL, take, &numbers[i]);
		await_waiting(i + 1);
	}
	is_int(served, 0, "while it is taken, all wait");
	fair_lock_give(&lock);
	for (int i = 0; i <= THREADS; i++)
		pthread_join(threads[i], NULL);
	is_int(served, THREADS + 1, "all have had it");
	for (int i = 0; i <= THREADS; i++)
		fair = fair && order[i] == want[i];
	ok(fair, "short and long in turn, in the order in which they came");
}

static void
test_deadline(void)
{
	pthread_t thread;
	int number = 1;
	int64_t start = clock_ms();

	served = 0;
	ok(fair_lock_take(&lock, FAIR_SHORT, 0), "it is free again");
	ok(!fair_lock_take(&lock, FAIR_LONG, 0), "none waits who must not");
	ok(!fair_lock_take(&lock, FAIR_LONG, 20), "nor longer than told");
	ok(clock_ms() - start >= 20, "nor less");
	pthread_create(&thread, NULL, take, &number);
	await_waiting(1);
	ok(!fair_lock_take(&lock, FAIR_SHORT, 5),
	    "not even who wants it for short");
	fair_lock_give(&lock);
	pthread_join(thread, NULL);
	is_int(served, 1, "who gave up is not in the way of others");
	ok(fair_lock_take(&lock, FAIR_LONG, 0), "and it is free again");
	fair_lock_give(&lock);
}

static void *
take_often(void *arg)
{
	int *got = arg;

	for (int i = 0; i < 2000; i++) {
		if (!fair_lock_take(&lock, i % 5 == 0 ? FAIR_SHORT : FAIR_LONG,
			i % 3))
			continue;
		alone = alone && ++held == 1;
		++*got;
		held--;
		fair_lock_give(&lock);
	}
	return NULL;
}

static void
test_crowd(void)
{
	pthread_t threads[THREADS];
	int got[THREADS] = {0};
	bool all = true;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, take_often, &got[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all = all && got[i] > 0;
	}
	ok(alone, "never have two of them the lock");
	ok(all, "each has had it");
	is_int(lock.waiting, 0, "and in the end nobody waits");
}

int
main(void)
{
	fair_lock_init(&lock);
	test_order();
	test_deadline();
	test_crowd();
	fair_lock_free(&lock);
	return done_testing();
}
