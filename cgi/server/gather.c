/* SPDX-License-Identifier: ISC */
#include "server/gather.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/arrival.h"

#define CHECK_MS 20 /* between checks for overdue slots */
#define FIRST_BYTE_MS 20 /* later, another thread waits for it */
#define KEEP_ALIVE_MAX_MS 60000 /* how long a connection may idle */
#define KEEP_ALIVE_CHECK_MS 1000
#define ARRIVALS_MAX 64 /* taken at once */
#define ACCEPT_AGAIN_MS 100 /* when out of descriptors */

struct gatherer {
	struct waiter waiter;
	struct pool *pool;
};

static void
watch(struct slot *slot, int fd)
{
	pthread_mutex_lock(&slot->lock);
	slot->fd = fd;
	slot->since = clock_ms();
	pthread_mutex_unlock(&slot->lock);
}

bool
slot_accept(struct slot *slot)
{
	struct listener *l = slot->pool->listener;
	struct worker *w = &slot->worker;
	struct http *h = w->http;
	int fd = slot->new_fd;

	slot->new_fd = -1;
	w->arriving_ms = clock_ms();
	watch(slot, fd != -1 ? fd : http_kept(h));
	if (http_accept(h, fd) == -1)
		return false;
	endpoint_read(w);
	if (l->admits == NULL ||
	    (w->req.has_identity && l->admits(l, &w->req.identity)))
		return true;
	http_hang_up(h);
	return false;
}

/* Close the slot's connection, on which no request is under way. */
static void
hang_up(struct slot *slot)
{
	if (slot->new_fd != -1)
		close(slot->new_fd);
	slot->new_fd = -1;
	http_hang_up(slot->worker.http);
}

void
slot_end(struct slot *slot)
{
	struct pool *pool = slot->pool;

	watch(slot, -1);
	pool->served_at = clock_ms();
	if (http_kept(slot->worker.http) != -1 && !pool->stopping) {
		pool_keep_alive(slot);
		return;
	}
	hang_up(slot);
	pool_free_slot(slot);
}

static void
note_stored(struct job *job)
{
	char *p = (char *)job - offsetof(struct slot, job);

	pool_note_stored((struct slot *)(void *)p);
}

/* Answer a request; if it is to be kept, let another thread write the file. */
static void
conclude(struct slot *slot)
{
	endpoint_finish(&slot->worker);
	if (endpoint_keeps(&slot->worker))
		pool_submit(slot, TASK_KEEP);
	else
		slot_end(slot);
}

/* Handle a request that has arrived whole. */
static void
begin(struct slot *slot)
{
	struct pool *pool = slot->pool;
	struct worker *w = &slot->worker;
	enum endpoint_step step;

	if (!slot_accept(slot)) {
		slot_end(slot);
		return;
	}
	step = endpoint_begin(w);
	if (step == ENDPOINT_ANSWER || step == ENDPOINT_STORE) {
		pool_submit(slot,
		    step == ENDPOINT_STORE ? TASK_STORE : TASK_ANSWER);
		return;
	}
	if (step == ENDPOINT_PARK &&
	    intake_park(pool->intake, &slot->job, &w->delivery,
		request_deadline(&w->req, w->conf->database_timeout),
		note_stored)) {
		slot->is_parked = true;
		pool->parked_n++;
		return;
	}
	conclude(slot);
}

/* Handle what has arrived on a slot's connection; false if nothing has. */
static bool
try_request(struct slot *slot)
{
	int fd = slot->new_fd;

	switch (http_arrival(fd != -1 ? fd : http_kept(slot->worker.http))) {
	case ARRIVAL_NOTHING:
		return false;
	case ARRIVAL_PART:
		pool_submit(slot, TASK_ALL);
		break;
	case ARRIVAL_WHOLE:
		begin(slot);
		break;
	case ARRIVAL_END:
		hang_up(slot);
		pool_free_slot(slot);
		break;
	}
	return true;
}

/*
 * Wait for the next request on a slot's connection.  It is watched once: until
 * something arrives, or until it is closed.
 */
