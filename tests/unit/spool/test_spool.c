/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "spool/backlog.h"
#include "spool/spool_fixture.h"

static enum outcome outcomes[256];
static char names[256][SPOOL_NAME_BYTES];

static int
count(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
empty(void)
{
	int n = backlog_list(spool, names, 256, NULL);

	for (int i = 0; i < n; i++)
		backlog_remove(spool, names[i]);
}

static void
test_order(void)
{
	static const char *const ids[] = {"a", "b", "a"};
	uint64_t before = 0;
	bool rising = true;

	ok(put(ids, 3, outcomes) == NULL, "three events are spooled");
	is_int(outcomes[0] + outcomes[1] + outcomes[2], 3 * OUTCOME_QUEUED,
	    "each of them is queued");
	ok(put(ids, 1, outcomes) == NULL, "and a fourth");
	is_int(backlog_list(spool, names, 256, NULL), 4,
	    "there are four files");
	is_int(count(spool->tmp), 0, "and none is left half made");
	for (int i = 0; i < 4; i++) {
		uint64_t seq = strtoull(names[i], NULL, 10);

		rising = rising && seq > before;
		before = seq;
	}
	ok(rising, "their numbers rise");
	ok(before >= (uint64_t)clock_wall_us() - 10000000, "and tell the time");
	ok(memcmp(names[0] + 20, names[2] + 20, 6) == 0,
	    "the same key has the same hash");
	ok(memcmp(names[0] + 20, names[1] + 20, 6) != 0,
	    "and these two have another");
	empty();
}

/* The clock was an hour ahead, and was set back. */
static void
test_clock_steps_back(void)
{
	static const char *const ids[] = {"a"};
	uint64_t ahead = (uint64_t)clock_wall_us() + UINT64_C(3600000000);
	char text[24];

	snprintf(text, sizeof(text), "%020" PRIu64 "\n", ahead);
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, text);
	put(ids, 1, outcomes);
	backlog_list(spool, names, 256, NULL);
	ok(strtoull(names[0], NULL, 10) == ahead + 1,
	    "the number counts on when the clock steps back");
	/* A power cut has emptied the file. */
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, "");
	put(ids, 1, outcomes);
	is_int(backlog_list(spool, names, 256, NULL), 2,
	    "both files are there");
	ok(strtoull(names[1], NULL, 10) > ahead + 1,
	    "and when the file of numbers was lost, from what is in new/");
	/* It has left an older number. */
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, "00000000000000000007\n");
	put(ids, 1, outcomes);
	is_int(backlog_list(spool, names, 256, NULL), 3, "all three are there");
	ok(strtoull(names[2], NULL, 10) > ahead + 2,
	    "and when that is an older one");
	empty();
	/* It was damaged: no number comes after the highest there is. */
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, "18446744073709551615\n");
	ok(put(ids, 1, outcomes) == NULL, "a number that none is above");
	backlog_list(spool, names, 256, NULL);
	ok(strtoull(names[0], NULL, 10) < ahead, "is not gone on from");
	empty();
	unlinkat(spool->dir, SPOOL_DIR_SEQUENCE, 0);
}

/* A FIFO in place of a file holds nobody up. */
static void
test_no_file(void)
{
	static const char *const ids[] = {"a"};

	unlinkat(spool->dir, SPOOL_DIR_SEQUENCE, 0);
	is_int(mkfifoat(spool->dir, SPOOL_DIR_SEQUENCE, 0600), 0,
	    "there is a FIFO");
	ok(put(ids, 1, outcomes) != NULL, "numbers can not come from it");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "so nothing is queued");
	is_int(spool_dir_lock(spool, SPOOL_DIR_SEQUENCE, 0), -1,
	    "and it is no lock");
	is_int(errno, EINVAL, "which is told");
	unlinkat(spool->dir, SPOOL_DIR_SEQUENCE, 0);
	ok(put(ids, 1, outcomes) == NULL, "without it all is well");
	empty();
}

