/* SPDX-License-Identifier: ISC */
#include "base/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#define FILE_NAME "stats"

/* Upper bounds of the histogram buckets; the last bucket has none. */
static const unsigned duration_us[] = {1000, 2500, 5000, 10000, 25000, 50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000};
static const unsigned batch_events[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};

#define DURATIONS (sizeof(duration_us) / sizeof(duration_us[0]))
#define BATCHES (sizeof(batch_events) / sizeof(batch_events[0]))

static const int statuses[] = {200, 202, 400, 403, 404, 405, 413, 415, 422,
    503};

#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

typedef _Atomic uint64_t counter;

/* The layout of the file: the first two are the same in all versions. */
struct metrics {
	counter mark; /* layout_mark() of the writer; 0 in a new file */
	counter uuid; /* for uuid_share() */
	counter requests[STATUSES + 1]; /* the last is for all others */
	counter durations[DURATIONS + 1];
	counter duration_sum_us;
	counter events[OUTCOME_COUNT];
	counter batches[BATCHES + 1];
	counter batch_sum;
	struct refusals refusals;
	struct items items;
};

/* Return a hash of the program's version, never 0. */
static uint64_t
layout_mark(void)
{
	return hash_64(SLICE("tocsin " VERSION)) | 1;
}

static struct metrics *
map(int fd)
{
	struct metrics *s;
	uint64_t found = 0;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong(&s->mark, &found, layout_mark()) ||
	    found == layout_mark())
		return s;
	munmap(s, sizeof(*s));
	return NULL;
}

/* The mapping of this process, for the handler below. */
static struct metrics *_Atomic mapped;

/*
 * Somebody has cut the file short, and it is counted in what is gone: count
 * in memory of our own instead.  Any other SIGBUS ends the process.
 */