static void
await_request(struct slot *slot)
{
	struct pool *pool = slot->pool;
	bool is_new = slot->new_fd != -1;
	int fd = is_new ? slot->new_fd : http_kept(slot->worker.http);
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT,
	    .data.ptr = slot};

	slot->place = pool->waiting_n;
	pool->waiting[pool->waiting_n++] = slot;
	pool->new_n += is_new;
	/* Only a connection that was watched before needs the second call. */
	if (epoll_ctl(pool->arrivals, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
		fd, &event) == -1 &&
	    epoll_ctl(pool->arrivals, is_new ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
		fd, &event) == -1)
		slot->idle_since = 0; /* overdue, since nothing watches it */
}

static void
end_wait(struct slot *slot)
{
	struct pool *pool = slot->pool;
	struct slot *last = pool->waiting[--pool->waiting_n];

	pool->waiting[slot->place] = last;
	last->place = slot->place;
	slot->place = -1;
	pool->new_n -= slot->new_fd != -1;
}

/* Handle what has arrived on connections that are watched. */
static void
take_arrivals(struct pool *pool)
{
	struct epoll_event events[ARRIVALS_MAX];
	int n = epoll_wait(pool->arrivals, events, ARRIVALS_MAX, 0);

	for (int i = 0; i < n; i++) {
		struct slot *slot = events[i].data.ptr;

		if (slot->place == -1)
			continue;
		end_wait(slot);
		if (!try_request(slot))
			await_request(slot);
	}
}

/*
 * Answer parked requests whose events the database has judged; the others need
 * a thread that may block.
 */
static void
answer_stored(struct pool *pool)
{
	struct slot *slot, *next;

	for (slot = pool_take_all(pool, &pool->stored); slot != NULL;
	     slot = next) {
		next = slot->next;
		slot->is_parked = false;
		pool->parked_n--;
		if (!intake_is_done(pool->intake, &slot->job)) {
			pool_submit(slot, TASK_FINISH);
			continue;
		}
		conclude(slot);
	}
}

/* Wait for the next requests on connections that other threads kept alive. */
static void
await_next_requests(struct pool *pool)
{
	struct slot *slot, *next;

	for (slot = pool_take_all(pool, &pool->kept_alive); slot != NULL;
	     slot = next) {
		next = slot->next;
		await_request(slot);
	}
}

/* Close the connection that has idled longest; NULL when none is idle. */
static struct slot *
end_oldest(struct pool *pool)
{
	struct slot *oldest = NULL;

	for (int i = 0; i < pool->waiting_n; i++) {
		struct slot *slot = pool->waiting[i];

		if (slot->new_fd == -1 &&
		    (oldest == NULL || slot->idle_since < oldest->idle_since))
			oldest = slot;
	}
	if (oldest != NULL) {
		end_wait(oldest);
		hang_up(oldest);
	}
	return oldest;
}

/* Handle a failed accept, by errno. */
static void
accept_failed(struct pool *pool)
{
	switch (errno) {
	case EAGAIN:
		pool->done_accepting = pool->stopping;
		break;
	case EINTR:
	case ECONNABORTED:
		break;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
		if (!pool->stopping)
			log_warn("could not accept from the socket");
		pool->done_accepting = true;
		break;
	default: /* out of descriptors or memory: temporary */
		pool->done_accepting = pool->stopping;
		if (!pool->done_accepting &&
		    log_is_due(&pool->complained_at, LOG_AGAIN_MS))
			log_warn("could not accept a connection");
		pool->accept_at = clock_ms() + ACCEPT_AGAIN_MS;
	}
}

/* Accept the connections in the queue, as long as there are slots. */
static void
accept_all(struct pool *pool)
{
	struct listener *l = pool->listener;
	struct slot *slot = pool_take_slot(pool);
	int fd;

	/* Prefer a new connection to an idle one. */
	if (slot == NULL)
		slot = end_oldest(pool);
	for (; slot != NULL; slot = pool_take_slot(pool)) {
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1) {
			accept_failed(pool);
			pool_free_slot(slot);
			return;
		}
		if (l->trusts != NULL && !l->trusts(l, fd)) {
			close(fd);
			pool_free_slot(slot);
			continue;
		}
		slot->new_fd = fd;
		slot->idle_since = clock_ms();
		if (!try_request(slot))
			await_request(slot);
	}
}

/*
 * End a slot's wait for a request if it is overdue: close an idle connection,
 * let another thread read from a new one.
 */
