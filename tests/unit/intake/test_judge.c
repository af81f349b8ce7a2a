/* SPDX-License-Identifier: ISC */
#include "intake/judge.h"

#include <pthread.h>
#include <time.h>

#include "intake/intake_fixture.h"

#define THREADS 32

static void
answer(int questions)
{
	pthread_mutex_lock(&fake.lock);
	fake.answerable = questions;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

static void
await_questions(int n)
{
	pthread_mutex_lock(&fake.lock);
	while (fake.questions < n)
		pthread_cond_wait(&fake.changed, &fake.lock);
	pthread_mutex_unlock(&fake.lock);
}

static struct origin
sender(const char *id, bool has_token)
{
	struct origin from = origin;

	from.integration_id = slice_of(id);
	from.has_token = has_token;
	return from;
}

static struct origin asked_for;

static enum outcome
admit(struct intake *in, const char *id, bool has_token, int ms)
{
	struct origin from = sender(id, has_token);

	return intake_admit(in, &from, clock_ms() + ms);
}

static void
test_verdicts(void)
{
	fake.questions = 0;
	is_int(admit(intake, "int_fixture", false, SECOND_MS), OUTCOME_OK,
	    "who is in the copy may send");
	is_int(fake.questions, 0, "and nobody is asked");
	is_int(admit(intake, "int_unknown", false, SECOND_MS),
	    OUTCOME_UNKNOWN_INTEGRATION, "who is not is asked for");
	is_int(fake.questions, 1, "with one question");
	is_int(admit(intake, "int_off", false, SECOND_MS), OUTCOME_DISABLED,
	    "and told why not");
	is_int(admit(intake, "int_closed", false, SECOND_MS), OUTCOME_FORBIDDEN,
	    "or without a token");
	is_int(fake.questions, 3, "no answer is kept");
	is_int(admit(intake, "int_closed", true, SECOND_MS), OUTCOME_OK,
	    "a token that is new to the copy is good");
	is_int(fake.questions, 4, "when the database says so");
	is_int(admit(intake, "int_closed", true, SECOND_MS), OUTCOME_OK,
	    "the second time");
	is_int(fake.questions, 4, "it is known");
}

static void
test_no_answer(void)
{
	fake.away = true;
	is_int(admit(intake, "int_unknown", false, SECOND_MS),
	    OUTCOME_UNAVAILABLE, "in an outage nobody is refused for good");
	is_int(admit(intake, "int_fixture", false, SECOND_MS), OUTCOME_OK,
	    "nor who is in the copy");
	fake.away = false;
}

static enum outcome said[THREADS];

static void *
ask_unknown(void *arg)
{
	enum outcome *o = arg;

	*o = admit(intake, "int_unknown", false, 10 * SECOND_MS);
	return NULL;
}

/* Strangers who come while a question is under way share the next one. */
static void
test_many(void)
{
	pthread_t threads[THREADS];
	bool all = true;

	fake.questions = 0;
	fake.senders = 0;
	answer(0);
	for (int i = 0; i < THREADS; i++) {
		pthread_create(&threads[i], NULL, ask_unknown, &said[i]);
		if (i == 0)
			await_questions(1);
	}
	nanosleep(&(struct timespec){0, 200000000}, NULL);
	is_int(admit(intake, "int_unknown", false, 50), OUTCOME_UNAVAILABLE,
	    "behind a question that hangs, each keeps its deadline");
	answer(INT_MAX);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all = all && said[i] == OUTCOME_UNKNOWN_INTEGRATION;
	}
	ok(all, "many strangers are all answered");
	is_int(fake.questions, 2, "with two questions");
	is_int((long long)fake.senders, THREADS, "none of them twice");
}

static void *
ask_often(void *arg)
{
	int right = 0;

	(void)arg;
	for (int i = 0; i < 200; i++) {
		right += admit(intake, "int_unknown", false, 10 * SECOND_MS) ==
		    OUTCOME_UNKNOWN_INTEGRATION;
		right += admit(intake, "int_off", false, 10 * SECOND_MS) ==
		    OUTCOME_DISABLED;
	}
	return right == 400 ? &said : NULL;
}

static void
test_crowd(void)
{
	pthread_t threads[THREADS];
	void *all;
	int n = 0;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, ask_often, NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &all);
		n += all != NULL;
	}
	is_int(n, THREADS,
	    "in a crowd each hears its own verdict before its deadline");
}

/* The answer has where the events are, at first and when it is known. */
static void
test_wrapper(void)
{
	for (int i = 0; i < 2; i++) {
		asked_for = sender("int_closed", true);
		is_int(intake_admit(intake, &asked_for, clock_ms() + SECOND_MS),
		    OUTCOME_OK, "who may send");
		is_str(asked_for.wrapper, "/data", "has its wrapper key");
	}
	asked_for = sender("int_fixture", false);
	intake_admit(intake, &asked_for, clock_ms() + SECOND_MS);
	is_str(asked_for.wrapper, "", "and another none");
}

/* Without a spool there is no copy. */
static void
test_no_spool(void)
{
	struct intake *bare = intake_open(&fixture_conf, DB_SERVER, NULL, NULL);
	struct post p;

	fake.questions = 0;
	is_int(admit(bare, "int_fixture", false, SECOND_MS), OUTCOME_OK,
	    "without a spool the database is asked");
	is_int(admit(bare, "int_fixture", false, SECOND_MS), OUTCOME_OK,
	    "who was accepted is remembered");
	is_int(fake.questions, 1, "and not asked for again");
	fake.away = true;
	is_int(admit(bare, "int_fixture", false, SECOND_MS), OUTCOME_OK,
	    "nor in an outage");
	is_int(admit(bare, "int_unknown", false, SECOND_MS),
	    OUTCOME_UNAVAILABLE, "others come again");
	fake.away = false;

	open_post(&p, "refused", 1);
	fake.verdict = OUTCOME_FORBIDDEN;
	intake_store(bare, &p.d, clock_ms() + SECOND_MS);
	fake.verdict = OUTCOME_CREATED;
	close_post(&p);
	is_int(admit(bare, "int_fixture", false, SECOND_MS), OUTCOME_OK,
	    "after an event that was refused");
	is_int(fake.questions, 3, "the database is asked again");
	intake_close(bare);
}

int
main(void)
{
	open_intake();
	test_verdicts();
	test_no_answer();
	test_wrapper();
	test_many();
	test_crowd();
	test_no_spool();
	close_intake();
	return done_testing();
}
