/* SPDX-License-Identifier: ISC */
#include "intake/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define JOBS_MAX 400
#define ITEMS_MAX 1000
#define SMALL_BYTES 100

/* Jobs that wait, each with some items of some integration. */
static struct job jobs[JOBS_MAX];
static struct delivery deliveries[JOBS_MAX];
static struct item items[JOBS_MAX][ITEMS_MAX];
static char ids[JOBS_MAX][16];
static size_t jobs_n;
static struct queue queue;
static struct load load;

static void
begin(void)
{
	jobs_n = 0;
	queue = (struct queue){.first = NULL};
	load = (struct load){.n = 0};
}

/* Add a job of n items of so many bytes each. */
static size_t
add(int integration, size_t n, size_t bytes)
{
	size_t at = jobs_n++;
	struct delivery *d = &deliveries[at];

	snprintf(ids[at], sizeof(ids[at]), "int_%d", integration);
	memset(d, 0, sizeof(*d));
	d->from.integration_id = slice_of(ids[at]);
	d->items = items[at];
	d->n = n;
	memset(items[at], 0, n * sizeof(items[at][0]));
	for (size_t i = 0; i < n; i++)
		items[at][i].ev.raw.len = bytes;
	queue_make(&jobs[at], d);
	if (jobs[at].next < n)
		queue_add(&queue, &jobs[at]);
	return at;
}

/* How many items of a job are in the batch. */
static size_t
given(size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < load.n; i++)
		n += load.owners[i] == &jobs[at];
	return n;
}

/* How many of an integration are. */
static size_t
given_by(int integration)
{
	char id[16];
	size_t n = 0;

	snprintf(id, sizeof(id), "int_%d", integration);
	for (size_t i = 0; i < load.n; i++)
		n += slice_equal(load.owners[i]->d->from.integration_id,
		    slice_of(id));
	return n;
}

/* All verdicts are here. */
static void
land(void)
{
	for (size_t i = 0; i < load.n; i++) {
		load.items[i]->outcome = OUTCOME_CREATED;
		load.owners[i]->flying--;
	}
}

/* Whether each item follows the one before it of the same job. */
static bool
is_in_order(void)
{
	static const struct item *last[JOBS_MAX];

	memset(last, 0, sizeof(last));
	for (size_t i = 0; i < load.n; i++) {
		size_t at = (size_t)(load.owners[i] - jobs);

		if (load.events[i] != &load.items[i]->ev ||
		    (last[at] != NULL && load.items[i] != last[at] + 1))
			return false;
		last[at] = load.items[i];
	}
	return true;
}

/* How many items wait. */
static size_t
waiting(void)
{
	size_t sum = 0;

	for (const struct job *job = queue.first; job != NULL; job = job->after)
		sum += job->d->n - job->next;
	return sum;
}

/* The bar of the queue: a lone event does not wait for what others bring. */
static void
test_lone(void)
{
	size_t lone, first;

	begin();
	for (int i = 0; i < 63; i++)
		add(i, 1000, SMALL_BYTES);
	lone = add(1000, 1, SMALL_BYTES);
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)given(lone), 1,
	    "behind 63 arrays of 1000 a lone event is in the next batch");
	is_int((long long)load.n, BATCH_EVENTS_MAX, "which is full");
	land();

	begin();
	first = add(1, 1000, SMALL_BYTES);
	for (int i = 0; i < 255; i++)
		lone = add(1, 1, SMALL_BYTES);
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)given(first), 1, "256 jobs give one each");
	is_int((long long)given(lone), 1, "to the last");
	land();
}

/* What must hold for any jobs, batch after batch until all is taken. */
static void
test_any(void)
{
	bool each = true, full = true, order = true, all = true;
	size_t n, sum, before;

	srand(1);
	for (int round = 0; round < 200; round++) {
		begin();
		n = 1 + (size_t)rand() % 256;
		sum = 0;
		for (size_t i = 0; i < n; i++) {
			size_t size = rand() % 3 == 0
			    ? 1 + (size_t)rand() % ITEMS_MAX
			    : 1;

			add(rand() % (1 + rand() % 100), size, SMALL_BYTES);
			sum += size;
		}
		while (queue.first != NULL) {
			bool waits[JOBS_MAX] = {false};

			for (struct job *job = queue.first; job != NULL;
			     job = job->after)
				waits[job - jobs] = true;
			before = waiting();
			queue_take(&queue, &load, SIZE_MAX);
			for (size_t i = 0; i < n; i++)
				each = each && (!waits[i] || given(i) > 0);
			full = full &&
			    load.n ==
				(before < BATCH_EVENTS_MAX ? before
							   : BATCH_EVENTS_MAX);
			order = order && is_in_order();
			sum -= load.n;
			land();
		}
		for (size_t i = 0; i < n; i++)
			all = all && queue_is_done(&jobs[i]);
		all = all && sum == 0;
	}
	ok(each, "of 256 jobs or fewer, each that waits is in the next batch");
	ok(full, "a batch is full as long as enough wait");
	ok(order, "the order within a job is kept");
	ok(all, "everything is taken once");
}