static void
end_overdue(struct slot *slot, int64_t now)
{
	bool is_new = slot->new_fd != -1;
	int64_t most = is_new ? FIRST_BYTE_MS : KEEP_ALIVE_MAX_MS;

	if (!slot->pool->stopping && now - slot->idle_since < most)
		return;
	end_wait(slot);
	if (is_new) {
		pool_submit(slot, TASK_ALL);
		return;
	}
	hang_up(slot);
	pool_free_slot(slot);
}

/* Stop waiting for what is overdue; look at most once in CHECK_MS. */
static void
check_overdue(struct pool *pool)
{
	int64_t now = clock_ms();

	if (now < pool->check_at && !pool->stopping)
		return;
	pool->check_at = now + CHECK_MS;
	for (int i = pool->waiting_n - 1; i >= 0; i--)
		end_overdue(pool->waiting[i], now);
	for (int i = 0; i < pool->slots_n && pool->parked_n > 0; i++) {
		struct slot *slot = &pool->slots[i];

		if (!slot->is_parked || slot->job.deadline > now ||
		    !intake_reclaim(pool->intake, &slot->job))
			continue;
		slot->is_parked = false;
		pool->parked_n--;
		pool_submit(slot, TASK_FINISH);
	}
}

static bool
may_accept(struct pool *pool)
{
	if (pool->done_accepting ||
	    (pool->accept_at != 0 && clock_ms() < pool->accept_at))
		return false;
	pool->accept_at = 0;
	return pool_has_slot(pool) || pool->waiting_n > pool->new_n;
}

/* Return the time-out: ms, or less if something may become overdue earlier. */
static int
limit_wait(const struct pool *pool, int ms)
{
	bool is_urgent = pool->parked_n > 0 || pool->new_n > 0 ||
	    pool->accept_at != 0 || pool->stopping;
	int most = is_urgent ? CHECK_MS : KEEP_ALIVE_CHECK_MS;

	if (!is_urgent && pool->waiting_n == 0)
		return ms;
	return ms >= 0 && ms < most ? ms : most;
}

/*
 * Poll once, for at most ms milliseconds (-1 = for ever), and handle what
 * happened.  Return whether fd (-1 = none) has one of the events.
 */
static bool
poll_events(struct pool *pool, int fd, short events, int ms)
{
	enum { WAKE, LISTENER, ARRIVALS, OWN, POLLS };
	struct pollfd p[POLLS] = {[WAKE] = {pool->wake, POLLIN, 0},
	    [ARRIVALS] = {pool->arrivals, POLLIN, 0},
	    [OWN] = {fd, events, 0}};
	eventfd_t ignored;

	await_next_requests(pool);
	p[LISTENER] =
	    (struct pollfd){may_accept(pool) ? pool->listener->fd : -1, POLLIN,
		0};
	if (poll(p, POLLS, limit_wait(pool, ms)) == -1)
		return false;
	if (p[WAKE].revents != 0)
		eventfd_read(pool->wake, &ignored);
	if (p[ARRIVALS].revents != 0)
		take_arrivals(pool);
	if (p[LISTENER].revents != 0 ||
	    (pool->stopping && !pool->done_accepting))
		accept_all(pool);
	check_overdue(pool);
	return p[OWN].revents != 0;
}

static bool
wait_for_database(struct waiter *w, int fd, short events, int64_t deadline)
{
	struct pool *pool = ((struct gatherer *)w)->pool;
	int left;

	do {
		answer_stored(pool);
		left = clock_left_ms(deadline);
		if (poll_events(pool, fd, events, left))
			return true;
	} while (left > 0);
	return false;
}

static void
leave(struct waiter *w)
{
	pool_stop_gathering(((struct gatherer *)w)->pool, false);
}

void
gather(struct pool *pool)
{
	struct gatherer g = {.waiter = {.wait = wait_for_database,
				 .leave = leave},
	    .pool = pool};

	for (;;) {
		intake_gather(pool->intake, &g.waiter);
		if (g.waiter.left)
			return;
		answer_stored(pool);
		if (pool->stopping && pool->done_accepting &&
		    pool->waiting_n == 0 && pool->parked_n == 0)
			break;
		poll_events(pool, -1, 0, -1);
	}
	pool_stop_gathering(pool, true);
}
