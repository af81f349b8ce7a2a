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
#define ARENAS 4 /* each retains some of what its threads freed */
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
	struct pool *pool;
	pid_t parent; /* at the start */
};

static bool
is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Do what is left of a request; this may block. */
static void
finish(struct slot *slot)
{
	struct worker *w = &slot->worker;

	switch (slot->task) {
	case TASK_ALL:
		if (slot_accept(slot))
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
		intake_finish(w->intake, &slot->job);
		endpoint_finish(w);
		break;
	case TASK_KEEP:
		break;
	}
	endpoint_keep(w);
	slot_end(slot);
}

static void *
work(void *arg)
{
	struct thread *me = arg;
	struct slot *slot;
	enum duty duty;

	while ((duty = pool_wait(me, &slot)) != DUTY_END) {
		if (duty == DUTY_GATHER)
			gather(me->pool);
		else
			finish(slot);
	}
	me->ended = true;
	return NULL;
}

/*
 * Shut down the connections of requests that take too long.  While new
 * connections wait for a worker, a request must arrive within CROWDED_MS, so
 * that slow bodies do not occupy all workers.
 */
static void
end_overdue(struct server *s, int64_t max_ms)
{
	struct pool *pool = s->pool;
	bool crowded = !pool_has_slot(pool) && is_readable(s->listener->fd);
	int64_t now = clock_ms();

	for (int i = 0; i < pool->slots_n; i++) {
		struct slot *slot = &pool->slots[i];
		int64_t arriving = slot->worker.arriving_ms;

		pthread_mutex_lock(&slot->lock);
		if (slot->fd != -1 &&
		    (now - slot->since > max_ms ||
			(crowded && arriving != 0 &&
			    now - arriving > CROWDED_MS))) {
			shutdown(slot->fd, SHUT_RDWR);
			slot->since = now;
			log_info("request timed out; connection closed");
		}
		pthread_mutex_unlock(&slot->lock);
	}
}

/*
 * Return to the system the fragments that large requests leave free in the
 * arenas.
 */
static void
return_memory(struct server *s)
{
	bool was_large = false;

	for (int i = 0; i < s->pool->slots_n; i++)
		if (atomic_exchange(&s->pool->slots[i].worker.was_large, false))
			was_large = true;
	if (was_large)
		malloc_trim(0);
}

static int
make_slot(struct server *s)
{
	struct pool *pool = s->pool;
	struct slot *slot = &pool->slots[pool->slots_n];

	slot->worker.http = http_open(s->listener->trusts != NULL);
	if (slot->worker.http == NULL)
		return -1;
	slot->pool = pool;
	slot->new_fd = -1;
	slot->place = -1;
	slot->fd = -1;
	pthread_mutex_init(&slot->lock, NULL);
	slot->worker.conf = s->conf;
	slot->worker.intake = s->intake;
	slot->worker.spooler = s->spooler;
	slot->worker.metrics = s->metrics;
	slot->worker.dialects = s->dialects;
	slot->worker.kick = s->kick;
	pool->slots_n++;
	pool_free_slot(slot);
	return 0;
}

static int
start_thread(struct pool *pool, const pthread_attr_t *attr)
{
	struct thread *thread = &pool->threads[pool->threads_n];

	thread->pool = pool;
	sem_init(&thread->wake, 0, 0);
	errno = pthread_create(&thread->id, attr, work, thread);
	if (errno != 0)
		return -1;
	pool->threads_n++;
	return 0;
}

/*
 * Start all workers, or as many as possible; one is enough.  A worker is a
 * slot and a thread; one more thread is there to be the gatherer.
 */
static int
start_workers(struct server *s, int most)
{
	struct pool *pool = s->pool;
	pthread_attr_t attr;

	pool->has_gatherer = true; /* none until all are started */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (pool->threads_n < most + 1 && start_thread(pool, &attr) == 0)
		continue;
	while (pool->slots_n < pool->threads_n - 1 && make_slot(s) == 0)
		continue;
	if (pool->slots_n < most)
		log_warn("could not start more than %d workers", pool->slots_n);
	pthread_attr_destroy(&attr);
	pool_stop_gathering(pool, pool->slots_n == 0);
	return pool->slots_n > 0 ? 0 : -1;
}

static bool
is_over(struct server *s)
{
	struct listener *l = s->listener;

	return l->is_over != NULL &&
	    l->is_over(l, clock_ms() - s->pool->served_at);
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
	struct pool *pool = s->pool;

	if (s->listener->leave != NULL)
		s->listener->leave(s->listener);
	pool->stopping = true;
	/*
	 * If the web server is gone, refuse connections, so that its successor
	 * does not believe that this socket is served.
	 */
	if (s->conf->end_with_parent && getppid() != s->parent)
		shutdown(s->listener->fd, SHUT_RD);
	pool_wake(pool);
	for (int i = 0; i < pool->threads_n; i++) {
		while (!pool->threads[i].ended) {
			poll(NULL, 0, JOIN_MS);
			end_overdue(s, STOP_MS);
		}
		pthread_join(pool->threads[i].id, NULL);
	}
	/* Not before all are joined: a leader may wake other threads. */
	for (int i = 0; i < pool->threads_n; i++)
		sem_destroy(&pool->threads[i].wake);
	for (int i = 0; i < pool->slots_n; i++) {
		struct slot *slot = &pool->slots[i];

		http_close(slot->worker.http);
		endpoint_free(&slot->worker);
		pthread_mutex_destroy(&slot->lock);
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
wake_pool(void *arg)
{
	pool_wake(arg);
}

static int
open_server(struct server *s, int most)
{
	s->dialects = dialects_open(s->conf->dialects);
	s->intake = intake_open(s->conf, DB_SERVER, s->spooler, s->metrics);
	if (s->dialects == NULL || s->intake == NULL)
		return -1;
	s->pool = pool_open(most, s->listener, s->intake);
	if (s->pool == NULL)
		return -1;
	intake_set_gatherer(s->intake, wake_pool, s->pool,
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
	pool_close(s->pool);
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
	 * Keep glibc from raising this threshold to the largest block freed:
	 * it would then retain the memory of large bodies, for each worker.
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
		log_info("serving with %d workers", s.pool->slots_n);
		dialects_warn(conf->dialects);
		wait_for_stop(&s, &signals);
		rc = 0;
	} else {
		log_warn("could not start");
	}
	if (s.pool != NULL)
		stop_workers(&s);
	housekeeper_stop(housekeeper);
	close_server(&s);
	return rc;
}
