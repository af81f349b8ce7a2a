/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/metrics.h"
#include "tap.h"

static char dir[] = "/tmp/tocsin-stats-XXXXXX";

/* Return whether metrics_print() prints the line. */
static bool
prints(const struct metrics *s, const char *line)
{
	struct buf b = {.max = 1 << 16};
	bool found;

	metrics_print(s, &b);
	buf_append(&b, "", 1);
	found = !b.failed && strstr(b.data, line) != NULL;
	if (!found)
		printf("# %.*s\n", (int)b.len, b.data);
	buf_free(&b);
	return found;
}

static void
test_counting(void)
{
	struct metrics *s = metrics_open(-1);

	ok(s != NULL, "without a directory there are private counters");
	metrics_request(s, 200, 900);
	metrics_request(s, 200, 1000);
	metrics_request(s, 503, 1001);
	metrics_request(s, 999, 3000000);
	metrics_request(s, 422, -5);
	ok(prints(s, "tocsin_requests_total{code=\"200\"} 2\n"),
	    "answers are counted by status");
	ok(prints(s, "tocsin_requests_total{code=\"202\"} 0\n"),
	    "a status that did not come has a 0");
	ok(prints(s, "tocsin_requests_total{code=\"other\"} 1\n"),
	    "and one that nobody knows is among the others");
	ok(prints(s, "duration_seconds_bucket{le=\"0.001\"} 3\n"),
	    "a bucket has what lies at its bound; a clock's step counts as 0");
	ok(prints(s, "duration_seconds_bucket{le=\"0.0025\"} 4\n"),
	    "and all that the buckets below it have");
	ok(prints(s, "duration_seconds_bucket{le=\"5\"} 5\n"),
	    "the largest bound is five seconds");
	ok(prints(s, "duration_seconds_count 5\n"), "all are counted");
	ok(prints(s, "duration_seconds_sum 3.002901\n"), "and summed up");
	metrics_batch(s, 1);
	metrics_batch(s, 256);
	metrics_batch(s, 3);
	ok(prints(s, "tocsin_batch_events_bucket{le=\"4\"} 2\n"),
	    "batches are counted by size");
	ok(prints(s, "tocsin_batch_events_bucket{le=\"256\"} 3\n"),
	    "up to the largest there is");
	ok(prints(s, "tocsin_batch_events_sum 260\n"), "and summed up");
	metrics_event(s, OUTCOME_CREATED);
	metrics_event(s, OUTCOME_QUEUED);
	metrics_event(s, OUTCOME_INVALID);
	metrics_event(s, OUTCOME_COUNT);
	ok(prints(s, "tocsin_events_total{outcome=\"created\"} 1\n"),
	    "events are counted by outcome");
	ok(prints(s, "tocsin_events_total{outcome=\"queued\"} 1\n"),
	    "those in the spool too");
	ok(prints(s, "tocsin_events_total{outcome=\"invalid\"} 1\n"),
	    "and those that break a rule");
	ok(prints(s, "tocsin_events_total{outcome=\"unavailable\"} 0\n"),
	    "and those that nobody took");
	ok(!prints(s, "outcome=\"\""), "what is no outcome has no line");
	metrics_close(s);
}

/* Items of dialects, of which there may be more than have a series. */
static void
test_items(void)
{
	struct metrics *s = metrics_open(-1);
	char name[40];

	items_count(metrics_items(s), SLICE("sns"), ITEM_EVENT, 3);
	items_count(metrics_items(s), SLICE("sns"), ITEM_EVENT, 2);
	items_count(metrics_items(s), SLICE("sns"), ITEM_REFUSED, 1);
	items_count(metrics_items(s), SLICE("oncall"), ITEM_SKIPPED, 0);
	ok(prints(s,
	       "tocsin_dialect_items_total{dialect=\"sns\","
	       "result=\"event\"} 5\n"),
	    "items are counted by dialect");
	ok(prints(s, "{dialect=\"sns\",result=\"refused\"} 1\n") &&
		prints(s, "{dialect=\"sns\",result=\"skipped\"} 0\n"),
	    "and by what became of them");
	ok(!prints(s, "oncall") && !prints(s, "dialect=\"other\""),
	    "what never came has no series");
	for (int i = 1; i < ITEMS_DIALECTS + 7; i++) {
		snprintf(name, sizeof(name), "mine-%d", i);
		items_count(metrics_items(s), slice_of(name), ITEM_EVENT, 1);
	}
	ok(prints(s, "{dialect=\"other\",result=\"event\"} 7\n"),
	    "those that no series is left for count together");
	metrics_close(s);
}