static void
test_limits(void)
{
	struct event ev = make_event("l");
	const struct event *list[] = {&ev, &ev};
	struct gate g = {.files = 99999};
	const char *why;

	why = spool_put(spool, &g, list, 2, DATABASE, outcomes);
	is_str(why, "spool_max_files is reached", "two more would be too many");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "then none is taken");
	is_int(count(spool->new), 0, "and none is there");
	ok(spool_put(spool, &g, list, 1, DATABASE, outcomes) == NULL,
	    "one is taken");
	g = (struct gate){.bytes = (1UL << 29) - 10};
	why = spool_put(spool, &g, list, 1, DATABASE, outcomes);
	is_str(why, "spool_max_bytes is reached", "so it is with bytes");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "it is not taken");
	empty();
}

/* Without descriptors nothing is promised, and afterwards all is well. */
static void
test_no_descriptors(void)
{
	static const char *const ids[] = {"a", "b"};
	struct rlimit all, none;

	getrlimit(RLIMIT_NOFILE, &all);
	none = all;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	ok(put(ids, 2, outcomes) != NULL, "without descriptors it says why");
	is_int(outcomes[0] + outcomes[1], 2 * OUTCOME_UNAVAILABLE,
	    "and takes nothing");
	setrlimit(RLIMIT_NOFILE, &all);
	ok(put(ids, 2, outcomes) == NULL, "with them it goes on");
	is_int(count(spool->new), 2, "and only those are there");
	empty();
}

/* One of the events can be written in part only. */
static void
test_part(void)
{
	static const char *const ids[] = {"a", "b", "c"};
	static char body[8192];
	struct rlimit all, small;
	struct event events[3];
	const struct event *list[3];
	struct gate g = {0};

	for (size_t i = 0; i < 3; i++) {
		events[i] = make_event(ids[i]);
		list[i] = &events[i];
	}
	memset(body, ' ', sizeof(body));
	events[1].raw = (struct slice){body, sizeof(body)};
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	small = all;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	ok(spool_put(spool, &g, list, 3, DATABASE, outcomes) != NULL,
	    "what can not be written to its end is said");
	setrlimit(RLIMIT_FSIZE, &all);
	is_int(outcomes[0], OUTCOME_QUEUED, "what was before it is kept");
	is_int(outcomes[1], OUTCOME_UNAVAILABLE, "it is not");
	is_int(outcomes[2], OUTCOME_UNAVAILABLE, "nor what comes after it");
	is_int(count(spool->new), 1, "there is one file");
	is_int(count(spool->tmp), 0, "and none half made");
	empty();
}

static void
test_place(void)
{
	char error[SPOOL_DIR_ERROR_BYTES] = "", path[64];
	struct conf conf = fixture_conf;
	struct spool_dir *d;
	int lock;

	chmod(fixture_conf.spool, 0770);
	ok(spool_dir_open(&conf, error) == NULL && error[0] != '\0',
	    "a spool that others may write to is not used");
	chmod(fixture_conf.spool, 0700);
	snprintf(path, sizeof(path), "%s/no/spool", fixture_path);
	conf.spool = path;
	ok(spool_dir_open(&conf, error) == NULL, "nor one without a parent");
	conf.spool_volatile = false;
	conf.spool = strcpy(path, "/dev/shm");
	ok(spool_dir_open(&conf, error) == NULL, "nor one in memory");
	conf = fixture_conf;
	d = spool_dir_open(&conf, error);
	ok(d != NULL, "what is there already is used");
	lock = spool_dir_lock(d, SPOOL_DIR_DRAIN, 0);
	ok(lock != -1, "its lock can be had");
	is_int(spool_dir_lock(spool, SPOOL_DIR_DRAIN, 0), -1,
	    "by one at a time");
	close(lock);
	lock = spool_dir_lock(spool, SPOOL_DIR_DRAIN, 0);
	ok(lock != -1, "and by the next afterwards");
	close(lock);
	spool_dir_close(d);
}

int
main(void)
{
	open_spool();
	test_order();
	test_clock_steps_back();
	test_no_file();
	test_limits();
	test_no_descriptors();
	test_part();
	test_place();
	close_spool();
	return done_testing();
}
