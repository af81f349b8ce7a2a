/* SPDX-License-Identifier: ISC */
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
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

#define STACK_BYTES (256 * 1024)
#define MAPPED_BYTES (128 * 1024) /* the default, but constant */
#define KEEP_MAX_MS 60000 /* idle time of a kept connection */
#define TICK_MS 1000
#define JOIN_MS 10

struct server;

struct seat {
	struct server *server;
	struct worker worker;
	pthread_t thread;
	int ready; /* epoll: a connection is waiting, or stop */
	atomic_bool left; /* the thread is about to return */
	pthread_mutex_t lock; /* of fd and since, for the watchdog */
	int fd; /* connection of the current request, or -1 */
	int64_t since;
};

struct server {
	const struct conf *conf;
	struct intake *intake;
	struct spooler *spooler;
	struct metrics *metrics;
	struct listener *listener;
	int fd; /* the listener's */
	struct dialects *dialects;
	pid_t parent; /* at the start */
	int stop; /* eventfd, readable when stopping */
	atomic_bool stopping;
	atomic_int idle; /* workers waiting for a connection */
	atomic_llong served_at; /* the last request, of clock_ms() */
	atomic_llong complained_at;
	int n;
	int most; /* of n */
	struct seat seats[];
};

static bool
is_readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

/* Accept the next connection; -1 when there will be none. */
static int
next_connection(struct seat *seat)
{
	struct server *s = seat->server;
	struct epoll_event ev;
	int fd;

	for (;;) {
		fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd != -1)
			return fd;
		switch (errno) {
		case EAGAIN:
			if (s->stopping)
				return -1;
			s->idle++;
			epoll_wait(seat->ready, &ev, 1, -1);
			s->idle--;
			break;
		case EINTR:
		case ECONNABORTED:
			break;
		case EBADF:
		case EINVAL:
		case ENOTSOCK:
			if (!s->stopping)
				log_warn("could not accept from the socket");
			return -1;
		default: /* out of descriptors or memory: temporary */
			if (s->stopping)
				return -1;
			if (log_is_due(&s->complained_at, LOG_AGAIN_MS))
				log_warn("could not accept a connection");
			poll(NULL, 0, TICK_MS / 10);
		}
	}
}

static void
watch(struct seat *seat, int fd)
{
	pthread_mutex_lock(&seat->lock);
	seat->fd = fd;
	seat->since = clock_ms();
	pthread_mutex_unlock(&seat->lock);
}

/*
 * Wait for the next request on a kept connection, but give up when a new
 * connection is waiting and no worker is idle.
 */
static bool
has_next(struct server *s, int fd)
{
	int64_t until = clock_ms() + KEEP_MAX_MS;

	while (!s->stopping && clock_left_ms(until) > 0) {
		if (is_readable(fd, TICK_MS))
			return true;
		if (s->idle == 0 && is_readable(s->fd, 0))
			return false;
	}
	return false;
}

/* Answer the request that has arrived, unless it is not for us. */
static void
answer(struct seat *seat)
{
	struct listener *l = seat->server->listener;
	struct identity id;

	if (l->admits == NULL ||
	    (http_identity(seat->worker.http, &id) == 0 && l->admits(l, &id))) {
		endpoint_answer(&seat->worker);
		endpoint_keep(&seat->worker);
	} else {
		http_hang_up(seat->worker.http);
	}
}

static void
serve_connection(struct seat *seat, int fd)
{
	struct listener *l = seat->server->listener;
	struct http *h = seat->worker.http;
	int kept = fd;

	if (l->trusts != NULL && !l->trusts(l, fd)) {
		close(fd);
		return;
	}
	do {
		seat->worker.arriving_ms = clock_ms();
		watch(seat, kept);
		if (http_accept(h, fd) == 0)
			answer(seat);
		watch(seat, -1);
		seat->server->served_at = clock_ms();
		fd = -1;
		kept = http_kept(h);
	} while (kept != -1 && has_next(seat->server, kept));
	http_hang_up(h);
}

