/* SPDX-License-Identifier: ISC */
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timing.h"
#include "http/http.h"
#include "intake/housekeeper.h"
#include "intake/intake.h"
#include "server/descriptors.h"
#include "server/endpoint.h"
#include "server/gather.h"
#include "server/pool.h"

#define STACK_BYTES (256 * 1024)
#define MAPPED_BYTES (128 * 1024) /* the default, but constant */
#define ARENAS 4 /* each keeps some of what its threads have freed */
#define TICK_MS 1000
#define JOIN_MS 10

struct server {
	const struct conf *conf;
	struct intake *intake;
	struct spooler *spooler;
	struct metrics *metrics;
	struct listener *listener;
	struct dialects *dialects;
	struct kick *kick;
	struct crew *crew;
	pid_t parent; /* at the start */
};

static bool
is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Do the rest of a request; this may block. */
static void
finish(struct seat *seat)
{
	struct worker *w = &seat->worker;

	switch (seat->task) {
	case TASK_ALL:
		if (seat_accept(seat))
			endpoint_answer(w);
		break;
	case TASK_ANSWER:
		endpoint_answer(w);
		break;
	case TASK_STORE:
		if (w->res == OUTCOME_OK)
			intake_store(w->intake, &w->delivery,
			    request_deadline(&w->req,
				w->conf->database_timeout));
		endpoint_finish(w);
		break;
	case TASK_FINISH:
		intake_finish(w->intake, &seat->job);
		endpoint_finish(w);
		break;
	case TASK_KEEP:
		break;
	}
	endpoint_keep(w);
	seat_end(seat);
}

static void *
work(void *arg)
{
	struct hand *me = arg;
	struct seat *seat;
	enum duty duty;

	while ((duty = crew_wait(me, &seat)) != DUTY_END) {
		if (duty == DUTY_GATHER)
			gather(me->crew);
		else
			finish(seat);
	}
	me->left = true;
	return NULL;
}

/*
 * Shut down the connections of requests that take too long.  While new ones
 * wait for a worker, a request must arrive within CROWDED_MS: slow bodies
 * must not occupy all workers.
 */
static void
end_overdue(struct server *s, int64_t max_ms)
{
	struct crew *c = s->crew;
	bool crowded = !crew_has_seat(c) && is_readable(s->listener->fd);
	int64_t now = clock_ms();

	for (int i = 0; i < c->seats_n; i++) {
		struct seat *seat = &c->seats[i];
		int64_t arriving = seat->worker.arriving_ms;

		pthread_mutex_lock(&seat->lock);
		if (seat->fd != -1 &&
		    (now - seat->since > max_ms ||
			(crowded && arriving != 0 &&
			    now - arriving > CROWDED_MS))) {
			shutdown(seat->fd, SHUT_RDWR);
			seat->since = now;
			log_info("request timed out; connection closed");
		}
		pthread_mutex_unlock(&seat->lock);
	}
}

/*
 * Return to the system what large requests have left in the workers' arenas,
 * in pieces between what is still used.
 */
static void
return_memory(struct server *s)
{
	bool was_large = false;

	for (int i = 0; i < s->crew->seats_n; i++)
		if (atomic_exchange(&s->crew->seats[i].worker.was_large, false))
			was_large = true;
	if (was_large)
		malloc_trim(0);
}

static int
make_seat(struct server *s)
{
	struct crew *c = s->crew;
	struct seat *seat = &c->seats[c->seats_n];

	seat->worker.http = http_open(s->listener->trusts != NULL);
	if (seat->worker.http == NULL)
		return -1;
	seat->crew = c;
	seat->new_fd = -1;
	seat->fd = -1;
	pthread_mutex_init(&seat->lock, NULL);
	seat->worker.conf = s->conf;
	seat->worker.intake = s->intake;
	seat->worker.spooler = s->spooler;
	seat->worker.metrics = s->metrics;
	seat->worker.dialects = s->dialects;
	seat->worker.kick = s->kick;
	c->seats_n++;
	crew_free_seat(seat);
	return 0;
}

static int
start_hand(struct crew *c, const pthread_attr_t *attr)
{
	struct hand *hand = &c->hands[c->hands_n];

	hand->crew = c;
	sem_init(&hand->wake, 0, 0);
	errno = pthread_create(&hand->thread, attr, work, hand);
	if (errno != 0)
		return -1;
	c->hands_n++;
	return 0;
}

/*
 * Start all workers, or as many as possible; one is enough.  A worker is a
 * seat and a thread; one more thread is for the gatherer.
 */
