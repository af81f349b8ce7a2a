/* SPDX-License-Identifier: ISC */
#include "server/pool.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

struct crew *
crew_open(int n, struct listener *listener, struct intake *intake)
{
	struct crew *c = calloc(1, sizeof(*c));
	size_t most = (size_t)n;

	if (c == NULL)
		return NULL;
	c->listener = listener;
	c->intake = intake;
	c->served_at = clock_ms();
	c->complained_at = LOG_NEVER;
	pthread_mutex_init(&c->lock, NULL);
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->seats = calloc(most, sizeof(*c->seats));
	/* One more: the gatherer, while all others are blocked. */
	c->hands = calloc(most + 1, sizeof(*c->hands));
	c->waiting = calloc(most, sizeof(struct seat *));
	c->polls = calloc(most + 3, sizeof(*c->polls));
	if (c->wake != -1 && c->seats != NULL && c->hands != NULL &&
	    c->waiting != NULL && c->polls != NULL)
		return c;
	crew_close(c);
	return NULL;
}

static void
add(struct seats *list, struct seat *seat)
{
	seat->next = NULL;
	if (list->last != NULL)
		list->last->next = seat;
	else
		list->first = seat;
	list->last = seat;
}

static struct seat *
take(struct seats *list)
{
	struct seat *seat = list->first;

	if (seat == NULL)
		return NULL;
	list->first = seat->next;
	if (list->first == NULL)
		list->last = NULL;
	return seat;
}

/* Take the hand that became idle last, if any.  Called with the lock held. */
static struct hand *
take_idle(struct crew *c)
{
	struct hand *hand = c->idle;

	if (hand != NULL)
		c->idle = hand->next;
	return hand;
}

static void
wake(struct hand *hand)
{
	if (hand != NULL)
		sem_post(&hand->wake);
}

enum duty
crew_wait(struct hand *me, struct seat **seat)
{
	struct crew *c = me->crew;
	enum duty duty = DUTY_TASK;

	pthread_mutex_lock(&c->lock);
	while ((*seat = take(&c->tasks)) == NULL) {
		duty = DUTY_END;
		if (c->ended)
			break;
		if (!c->gathered) {
			c->gathered = true;
			c->gatherer = pthread_self();
			duty = DUTY_GATHER;
			break;
		}
		me->next = c->idle;
		c->idle = me;
		pthread_mutex_unlock(&c->lock);
		while (sem_wait(&me->wake) == -1)
			continue;
		pthread_mutex_lock(&c->lock);
		duty = DUTY_TASK;
	}
	pthread_mutex_unlock(&c->lock);
	return duty;
}

void
crew_hand_over(struct seat *seat, enum task task)
{
	struct crew *c = seat->crew;
	struct hand *hand;

	seat->task = task;
	pthread_mutex_lock(&c->lock);
	add(&c->tasks, seat);
	hand = take_idle(c);
	pthread_mutex_unlock(&c->lock);
	wake(hand);
}

void
crew_wake(struct crew *c)
{
	eventfd_write(c->wake, 1);
}

struct seat *
crew_take_seat(struct crew *c)
{
	struct seat *seat;

	pthread_mutex_lock(&c->lock);
	seat = take(&c->free);
	c->starved = seat == NULL;
	pthread_mutex_unlock(&c->lock);
	return seat;
}

/* The seat that was freed last is used first: its memory is cached. */
void
crew_free_seat(struct seat *seat)
{
	struct crew *c = seat->crew;
	bool was_starved;

	pthread_mutex_lock(&c->lock);
	seat->next = c->free.first;
	c->free.first = seat;
	if (c->free.last == NULL)
		c->free.last = seat;
	was_starved = c->starved;
	c->starved = false;
	pthread_mutex_unlock(&c->lock);
	if (was_starved)
		crew_wake(c);
}

/* Add to a list of the gatherer, and wake it unless this thread is it. */
static void
report(struct seat *seat, struct seats *list)
{
	struct crew *c = seat->crew;
	bool is_own;

	pthread_mutex_lock(&c->lock);
	add(list, seat);
	is_own = c->gathered && pthread_equal(c->gatherer, pthread_self());
	pthread_mutex_unlock(&c->lock);
	if (!is_own)
		crew_wake(c);
}

void
crew_note_stored(struct seat *seat)
{
	report(seat, &seat->crew->stored);
}

void
crew_keep(struct seat *seat)
{
	seat->came_at = clock_ms();
	report(seat, &seat->crew->kept);
}

struct seat *
crew_take_all(struct crew *c, struct seats *list)
{
	struct seat *first;

	pthread_mutex_lock(&c->lock);
	first = list->first;
	*list = (struct seats){0};
	pthread_mutex_unlock(&c->lock);
	return first;
}

void
crew_stop_gathering(struct crew *c, bool is_end)
{
	struct hand *hand;

	pthread_mutex_lock(&c->lock);
	c->gathered = false;
	c->ended = is_end;
	do {
		hand = take_idle(c);
		wake(hand);
	} while (is_end && hand != NULL);
	pthread_mutex_unlock(&c->lock);
}

bool
crew_has_seat(struct crew *c)
{
	bool has;

	pthread_mutex_lock(&c->lock);
	has = c->free.first != NULL;
	c->starved = c->starved || !has;
	pthread_mutex_unlock(&c->lock);
	return has;
}

void
crew_close(struct crew *c)
{
	if (c == NULL)
		return;
	if (c->wake != -1)
		close(c->wake);
	free(c->seats);
	free(c->hands);
	free(c->waiting);
	free(c->polls);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