static void *
work(void *arg)
{
	struct seat *seat = arg;
	int fd;

	while ((fd = next_connection(seat)) != -1)
		serve_connection(seat, fd);
	seat->left = true;
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
	bool crowded = s->idle == 0 && is_readable(s->fd, 0);
	int64_t now = clock_ms();

	for (int i = 0; i < s->n; i++) {
		struct seat *seat = &s->seats[i];
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

	for (int i = 0; i < s->n; i++)
		if (atomic_exchange(&s->seats[i].worker.was_large, false))
			was_large = true;
	if (was_large)
		malloc_trim(0);
}

/*
 * Give each worker its own epoll with EPOLLEXCLUSIVE, so that the kernel does
 * not wake all of them for a new connection.
 */
static int
make_ready(struct seat *seat)
{
	struct server *s = seat->server;
	struct epoll_event conn = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	struct epoll_event stop = {.events = EPOLLIN};

	seat->ready = epoll_create1(EPOLL_CLOEXEC);
	if (seat->ready == -1)
		return -1;
	if (epoll_ctl(seat->ready, EPOLL_CTL_ADD, s->fd, &conn) == 0 &&
	    epoll_ctl(seat->ready, EPOLL_CTL_ADD, s->stop, &stop) == 0)
		return 0;
	close(seat->ready);
	return -1;
}

static int
start_worker(struct server *s, const pthread_attr_t *attr)
{
	struct seat *seat = &s->seats[s->n];

	seat->server = s;
	seat->fd = -1;
	pthread_mutex_init(&seat->lock, NULL);
	seat->worker.conf = s->conf;
	seat->worker.intake = s->intake;
	seat->worker.spooler = s->spooler;
	seat->worker.metrics = s->metrics;
	seat->worker.dialects = s->dialects;
	if (make_ready(seat) == -1)
		return -1;
	seat->worker.http = http_open(s->listener->trusts != NULL);
	if (seat->worker.http != NULL)
		errno = pthread_create(&seat->thread, attr, work, seat);
	if (seat->worker.http == NULL || errno != 0) {
		http_close(seat->worker.http);
		close(seat->ready);
		return -1;
	}
	s->n++;
	return 0;
}

/* Start all workers, or as many as possible; one is enough. */
static int
start_workers(struct server *s)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (s->n < s->most && start_worker(s, &attr) == 0)
		continue;
	if (s->n < s->most)
		log_warn("could not start more than %d workers", s->n);
	pthread_attr_destroy(&attr);
	return s->n > 0 ? 0 : -1;
}

static bool
is_over(struct server *s)
{
	struct listener *l = s->listener;

	return l->is_over != NULL && l->is_over(l, clock_ms() - s->served_at);
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
	if (s->listener->leave != NULL)
		s->listener->leave(s->listener);
	s->stopping = true;
	/*
	 * The web server is gone: refuse connections, so that its successor
	 * does not take this socket for one that is served.
	 */
	if (s->conf->end_with_parent && getppid() != s->parent)
		shutdown(s->fd, SHUT_RD);
	eventfd_write(s->stop, 1);
	for (int i = 0; i < s->n; i++) {
		struct seat *seat = &s->seats[i];

		while (!seat->left) {
			poll(NULL, 0, JOIN_MS);
			end_overdue(s, STOP_MS);
		}
		pthread_join(seat->thread, NULL);
	}
	/* After all joins: a leader may still wake other workers. */
	for (int i = 0; i < s->n; i++) {
		struct seat *seat = &s->seats[i];

		http_close(seat->worker.http);
		close(seat->ready);
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

int
serve(const struct conf *conf, struct spooler *spooler, struct metrics *metrics,
    struct listener *listener)
{
	int most = descriptors_reserve(conf->workers, conf->connections);
	struct housekeeper *housekeeper = NULL;
	struct server *s = NULL;
	sigset_t signals;
	int rc = -1;

	/*
	 * glibc raises this limit to the size of the largest block freed, and
	 * from then on keeps such blocks: bodies of all workers at once.
	 */
	mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
	if (most > 0)
		s = calloc(1, sizeof(*s) + (size_t)most * sizeof(s->seats[0]));
	if (s == NULL)
		return -1;
	s->most = most;
	set_signals(&signals);
	s->conf = conf;
	s->spooler = spooler;
	s->metrics = metrics;
	s->dialects = dialects_open(conf->dialects);
	s->listener = listener;
	s->fd = listener->fd;
	s->parent = getppid();
	s->served_at = clock_ms();
	s->complained_at = LOG_NEVER;
	s->stop = eventfd(0, EFD_CLOEXEC);
	s->intake = intake_open(conf, DB_SERVER, spooler, metrics);
	if (s->intake != NULL && s->dialects != NULL)
		housekeeper = housekeeper_start(conf, s->intake, spooler);
	if (housekeeper != NULL && s->stop != -1 &&
	    fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) | O_NONBLOCK) == 0 &&
	    start_workers(s) == 0) {
		log_info("serving with %d workers", s->n);
		dialects_warn(conf->dialects);
		wait_for_stop(s, &signals);
		rc = 0;
	} else {
		log_warn("could not start");
	}
	stop_workers(s);
	housekeeper_stop(housekeeper);
	if (s->intake != NULL)
		intake_close(s->intake);
	dialects_close(s->dialects);
	close(s->stop);
	free(s);
	return rc;
}