static void
replace_page(int signal, siginfo_t *info, void *context)
{
	char *start = (char *)atomic_load(&mapped);
	const char *at = info->si_addr;
	int saved = errno;

	(void)context;
	if (start == NULL || at < start || at >= start + sizeof(*mapped) ||
	    mmap(start, sizeof(*mapped), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		(void)sigaction(signal, &(struct sigaction){0}, NULL);
	errno = saved;
}

static void
watch(struct metrics *s)
{
	struct sigaction action = {.sa_sigaction = replace_page,
	    .sa_flags = SA_SIGINFO | SA_RESTART};

	sigemptyset(&action.sa_mask);
	atomic_store(&mapped, s);
	sigaction(SIGBUS, &action, NULL);
}

static struct metrics *
open_file(int dir, int flags)
{
	struct metrics *s = NULL;
	struct stat st;
	int fd;

	fd = openat(dir, FILE_NAME, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return NULL;
	/* Allocate all blocks: a hole on a full disk would mean SIGBUS. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_size == sizeof(*s) ||
		(st.st_size == 0 && posix_fallocate(fd, 0, sizeof(*s)) == 0)))
		s = map(fd);
	close(fd);
	if (s != NULL)
		watch(s);
	return s;
}

/* Replace a file of another version; ids go on where they were. */
static struct metrics *
replace_file(int dir)
{
	struct metrics *s;
	uint64_t last = 0, found = 0;
	int fd = openat(dir, FILE_NAME,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd != -1 &&
	    pread(fd, &last, sizeof(last), offsetof(struct metrics, uuid)) !=
		sizeof(last))
		last = 0;
	if (fd != -1)
		close(fd);
	s = unlinkat(dir, FILE_NAME, 0) == 0 ? open_file(dir, O_CREAT) : NULL;
	if (s != NULL)
		atomic_compare_exchange_strong(&s->uuid, &found, last);
	return s;
}

struct metrics *
metrics_open(int dir)
{
	struct metrics *s = NULL;

	if (dir != -1)
		s = open_file(dir, O_CREAT);
	if (dir != -1 && s == NULL)
		s = replace_file(dir);
	if (s != NULL)
		return s;
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return s == MAP_FAILED ? NULL : s;
}

struct metrics *
metrics_find(int dir)
{
	return dir == -1 ? NULL : open_file(dir, 0);
}

static void
add(counter *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static size_t
bucket(const unsigned *bounds, size_t n, uint64_t value)
{
	size_t i = 0;

	while (i < n && value > bounds[i])
		i++;
	return i;
}

void
metrics_request(struct metrics *s, int status, int64_t us)
{
	uint64_t took = us > 0 ? (uint64_t)us : 0; /* clocks step back */
	size_t i = 0;

	if (s == NULL)
		return;
	while (i < STATUSES && statuses[i] != status)
		i++;
	add(&s->requests[i], 1);
	add(&s->durations[bucket(duration_us, DURATIONS, took)], 1);
	add(&s->duration_sum_us, took);
}

void
metrics_event(struct metrics *s, enum outcome o)
{
	if (s != NULL && (unsigned)o < OUTCOME_COUNT)
		add(&s->events[o], 1);
}

void
metrics_batch(struct metrics *s, size_t n)
{
	if (s == NULL)
		return;
	add(&s->batches[bucket(batch_events, BATCHES, n)], 1);
	add(&s->batch_sum, n);
}

struct refusals *
metrics_refusals(struct metrics *s)
{
	return s == NULL ? NULL : &s->refusals;
}

struct items *
metrics_items(struct metrics *s)
{
	return s == NULL ? NULL : &s->items;
}

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP tocsin_%s %s\n# TYPE tocsin_%s %s\n", name, help,
	    name, type);
}

/* Print cumulative buckets; a bound is in units of 1 / scale. */
static void
histogram(struct buf *b, const char *name, const counter *counts,
    const unsigned *bounds, size_t n, unsigned scale)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += counts[i];
		buf_printf(b, "tocsin_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
		    (double)bounds[i] / scale, sum);
	}
	sum += counts[n];
	buf_printf(b, "tocsin_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, sum);
	buf_printf(b, "tocsin_%s_count %" PRIu64 "\n", name, sum);
}

/* Return the label of an event's outcome; NULL if events cannot have it. */
static const char *
event_name(enum outcome o)
{
	if (o == OUTCOME_OK ||
	    (o > OUTCOME_QUEUED && o != OUTCOME_INVALID &&
		o != OUTCOME_SHARE_USED && o != OUTCOME_UNAVAILABLE))
		return NULL;
	return outcome_label(o);
}

static void
print_labelled(const struct metrics *s, struct buf *b)
{
	head(b, "requests_total", "counter",
	    "Replies to webhooks, by HTTP status.");
	for (size_t i = 0; i < STATUSES; i++)
		buf_printf(b,
		    "tocsin_requests_total{code=\"%d\"} %" PRIu64 "\n",
		    statuses[i], s->requests[i]);
	buf_printf(b, "tocsin_requests_total{code=\"other\"} %" PRIu64 "\n",
	    s->requests[STATUSES]);
	head(b, "events_total", "counter", "Events, by outcome.");
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		const char *name = event_name((enum outcome)o);

		if (name != NULL)
			buf_printf(b,
			    "tocsin_events_total{outcome=\"%s\"} %" PRIu64 "\n",
			    name, s->events[o]);
	}
}

void
metrics_print(const struct metrics *s, struct buf *b)
{
	if (s == NULL)
		return;
	print_labelled(s, b);
	head(b, "request_duration_seconds", "histogram",
	    "Time from a webhook's header to its reply.");
	histogram(b, "request_duration_seconds", s->durations, duration_us,
	    DURATIONS, 1000000);
	buf_printf(b, "tocsin_request_duration_seconds_sum %.6f\n",
	    (double)s->duration_sum_us / 1e6);
	head(b, "batch_events", "histogram", "Events in one commit.");
	histogram(b, "batch_events", s->batches, batch_events, BATCHES, 1);
	buf_printf(b, "tocsin_batch_events_sum %" PRIu64 "\n", s->batch_sum);
	refusals_print(&s->refusals, b);
	items_print(&s->items, b);
}

_Atomic uint64_t *
metrics_uuid(struct metrics *s)
{
	return s == NULL ? NULL : &s->uuid;
}

void
metrics_close(struct metrics *s)
{
	struct metrics *ours = s;

	if (s == NULL)
		return;
	atomic_compare_exchange_strong(&mapped, &ours, NULL);
	munmap(s, sizeof(*s));
}
