/* SPDX-License-Identifier: ISC */
#include "server/gather.h"

#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/arrival.h"

#define LOOK_MS 20 /* between two checks for overdue seats */
#define FIRST_BYTE_MS 20 /* after that, a thread waits for it */
#define KEEP_MAX_MS 60000 /* idle time of a kept connection */
#define KEPT_LOOK_MS 1000
#define ACCEPT_AGAIN_MS 100 /* when out of descriptors */

struct gatherer {
	struct waiter waiter;
	struct crew *crew;
};

static void
watch(struct seat *seat, int fd)
{
	pthread_mutex_lock(&seat->lock);
	seat->fd = fd;
	seat->since = clock_ms();
	pthread_mutex_unlock(&seat->lock);
}

bool
seat_accept(struct seat *seat)
{
	struct listener *l = seat->crew->listener;
	struct worker *w = &seat->worker;
	struct http *h = w->http;
	int fd = seat->new_fd;

	seat->new_fd = -1;
	w->arriving_ms = clock_ms();
	watch(seat, fd != -1 ? fd : http_kept(h));
	if (http_accept(h, fd) == -1)
		return false;
	endpoint_read(w);
	if (l->admits == NULL ||
	    (w->req.has_identity && l->admits(l, &w->req.identity)))
		return true;
	http_hang_up(h);
	return false;
}

/* Close the connection that waits in a seat for a request. */
static void
hang_up(struct seat *seat)
{
	if (seat->new_fd != -1)
		close(seat->new_fd);
	seat->new_fd = -1;
	http_hang_up(seat->worker.http);
}

void
seat_end(struct seat *seat)
{
	struct crew *c = seat->crew;

	watch(seat, -1);
	c->served_at = clock_ms();
	if (http_kept(seat->worker.http) != -1 && !c->stopping) {
		crew_keep(seat);
		return;
	}
	hang_up(seat);
	crew_free_seat(seat);
}

static void
note_stored(struct job *job)
{
	char *p = (char *)job - offsetof(struct seat, job);

	crew_note_stored((struct seat *)(void *)p);
}

/* Answer a request; let another thread write what is to be kept of it. */
static void
conclude(struct seat *seat)
{
	endpoint_finish(&seat->worker);
	if (endpoint_keeps(&seat->worker))
		crew_hand_over(seat, TASK_KEEP);
	else
		seat_end(seat);
}

/* Handle a request that has arrived whole. */
static void
begin(struct seat *seat)
{
	struct crew *c = seat->crew;
	struct worker *w = &seat->worker;
	enum endpoint_step step;

	if (!seat_accept(seat)) {
		seat_end(seat);
		return;
	}
	step = endpoint_begin(w);
	if (step == ENDPOINT_ANSWER || step == ENDPOINT_STORE) {
		crew_hand_over(seat,
		    step == ENDPOINT_STORE ? TASK_STORE : TASK_ANSWER);
		return;
	}
	if (step == ENDPOINT_PARK &&
	    intake_park(c->intake, &seat->job, &w->delivery,
		request_deadline(&w->req, w->conf->database_timeout),
		note_stored)) {
		seat->is_parked = true;
		c->parked_n++;
		return;
	}
	conclude(seat);
}

/* Look for a request in a seat; false when there is none yet. */
static bool
arrive(struct seat *seat)
{
	int fd = seat->new_fd;

	switch (http_arrival(fd != -1 ? fd : http_kept(seat->worker.http))) {
	case ARRIVAL_NOTHING:
		return false;
	case ARRIVAL_PART:
		crew_hand_over(seat, TASK_ALL);
		break;
	case ARRIVAL_WHOLE:
		begin(seat);
		break;
	case ARRIVAL_END:
		hang_up(seat);
		crew_free_seat(seat);
		break;
	}
	return true;
}

static void
await_request(struct seat *seat)
{
	struct crew *c = seat->crew;

	c->waiting[c->waiting_n++] = seat;
}

static void
remove_waiting(struct crew *c, int i)
{
	c->waiting[i] = c->waiting[--c->waiting_n];
}

/* Answer requests whose events are stored; let a thread spool the others. */
static void
answer_stored(struct crew *c)
{
	struct seat *seat, *next;

	for (seat = crew_take_all(c, &c->stored); seat != NULL; seat = next) {
		next = seat->next;
		seat->is_parked = false;
		c->parked_n--;
		if (!intake_is_done(c->intake, &seat->job)) {
			crew_hand_over(seat, TASK_FINISH);
			continue;
		}
		conclude(seat);
	}
}

/* Wait for the next request on connections that other threads have kept. */
static void
take_kept(struct crew *c)
{
	struct seat *seat, *next;

	for (seat = crew_take_all(c, &c->kept); seat != NULL; seat = next) {
		next = seat->next;
		await_request(seat);
	}
}

/* End the kept connection that is idle longest; NULL when there is none. */
static struct seat *
end_oldest(struct crew *c)
{
	struct seat *seat;
	int oldest = -1;

	for (int i = 0; i < c->waiting_n; i++)
		if (c->waiting[i]->new_fd == -1 &&
		    (oldest == -1 ||
			c->waiting[i]->came_at < c->waiting[oldest]->came_at))
			oldest = i;
	if (oldest == -1)
		return NULL;
	seat = c->waiting[oldest];
	remove_waiting(c, oldest);
	hang_up(seat);
	return seat;
}

/* Handle a failed accept, by errno. */
static void
give_up_accepting(struct crew *c)
{
	switch (errno) {
	case EAGAIN:
		c->deaf = c->stopping;
		break;
	case EINTR:
	case ECONNABORTED:
		break;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
		if (!c->stopping)
			log_warn("could not accept from the socket");
		c->deaf = true;
		break;
	default: /* out of descriptors or memory: temporary */
		c->deaf = c->stopping;
		if (!c->deaf && log_is_due(&c->complained_at, LOG_AGAIN_MS))
			log_warn("could not accept a connection");
		c->accept_at = clock_ms() + ACCEPT_AGAIN_MS;
	}
}