/* Beyond one event for each job, integrations count, not their jobs. */
static void
test_turns(void)
{
	size_t least = SIZE_MAX, sums[60] = {0};

	begin();
	for (int i = 0; i < 50; i++)
		add(1, 1000, SMALL_BYTES);
	add(2, 1000, SMALL_BYTES);
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)given_by(2), 1 + 101,
	    "one job of an integration gets as much as fifty of another");
	is_int((long long)given(0), 1 + 104, "whose first job goes first");
	is_int((long long)given(1), 1, "before its second");
	land();

	begin();
	for (int i = 0; i < 60; i++)
		add(i, 1000, SMALL_BYTES);
	for (int batch = 0; batch < 3; batch++) {
		queue_take(&queue, &load, SIZE_MAX);
		for (int i = 0; i < 60; i++)
			sums[i] += given_by(i);
		land();
	}
	for (int i = 0; i < 60; i++)
		least = sums[i] < least ? sums[i] : least;
	is_int((long long)least, 3 + 8,
	    "of 60 integrations each has its turn within three batches");
}

/* Learn from calls, then have 63 arrays wait and maybe a lone event. */
static void
learn(size_t n, int64_t ms, bool lone)
{
	begin();
	for (int i = 0; i < 100; i++)
		queue_learn(&queue, n, ms);
	for (int i = 0; i < 63; i++)
		add(i, 1000, SMALL_BYTES);
	if (lone)
		add(1000, 1, SMALL_BYTES);
}

/* What the next single event waits for does not take long. */
static void
test_time(void)
{
	static const struct {
		size_t n, taken;
		int64_t ms;
		const char *what;
	} calls[] = {
	    {256, 256, 20, "a batch is full while its call is short"},
	    {256, 128, 40, "and has what its call can store in time"},
	    {128, 128, 20, "which it keeps to"},
	    {256, 96, 400, "but is not small, however slow the database is"},
	    {31, 256, 400, "small calls tell nothing"},
	    {256, 256, 0, "nor do those that take no time"},
	};
	bool each = true, full = true;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		learn(calls[i].n, calls[i].ms, true);
		queue_take(&queue, &load, SIZE_MAX);
		is_int((long long)load.n, (long long)calls[i].taken,
		    calls[i].what);
		ok(given(63) == 1 && is_in_order(), "the lone event is in it");
		land();
	}

	learn(256, 400, false);
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)load.n, 256, "with arrays alone each batch is full");
	land();
	learn(256, 400, true);
	for (int i = 0; i < QUEUE_HURRY; i++) {
		queue_take(&queue, &load, SIZE_MAX);
		full = full && load.n == QUEUE_TURNS_MIN;
		land();
	}
	ok(full, "after a lone event they are short");
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)load.n, 256, "for a while");
	land();

	begin();
	for (int i = 0; i < 100; i++)
		queue_learn(&queue, 256, 400);
	queue_learn(&queue, 256, 4);
	queue_learn(&queue, 256, 4);
	ok(queue.event_us > 500, "one call does not change much");
	for (int i = 0; i < 20; i++)
		queue_learn(&queue, 256, 4);
	ok(queue.event_us < 100, "many do");
	for (int i = 0; i < 200; i++)
		queue_learn(&queue, 256, 400);
	for (int i = 0; i < 200; i++)
		add(i, 8, SMALL_BYTES);
	queue_take(&queue, &load, SIZE_MAX);
	for (size_t i = 0; i < 200; i++)
		each = each && given(i) == 1;
	ok(each && load.n == 200, "each of 200 jobs gives one all the same");
	land();
}