static int
start_workers(struct server *s, int most)
{
	struct crew *c = s->crew;
	pthread_attr_t attr;

	c->gathered = true; /* no gatherer until all are started */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (c->hands_n < most + 1 && start_hand(c, &attr) == 0)
		continue;
	while (c->seats_n < c->hands_n - 1 && make_seat(s) == 0)
		continue;
	if (c->seats_n < most)
		log_warn("could not start more than %d workers", c->seats_n);
	pthread_attr_destroy(&attr);
	crew_stop_gathering(c, c->seats_n == 0);
	return c->seats_n > 0 ? 0 : -1;
}

static bool
is_over(struct server *s)
{
	struct listener *l = s->listener;

	return l->is_over != NULL &&
	    l->is_over(l, clock_ms() - s->crew->served_at);
}

/* Handle signals and overdue requests until told to stop. */
static void
wait_for_stop(struct server *s, const sigset_t *signals)
{
	const struct timespec tick = {TICK_MS / 1000, 0};
	int sig;

	for (;;) {
		sig = sigtimedwait(signals, NULL, &tick);
		if (sig == SIGTERM || sig == SIGUSR1 || sig == SIGINT)
			return;
		if (sig == SIGHUP) {
			log_open(s->conf->log,
			    log_level_named(s->conf->log_level));
			continue;
		}
		end_overdue(s, s->conf->request_timeout);
		return_memory(s);
		if (is_over(s))
			return;
	}
}

static void
stop_workers(struct server *s)
{
	struct crew *c = s->crew;

	if (s->listener->leave != NULL)
		s->listener->leave(s->listener);
	c->stopping = true;
	/*
	 * The web server is gone: refuse connections, so that its successor
	 * does not take this socket for one that is served.
	 */
	if (s->conf->end_with_parent && getppid() != s->parent)
		shutdown(s->listener->fd, SHUT_RD);
	crew_wake(c);
	for (int i = 0; i < c->hands_n; i++) {
		while (!c->hands[i].left) {
			poll(NULL, 0, JOIN_MS);
			end_overdue(s, STOP_MS);
		}
		pthread_join(c->hands[i].thread, NULL);
	}
	/* After all joins: until then a leader may wake other threads. */
	for (int i = 0; i < c->hands_n; i++)
		sem_destroy(&c->hands[i].wake);
	for (int i = 0; i < c->seats_n; i++) {
		struct seat *seat = &c->seats[i];

		http_close(seat->worker.http);
		endpoint_free(&seat->worker);
		pthread_mutex_destroy(&seat->lock);
	}
}

/*
 * Block signals in all threads; the main thread takes them synchronously.
 * libfcgi does not retry on EINTR, so a signal in a worker would cut a body
 * short, and the rest would look like bad JSON.
 */
static void
set_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGUSR1);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static void
wake_crew(void *arg)
{
	crew_wake(arg);
}

static int
open_server(struct server *s, int most)
{
	s->dialects = dialects_open(s->conf->dialects);
	s->intake = intake_open(s->conf, DB_SERVER, s->spooler, s->metrics);
	if (s->dialects == NULL || s->intake == NULL)
		return -1;
	s->crew = crew_open(most, s->listener, s->intake);
	if (s->crew == NULL)
		return -1;
	intake_set_gatherer(s->intake, wake_crew, s->crew,
	    s->listener->crowd_ms);
	s->kick = kick_open(s->conf,
	    s->spooler == NULL ? NULL : spooler_dir(s->spooler));
	return 0;
}

static void
close_server(struct server *s)
{
	if (s->intake != NULL)
		intake_close(s->intake);
	dialects_close(s->dialects);
	kick_close(s->kick);
	crew_close(s->crew);
}

int
serve(const struct conf *conf, struct spooler *spooler, struct metrics *metrics,
    struct listener *listener)
{
	struct server s = {.conf = conf,
	    .spooler = spooler,
	    .metrics = metrics,
	    .listener = listener,
	    .parent = getppid()};
	int most = descriptors_reserve(conf->workers, conf->connections);
	struct housekeeper *housekeeper = NULL;
	sigset_t signals;
	int fd = listener->fd, rc = -1;

	/*
	 * glibc raises this limit to the size of the largest block freed, and
	 * from then on keeps such blocks: bodies of all workers at once.
	 */
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
	mallopt(M_ARENA_MAX, ARENAS);
	if (most == 0)
		return -1;
	set_signals(&signals);
	if (open_server(&s, most) == 0)
		housekeeper =
		    housekeeper_start(conf, s.intake, spooler, s.kick);
	if (housekeeper != NULL &&
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0 &&
	    start_workers(&s, most) == 0) {
		log_info("serving with %d workers", s.crew->seats_n);
		dialects_warn(conf->dialects);
		wait_for_stop(&s, &signals);
		rc = 0;
	} else {
		log_warn("could not start");
	}
	if (s.crew != NULL)
		stop_workers(&s);
	housekeeper_stop(housekeeper);
	close_server(&s);
	return rc;
}