/* Accept the connections in the queue, as long as there are seats. */
static void
accept_all(struct crew *c)
{
	struct listener *l = c->listener;
	struct seat *seat = crew_take_seat(c);
	int fd;

	/* A new connection is more urgent than an idle one. */
	if (seat == NULL)
		seat = end_oldest(c);
	for (; seat != NULL; seat = crew_take_seat(c)) {
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1) {
			give_up_accepting(c);
			crew_free_seat(seat);
			return;
		}
		if (l->trusts != NULL && !l->trusts(l, fd)) {
			close(fd);
			crew_free_seat(seat);
			continue;
		}
		seat->new_fd = fd;
		seat->came_at = clock_ms();
		if (!arrive(seat))
			await_request(seat);
	}
}

/* End a seat that has waited too long for a request; false if it has not. */
static bool
end_waiting(struct seat *seat, int64_t now)
{
	bool stopping = seat->crew->stopping;

	if (seat->new_fd == -1) {
		if (!stopping && now - seat->came_at < KEEP_MAX_MS)
			return false;
		hang_up(seat);
		crew_free_seat(seat);
		return true;
	}
	if (!stopping && now - seat->came_at < FIRST_BYTE_MS)
		return false;
	crew_hand_over(seat, TASK_ALL);
	return true;
}

/* End or hand over what is overdue, at most once in LOOK_MS. */
static void
look_at_clock(struct crew *c)
{
	int64_t now = clock_ms();

	if (now < c->look_at && !c->stopping)
		return;
	c->look_at = now + LOOK_MS;
	for (int i = c->waiting_n - 1; i >= 0; i--)
		if (end_waiting(c->waiting[i], now))
			remove_waiting(c, i);
	for (int i = 0; i < c->seats_n && c->parked_n > 0; i++) {
		struct seat *seat = &c->seats[i];

		if (!seat->is_parked || seat->job.deadline > now ||
		    !intake_reclaim(c->intake, &seat->job))
			continue;
		seat->is_parked = false;
		c->parked_n--;
		crew_hand_over(seat, TASK_FINISH);
	}
}

static bool
may_accept(struct crew *c)
{
	if (c->deaf || (c->accept_at != 0 && clock_ms() < c->accept_at))
		return false;
	c->accept_at = 0;
	if (crew_has_seat(c))
		return true;
	for (int i = 0; i < c->waiting_n; i++)
		if (c->waiting[i]->new_fd == -1)
			return true;
	return false;
}

/*
 * Fill in what to poll, and return the time-out: ms, or less when something
 * may become overdue before.
 */
static int
prepare(struct crew *c, int ms)
{
	bool is_urgent = c->parked_n > 0 || c->accept_at != 0 || c->stopping;
	struct pollfd *p = c->polls;
	int most;

	p[0] = (struct pollfd){.fd = c->wake, .events = POLLIN};
	p[1] = (struct pollfd){.fd = may_accept(c) ? c->listener->fd : -1,
	    .events = POLLIN};
	for (int i = 0; i < c->waiting_n; i++) {
		int fd = c->waiting[i]->new_fd;

		is_urgent = is_urgent || fd != -1;
		if (fd == -1)
			fd = http_kept(c->waiting[i]->worker.http);
		p[2 + i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	if (!is_urgent && c->waiting_n == 0)
		return ms;
	most = is_urgent ? LOOK_MS : KEPT_LOOK_MS;
	return ms >= 0 && ms < most ? ms : most;
}

/*
 * Wait for something to happen, for at most ms milliseconds (-1 = for ever),
 * and handle it.  Return whether fd (-1 = none) has one of the events.
 */
static bool
look(struct crew *c, int fd, short events, int ms)
{
	struct pollfd *p = c->polls, *own;
	eventfd_t ignored;

	take_kept(c);
	ms = prepare(c, ms);
	own = &p[2 + c->waiting_n];
	*own = (struct pollfd){.fd = fd, .events = events};
	if (poll(p, (nfds_t)c->waiting_n + 3, ms) == -1)
		return false;
	events = own->revents;
	if (p[0].revents != 0)
		eventfd_read(c->wake, &ignored);
	for (int i = c->waiting_n - 1; i >= 0; i--)
		if (p[2 + i].revents != 0 && arrive(c->waiting[i]))
			remove_waiting(c, i);
	if (p[1].revents != 0 || (c->stopping && !c->deaf))
		accept_all(c);
	look_at_clock(c);
	return events != 0;
}

static bool
wait_for_database(struct waiter *w, int fd, short events, int64_t deadline)
{
	struct crew *c = ((struct gatherer *)w)->crew;
	int left;

	do {
		answer_stored(c);
		left = clock_left_ms(deadline);
		if (look(c, fd, events, left))
			return true;
	} while (left > 0);
	return false;
}

static void
leave(struct waiter *w)
{
	crew_stop_gathering(((struct gatherer *)w)->crew, false);
}

void
gather(struct crew *c)
{
	struct gatherer g = {.waiter = {.wait = wait_for_database,
				 .leave = leave},
	    .crew = c};

	for (;;) {
		intake_gather(c->intake, &g.waiter);
		if (g.waiter.left)
			return;
		answer_stored(c);
		if (c->stopping && c->deaf && c->waiting_n == 0 &&
		    c->parked_n == 0)
			break;
		look(c, -1, 0, -1);
	}
	crew_stop_gathering(c, true);
}