static void
test_many_jobs(void)
{
	bool each = true;
	bool seen[JOBS_MAX] = {false};

	begin();
	for (int i = 0; i < JOBS_MAX; i++)
		add(i % 7, 10, SMALL_BYTES);
	for (int batch = 0; batch < 2; batch++) {
		queue_take(&queue, &load, SIZE_MAX);
		for (size_t i = 0; i < JOBS_MAX; i++)
			seen[i] = seen[i] || given(i) > 0;
		land();
	}
	for (size_t i = 0; i < JOBS_MAX; i++)
		each = each && seen[i];
	ok(each, "of 400 jobs, each is in one of the next two batches");
}

static void
test_bytes(void)
{
	size_t big[4], lone;

	begin();
	for (int i = 0; i < 4; i++)
		big[i] = add(i, 1, 2 * BATCH_BYTES_MAX);
	lone = add(9, 1, SMALL_BYTES);
	for (int i = 0; i < 4; i++) {
		queue_take(&queue, &load, SIZE_MAX);
		is_int((long long)load.n, i == 0 ? 2 : 1,
		    "one event may be larger than a batch");
		is_int((long long)given(big[i]), 1, "each in its turn");
		if (i == 0)
			is_int((long long)given(lone), 1,
			    "and a small one does not wait for them");
		land();
	}

	begin();
	for (int i = 0; i < 4; i++)
		add(i, 10, BATCH_BYTES_MAX / 8);
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)load.n, 9, "a batch has one event over its bytes");
	ok(is_in_order(), "and leaves out none before another of its job");
	land();
}

/* Two leaders: none has a job of the other's. */
static void
test_share(void)
{
	static struct load other;
	size_t share, lone;
	bool apart = true;

	begin();
	for (int i = 0; i < 10; i++)
		add(i, 1000, SMALL_BYTES);
	lone = add(10, 1, SMALL_BYTES);
	share = queue_share(&queue, 2);
	is_int((long long)share, 6, "two leaders share the jobs");
	queue_take(&queue, &load, share);
	is_int((long long)load.n, BATCH_EVENTS_MAX, "the first has a batch");
	is_int((long long)given(lone), 0, "the last job is not in it");
	ok(queue_holds(&queue, BATCH_EVENTS_MAX), "the other has one too");
	queue_take(&queue, &other, SIZE_MAX);
	for (size_t i = 0; i < other.n; i++)
		apart = apart && other.owners[i] - jobs >= 6;
	is_int((long long)other.n, BATCH_EVENTS_MAX, "and takes it");
	ok(apart, "from the other jobs");
	ok(queue_first(&queue) == NULL, "none of which waits");
	land();
	load = other;
	land();

	begin();
	add(1, 1000, SMALL_BYTES);
	for (int i = 0; i < 100; i++)
		add(2, 1, SMALL_BYTES);
	ok(queue_share(&queue, 2) > 101,
	    "one takes all where too little would be left for the other");
	begin();
	add(1, 400, SMALL_BYTES);
	add(2, 100, SMALL_BYTES);
	ok(queue_share(&queue, 2) > 2, "and where there is no second batch");
}

/* Items that have their verdict are not taken. */
static void
test_verdicts(void)
{
	size_t at;

	begin();
	at = add(1, 4, SMALL_BYTES);
	queue_remove(&queue, &jobs[at]);
	items[at][0].outcome = OUTCOME_INVALID;
	items[at][2].outcome = OUTCOME_INVALID;
	queue_make(&jobs[at], &deliveries[at]);
	queue_add(&queue, &jobs[at]);
	queue_take(&queue, &load, SIZE_MAX);
	is_int((long long)load.n, 2, "an item that is refused is not taken");
	ok(load.items[0] == &items[at][1] && load.items[1] == &items[at][3],
	    "the others are");
	ok(queue.first == NULL && !queue_is_done(&jobs[at]),
	    "their job is not done before their verdicts");
	land();
	ok(queue_is_done(&jobs[at]), "but then");

	begin();
	at = add(1, 300, SMALL_BYTES);
	queue_take(&queue, &load, SIZE_MAX);
	queue_give_up(&queue, &jobs[at], load.items[0]);
	ok(queue.first == NULL && load.items[0]->outcome == OUTCOME_OK,
	    "behind one that was not stored, no more are taken");
}

int
main(void)
{
	test_lone();
	test_any();
	test_turns();
	test_time();
	test_many_jobs();
	test_bytes();
	test_share();
	test_verdicts();
	return done_testing();
}