static void
test_none(void)
{
	struct buf b = {.max = 100};

	metrics_request(NULL, 200, 1);
	metrics_event(NULL, OUTCOME_CREATED);
	metrics_batch(NULL, 1);
	items_count(metrics_items(NULL), SLICE("sns"), ITEM_EVENT, 1);
	metrics_print(NULL, &b);
	metrics_close(NULL);
	is_int((long long)b.len, 0, "without counters nothing is counted");
}

static void
count_in_child(int fd)
{
	struct metrics *s;
	pid_t pid = fork();

	if (pid == 0) {
		s = metrics_open(fd);
		for (int i = 0; i < 1000; i++)
			metrics_request(s, 200, 1);
		_exit(0);
	}
}

/* Who only looks for counters, and what all share for ids. */
static void
test_find(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY), file;
	struct metrics *s, *other;

	ok(metrics_find(fd) == NULL && faccessat(fd, "stats", F_OK, 0) == -1,
	    "who only looks for counters makes none");
	s = metrics_open(fd);
	other = metrics_find(fd);
	atomic_store(metrics_uuid(s), 7);
	is_int(other == NULL ? 0 : *metrics_uuid(other), 7,
	    "and finds those that there are");
	metrics_close(other);
	metrics_close(s);

	file = openat(fd, "stats", O_WRONLY);
	is_int(pwrite(file, "other", 5, 0), 5, "a file of another version");
	close(file);
	ok(metrics_find(fd) == NULL && faccessat(fd, "stats", F_OK, 0) == 0,
	    "is none that is found, and stays");
	s = metrics_open(fd);
	is_int(*metrics_uuid(s), 7, "where it is replaced, ids go on");
	metrics_close(s);
	unlinkat(fd, "stats", 0);
	close(fd);
}

static void
test_file(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY), file;
	struct metrics *s = metrics_open(fd), *other;
	struct stat st;

	for (int i = 0; i < 4; i++)
		count_in_child(fd);
	while (wait(NULL) > 0)
		continue;
	ok(prints(s, "tocsin_requests_total{code=\"200\"} 4000\n"),
	    "no process loses a count of another");
	metrics_close(s);
	is_int(fstatat(fd, "stats", &st, 0), 0, "the counters are in a file");
	is_int(st.st_mode & 07777, 0600, "that is for its owner alone");
	s = metrics_open(fd);
	ok(prints(s, "tocsin_requests_total{code=\"200\"} 4000\n"),
	    "and outlive a process");

	file = openat(fd, "stats", O_WRONLY);
	is_int(pwrite(file, "other", 5, 0), 5, "a file of another version");
	other = metrics_open(fd);
	ok(prints(other, "tocsin_requests_total{code=\"200\"} 0\n"),
	    "is replaced, and counting begins at 0");
	metrics_request(s, 202, 1);
	ok(prints(s, "tocsin_requests_total{code=\"202\"} 1\n"),
	    "who has the old file goes on with it");
	metrics_close(s);
	metrics_close(other);
	close(file);

	file = openat(fd, "stats", O_WRONLY);
	is_int(ftruncate(file, 10), 0, "a file that is too short");
	close(file);
	s = metrics_open(fd);
	ok(prints(s, "tocsin_requests_total{code=\"200\"} 0\n"),
	    "is replaced too");
	metrics_close(s);
	unlinkat(fd, "stats", 0);

	is_int(symlinkat("elsewhere", fd, "stats"), 0, "a symbolic link");
	s = metrics_open(fd);
	is_int(fstatat(fd, "elsewhere", &st, 0), -1, "is not followed");
	metrics_close(s);
	unlinkat(fd, "stats", 0);

	is_int(mkdirat(fd, "stats", 0700), 0, "something that is no file");
	s = metrics_open(fd);
	metrics_request(s, 200, 1);
	ok(prints(s, "tocsin_requests_total{code=\"200\"} 1\n"),
	    "leaves us with counters of our own");
	metrics_close(s);
	unlinkat(fd, "stats", AT_REMOVEDIR);
	close(fd);
}

/* Somebody empties the file while it is counted in. */
static void
test_cut(void)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY), fd;
	struct metrics *s = metrics_open(at);

	metrics_request(s, 200, 900);
	fd = openat(at, "stats", O_RDWR);
	is_int(ftruncate(fd, 0), 0, "the file is cut");
	close(fd);
	metrics_request(s, 503, 900);
	ok(prints(s, "tocsin_requests_total{code=\"503\"} 1\n"),
	    "counting goes on");
	metrics_close(s);
	s = metrics_open(at);
	metrics_request(s, 200, 900);
	ok(prints(s, "tocsin_requests_total{code=\"200\"} 1\n"),
	    "and the next process begins anew");
	metrics_close(s);
	unlinkat(at, "stats", 0);
	close(at);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_counting();
	test_items();
	test_none();
	test_find();
	test_file();
	test_cut();
	rmdir(dir);
	return done_testing();
}
