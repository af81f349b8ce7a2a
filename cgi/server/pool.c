/* SPDX-License-Identifier: ISC */
#include "server/pool.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

struct pool *
pool_open(int n, struct listener *listener, struct intake *intake)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	size_t most = (size_t)n;

	if (pool == NULL)
		return NULL;
	pool->listener = listener;
	pool->intake = intake;
	pool->served_at = clock_ms();
	pool->complained_at = LOG_NEVER;
	pthread_mutex_init(&pool->lock, NULL);
	pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pool->slots = calloc(most, sizeof(*pool->slots));
	/* One more, to be the gatherer while all others are blocked. */
	pool->threads = calloc(most + 1, sizeof(*pool->threads));
	pool->waiting = calloc(most, sizeof(struct slot *));
	pool->arrivals = epoll_create1(EPOLL_CLOEXEC);
	if (pool->wake != -1 && pool->slots != NULL && pool->threads != NULL &&
	    pool->waiting != NULL && pool->arrivals != -1)
		return pool;
	pool_close(pool);
	return NULL;
}

static void
add(struct slot_list *list, struct slot *slot)
{
	slot->next = NULL;
	if (list->last != NULL)
		list->last->next = slot;
	else
		list->first = slot;
	list->last = slot;
}

static struct slot *
take(struct slot_list *list)
{
	struct slot *slot = list->first;

	if (slot == NULL)
		return NULL;
	list->first = slot->next;
	if (list->first == NULL)
		list->last = NULL;
	return slot;
}

/* Take the thread that became idle last, if any.  Called with the lock held. */
static struct thread *
take_idle(struct pool *pool)
{
	struct thread *thread = pool->idle;

	if (thread != NULL)
		pool->idle = thread->next;
	return thread;
}

static void
wake(struct thread *thread)
{
	if (thread != NULL)
		sem_post(&thread->wake);
}

enum duty
pool_wait(struct thread *me, struct slot **slot)
{
	struct pool *pool = me->pool;
	enum duty duty = DUTY_TASK;

	pthread_mutex_lock(&pool->lock);
	while ((*slot = take(&pool->tasks)) == NULL) {
		duty = DUTY_END;
		if (pool->ended)
			break;
		if (!pool->has_gatherer) {
			pool->has_gatherer = true;
			pool->gatherer = pthread_self();
			duty = DUTY_GATHER;
			break;
		}
		me->next = pool->idle;
		pool->idle = me;
		pthread_mutex_unlock(&pool->lock);
		while (sem_wait(&me->wake) == -1)
			continue;
		pthread_mutex_lock(&pool->lock);
		duty = DUTY_TASK;
	}
	pthread_mutex_unlock(&pool->lock);
	return duty;
}

void
pool_submit(struct slot *slot, enum task task)
{
	struct pool *pool = slot->pool;
	struct thread *thread;

	slot->task = task;
	pthread_mutex_lock(&pool->lock);
	add(&pool->tasks, slot);
	thread = take_idle(pool);
	pthread_mutex_unlock(&pool->lock);
	wake(thread);
}

void
pool_wake(struct pool *pool)
{
	eventfd_write(pool->wake, 1);
}

struct slot *
pool_take_slot(struct pool *pool)
{
	struct slot *slot;

	pthread_mutex_lock(&pool->lock);
	slot = take(&pool->free);
	pool->starved = slot == NULL;
	pthread_mutex_unlock(&pool->lock);
	return slot;
}

/* Use the slot that was freed last first: its memory is in the cache. */
void
pool_free_slot(struct slot *slot)
{
	struct pool *pool = slot->pool;
	bool was_starved;

	pthread_mutex_lock(&pool->lock);
	slot->next = pool->free.first;
	pool->free.first = slot;
	if (pool->free.last == NULL)
		pool->free.last = slot;
	was_starved = pool->starved;
	pool->starved = false;
	pthread_mutex_unlock(&pool->lock);
	if (was_starved)
		pool_wake(pool);
}

/* Add to a list of the gatherer; wake it, unless this thread is it. */
static void
report(struct slot *slot, struct slot_list *list)
{
	struct pool *pool = slot->pool;
	bool is_own;

	pthread_mutex_lock(&pool->lock);
	add(list, slot);
	is_own =
	    pool->has_gatherer && pthread_equal(pool->gatherer, pthread_self());
	pthread_mutex_unlock(&pool->lock);
	if (!is_own)
		pool_wake(pool);
}

void
pool_note_stored(struct slot *slot)
{
	report(slot, &slot->pool->stored);
}

void
pool_keep_alive(struct slot *slot)
{
	slot->idle_since = clock_ms();
	report(slot, &slot->pool->kept_alive);
}

struct slot *
pool_take_all(struct pool *pool, struct slot_list *list)
{
	struct slot *first;

	pthread_mutex_lock(&pool->lock);
	first = list->first;
	*list = (struct slot_list){0};
	pthread_mutex_unlock(&pool->lock);
	return first;
}

void
pool_stop_gathering(struct pool *pool, bool is_end)
{
	struct thread *thread;

	pthread_mutex_lock(&pool->lock);
	pool->has_gatherer = false;
	pool->ended = is_end;
	do {
		thread = take_idle(pool);
		wake(thread);
	} while (is_end && thread != NULL);
	pthread_mutex_unlock(&pool->lock);
}

bool
pool_has_slot(struct pool *pool)
{
	bool has;

	pthread_mutex_lock(&pool->lock);
	has = pool->free.first != NULL;
	pool->starved = pool->starved || !has;
	pthread_mutex_unlock(&pool->lock);
	return has;
}

void
pool_close(struct pool *pool)
{
	if (pool == NULL)
		return;
	if (pool->wake != -1)
		close(pool->wake);
	if (pool->arrivals != -1)
		close(pool->arrivals);
	free(pool->slots);
	free(pool->threads);
	free(pool->waiting);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
