/* SPDX-License-Identifier: ISC */
#include "spool/spool.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/log.h"
#include "spool/backlog.h"
#include "spool/spool_fixture.h"

/* In the place of libc's: a slow disk, one that fails, and one that is full. */
static int sync_ms;
static bool sync_fails;
static int renames_left = -1;
static int links_left = -1, link_errno = ENOSPC, link_ms;

static int
slow_down(void)
{
	if (sync_ms > 0)
		poll(NULL, 0, sync_ms);
	errno = EIO;
	return sync_fails ? -1 : 0;
}

int
fsync(int fd)
{
	(void)fd;
	return slow_down();
}

int
linkat(int from, const char *a, int to, const char *b, int flags)
{
	if (links_left == 0) {
		errno = link_errno;
		return -1;
	}
	if (links_left > 0)
		links_left--;
	if (link_ms > 0)
		poll(NULL, 0, link_ms);
	return (int)syscall(SYS_linkat, from, a, to, b, flags);
}

int
renameat2(int from, const char *a, int to, const char *b, unsigned flags)
{
	if (renames_left == 0) {
		errno = ENOSPC;
		return -1;
	}
	if (renames_left > 0)
		renames_left--;
	return (int)syscall(SYS_renameat2, from, a, to, b, flags);
}

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
	int n = listing_names(spool, names, 256, NULL);

	for (int i = 0; i < n; i++)
		remove_file(names[i]);
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
	is_int(listing_names(spool, names, 256, NULL), 4,
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
	listing_names(spool, names, 256, NULL);
	ok(strtoull(names[0], NULL, 10) == ahead + 1,
	    "the number counts on when the clock steps back");
	/* A power cut has emptied the file. */
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, "");
	put(ids, 1, outcomes);
	is_int(listing_names(spool, names, 256, NULL), 2,
	    "both files are there");
	ok(strtoull(names[1], NULL, 10) > ahead + 1,
	    "and when the file of numbers was lost, from what is in new/");
	/* It has left an older number. */
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, "00000000000000000007\n");
	put(ids, 1, outcomes);
	is_int(listing_names(spool, names, 256, NULL), 3,
	    "all three are there");
	ok(strtoull(names[2], NULL, 10) > ahead + 2,
	    "and when that is an older one");
	empty();
	/* It was damaged: no number comes after the highest there is. */
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, "18446744073709551615\n");
	ok(put(ids, 1, outcomes) == NULL, "a number that none is above");
	listing_names(spool, names, 256, NULL);
	ok(strtoull(names[0], NULL, 10) < ahead, "is not gone on from");
	empty();
	unlinkat(spool->dir, SPOOL_DIR_SEQUENCE, 0);
}

/* What stands in the place of a file and is none gets out of the way. */
static void
test_no_file(void)
{
	static const char *const ours[] = {SPOOL_DIR_SEQUENCE, SPOOL_DIR_DRAIN,
	    "some"};
	static const char *const ids[] = {"a"};

	for (int i = 0; i < 9; i++) {
		const char *name = ours[i / 3];
		int lock, n;

		unlinkat(spool->dir, name, 0);
		if (i % 3 == 0)
			n = mkfifoat(spool->dir, name, 0600);
		else if (i % 3 == 1)
			n = symlinkat("/dev/zero", spool->dir, name);
		else
			n = mkdirat(spool->dir, name, 0700);
		is_int(n, 0, i % 3 == 0 ? "a FIFO" : "something else");
		ok(put(ids, 1, outcomes) == NULL, "events are taken");
		lock = spool_dir_lock(spool, name, 0);
		ok(lock != -1, "and there is a lock");
		close(lock);
	}
	unlinkat(spool->dir, ours[2], 0);
	mkdirat(spool->dir, ours[2], 0700);
	is_int(spool_dir_replace(spool, ours[2], "x", 1), 0,
	    "a directory is replaced");
	unlinkat(spool->dir, ours[2], 0);
	mkdirat(spool->dir, ours[2], 0700);
	spool_dir_mark(spool, ours[2], 1);
	ok(spool_dir_mark(spool, ours[2], 1), "and does not hide a mark");
	unlinkat(spool->dir, ours[2], 0);
	empty();
}

static void
test_limits(void)
{
	struct event ev = make_event("l"), other = make_event("m");
	const struct event *list[] = {&ev, &other};
	long files = fixture_conf.spool_max_files;
	long bytes = fixture_conf.spool_max_bytes;
	struct origin friend = origin;
	int64_t soon = clock_ms() + 1000;
	const char *why;

	friend.integration_id = SLICE("int_friend");
	fixture_conf.spool_max_files = 1;
	why = spool_put(spool, list, 2, DATABASE, soon, outcomes);
	is_str(why, "spool_max_files is reached", "two would be too many");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "then none is taken");
	is_int(count(spool->new), 0, "and none is there");
	is_int(count(spool->tmp), 0, "nor half made");
	ok(spool_put(spool, list, 1, DATABASE, soon, outcomes) == NULL,
	    "one is taken");
	fixture_conf.spool_max_files = files;
	other.from = &friend;
	fixture_conf.spool_max_bytes = 600;
	why = spool_put(spool, list + 1, 1, DATABASE, soon, outcomes);
	is_str(why, "spool_max_bytes is reached", "so it is with bytes");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "it is not taken");
	fixture_conf.spool_max_bytes = bytes;
	empty();
}

/* An integration alone has half of the spool; the rest is for others. */
static void
test_share(void)
{
	static const char *const ids[] = {"a", "b", "c", "d", "e", "f"};
	long files = fixture_conf.spool_max_files;
	long bytes = fixture_conf.spool_max_bytes;
	struct origin friend = origin;
	struct event ev = make_event("g");
	const struct event *list[] = {&ev};
	struct gate g;

	fixture_conf.spool_max_files = 11;
	ok(put(ids, 6, outcomes) == NULL, "half of the files are taken");
	is_str(put(ids, 1, outcomes), "an integration has used up its share",
	    "one more is not");
	is_int(outcomes[0], OUTCOME_SHARE_USED, "which is told");
	friend.integration_id = SLICE("int_friend");
	ev.from = &friend;
	ok(spool_put(spool, list, 1, DATABASE, clock_ms() + 1000, outcomes) ==
		NULL,
	    "one of another integration is");
	listing_names(spool, names, 256, NULL);
	is_str(put(ids, 1, outcomes), "an integration has used up its share",
	    "with which they share");
	remove_file(names[0]);
	remove_file(names[1]);
	ok(put(ids, 1, outcomes) == NULL, "when two are gone there is room");
	empty();

	fixture_conf.spool_max_files = files;
	ok(put(ids, 1, outcomes) == NULL, "one has some bytes");
	tally_gate(spool, &g);
	fixture_conf.spool_max_bytes = (long)g.bytes * 4;
	ok(put(ids, 1, outcomes) == NULL, "half of all bytes are taken");
	is_str(put(ids, 1, outcomes), "an integration has used up its share",
	    "no more than that");
	ok(spool_put(spool, list, 1, DATABASE, clock_ms() + 1000, outcomes) ==
		NULL,
	    "but those of another integration");
	fixture_conf.spool_max_bytes = bytes;
	empty();
}

/* Put two events of the i-th integration, or one. */
static const char *
put_of(int i, size_t n)
{
	struct event events[2] = {make_event("x"), make_event("y")};
	const struct event *list[] = {&events[0], &events[1]};
	struct origin from = origin;
	char id[16];

	snprintf(id, sizeof(id), "int_%d", i);
	from.integration_id = slice_of(id);
	events[0].from = events[1].from = &from;
	return spool_put(spool, list, n, DATABASE, clock_ms() + 10000,
	    outcomes);
}

/* Many integrations fill the spool, and one that has nothing there comes. */
static void
test_many_shares(void)
{
	long files = fixture_conf.spool_max_files;
	int most = 0, least = 100, n[20] = {0};

	fixture_conf.spool_max_files = 100;
	for (int i = 0; i < 20; i++)
		while (put_of(i, 2) == NULL)
			continue;
	ok(put_of(99, 1) == NULL,
	    "whatever others took one by one, there is room for one more");
	empty();

	for (int round = 0; round < 10; round++)
		for (int i = 0; i < 20; i++)
			n[i] += put_of(i, 2) == NULL;
	for (int i = 0; i < 20; i++) {
		most = n[i] > most ? n[i] : most;
		least = n[i] < least ? n[i] : least;
	}
	ok(put_of(99, 1) == NULL, "and so there is when they come at once");
	ok(least > 0 && most <= least + 1, "who all have about the same");
	fixture_conf.spool_max_files = files;
	empty();
}

/* What does not fit into its time leaves nothing that could be stored. */
static void
test_deadline(void)
{
	static struct event events[100];
	const struct event *list[100];
	const char *why;
	int64_t start;

	for (int i = 0; i < 100; i++) {
		char id[8];

		snprintf(id, sizeof(id), "t%d", i);
		events[i] = make_event(id);
		list[i] = &events[i];
	}
	sync_ms = 20;
	start = clock_ms();
	why = spool_put(spool, list, 3, DATABASE, start + 15, outcomes);
	ok(why != NULL, "a disk that takes 20 ms is too slow for 15");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "none of them is taken");
	is_int(count(spool->new) + count(spool->tmp), 0, "nor left behind");
	start = clock_ms();
	why = spool_put(spool, list, 100, DATABASE, start + 1000, outcomes);
	ok(why == NULL, "a hundred of them do not take two seconds");
	ok(clock_ms() - start < 500, "since one sync is for all of them");
	is_int(count(spool->new), 100, "all are there");
	is_int(outcomes[99], OUTCOME_QUEUED, "and taken");
	empty();
	sync_ms = 0;
	link_ms = 20;
	start = clock_ms();
	why = spool_put(spool, list, 100, DATABASE, start + 1500, outcomes);
	ok(why != NULL, "where each name takes 20 ms, a hundred take too long");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "none of them is taken");
	is_int(count(spool->new) + count(spool->tmp), 0, "nor left behind");
	link_ms = 0;
	sync_fails = true;
	why = spool_put(spool, list, 100, DATABASE, start + 9000, outcomes);
	ok(why != NULL, "when the disk fails to sync them");
	is_int(count(spool->new) + count(spool->tmp), 0, "none is left");
	is_int(outcomes[0], OUTCOME_UNAVAILABLE, "nor taken");
	sync_fails = false;
	sync_ms = 0;
}

/* One of them cannot have a name in new/: none is to be seen there. */
static void
test_no_name(void)
{
	static const char *const ids[] = {"a", "b", "c"};
	struct gate g;

	links_left = 2;
	ok(put(ids, 3, outcomes) != NULL, "the third cannot have its name");
	links_left = -1;
	is_int(outcomes[0] + outcomes[1], 2 * OUTCOME_UNAVAILABLE,
	    "then none is taken");
	is_int(count(spool->new) + count(spool->tmp), 0, "nor left behind");
	ok(put(ids, 3, outcomes) == NULL, "the next time all are");
	tally_gate(spool, &g);
	is_int((long long)g.files, 3, "and counted");
	empty();
}

/* A file system without hard links: a file for each, and the same promises. */
static void
test_no_links(void)
{
	static const char *const ids[] = {"a", "b", "c"};
	struct buf b = {.max = 4096};

	links_left = 0;
	link_errno = EPERM;
	renames_left = 2;
	ok(put(ids, 3, outcomes) != NULL, "the third cannot be renamed");
	is_int(count(spool->new) + count(spool->tmp), 0, "none is left");
	renames_left = -1;
	ok(put(ids, 3, outcomes) == NULL, "without links they are spooled");
	is_int(outcomes[2], OUTCOME_QUEUED, "all of them");
	is_int(count(spool->new), 3, "as three files");
	is_int(count(spool->tmp), 0, "none of which is left in tmp/");
	listing_names(spool, names, 256, NULL);
	backlog_read(spool, names[2], &b);
	ok(b.len > 15 && memcmp(b.data, "tocsin spool 2", 14) == 0,
	    "each is a record");
	buf_free(&b);
	links_left = -1;
	link_errno = ENOSPC;
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

/* One of the events can be written in part only: none is taken. */
static void
test_part(void)
{
	static const char *const ids[] = {"a", "b", "c"};
	static char body[8192];
	struct rlimit all, small;
	struct event events[3];
	const struct event *list[3];
	const char *why;

	for (size_t i = 0; i < 3; i++) {
		events[i] = make_event(ids[i]);
		list[i] = &events[i];
	}
	memset(body, ' ', sizeof(body));
	events[1].raw = (struct slice){body, sizeof(body)};
	/* The counts are larger than the limit, and have to be there. */
	ok(put(ids, 1, outcomes) == NULL, "there is one file");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &all);
	small = all;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	why = spool_put(spool, list, 3, DATABASE, clock_ms() + 1000, outcomes);
	setrlimit(RLIMIT_FSIZE, &all);
	ok(why != NULL, "what cannot be written to its end is said");
	is_int(outcomes[0] + outcomes[1] + outcomes[2], 3 * OUTCOME_UNAVAILABLE,
	    "none is taken");
	is_int(count(spool->new), 1, "there is no other file");
	is_int(count(spool->tmp), 0, "and none half made");
	empty();
}

/* Somebody deletes what is there, or all of it, and does not restart us. */
static void
test_deleted(void)
{
	static const char *const ids[] = {"a", "b"};
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s/*", fixture_conf.spool);
	is_int(system(command), 0, "all in it is deleted");
	is_int(spool_dir_replace(spool, "integrations", "x", 1), 0,
	    "a copy of the integrations can be made");
	unlinkat(spool->dir, "integrations", 0);
	ok(put(ids, 2, outcomes) == NULL, "events are spooled all the same");
	is_int(count(spool->new), 2, "where they will be found");
	snprintf(command, sizeof(command), "test -d %s/new",
	    fixture_conf.spool);
	is_int(system(command), 0, "under its name");
	snprintf(command, sizeof(command), "rm -rf %s", fixture_conf.spool);
	is_int(system(command), 0, "the directory itself is deleted");
	ok(put(ids, 2, outcomes) == NULL, "events are spooled all the same");
	snprintf(command, sizeof(command), "test -d %s/new",
	    fixture_conf.spool);
	is_int(system(command), 0, "under its name");
	empty();
}

/* Another directory gets the spool's name. */
static void
test_replaced(void)
{
	static const char *const ids[] = {"a", "b"};
	char old[64];

	snprintf(old, sizeof(old), "%s.old", fixture_conf.spool);
	ok(put(ids, 1, outcomes) == NULL, "something waits");
	is_int(rename(fixture_conf.spool, old), 0, "the spool is renamed");
	is_int(mkdir(fixture_conf.spool, 0700), 0, "another one is made");
	ok(put(ids, 1, outcomes) == NULL, "events are spooled all the same");
	is_int(count(spool->new), 2, "in the old one, until it is drained");
	empty();
	chmod(fixture_conf.spool, 0777);
	ok(put(ids, 1, outcomes) == NULL, "one that is not fit");
	is_int(count(spool->new), 1, "is not used");
	chmod(fixture_conf.spool, 0700);
	empty();
	ok(put(ids, 2, outcomes) == NULL, "then events go to the new one");
	is_int(count(spool->new), 2, "and only they");
	snprintf(old, sizeof(old), "rm -r %s.old", fixture_conf.spool);
	is_int(system(old), 0, "the old one is not needed");
	is_int(count(spool->new), 2, "by them");
	empty();
}

static void
test_mark(void)
{
	const struct timespec old[] = {{0, UTIME_OMIT}, {1, 0}};
	const struct timespec future[] = {{0, UTIME_OMIT}, {1L << 40, 0}};

	ok(spool_dir_mark(spool, "mark", 60000), "the first mark is due");
	ok(!spool_dir_mark(spool, "mark", 60000), "the next is not yet");
	utimensat(spool->dir, "mark", old, 0);
	ok(spool_dir_mark(spool, "mark", 60000), "until its time has passed");
	ok(!spool_dir_mark(spool, "mark", 60000), "then not again");
	utimensat(spool->dir, "mark", future, 0);
	ok(spool_dir_mark(spool, "mark", 60000),
	    "a clock that was set back does not stop it");
	ok(!spool_dir_mark(spool, "mark", 60000), "for longer than once");
	unlinkat(spool->dir, "mark", 0);
	ok(!spool_dir_mark(spool, "no/mark", 60000),
	    "what cannot be marked is not due");
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
	/* That the spool was deleted is told, but not to who reads this. */
	log_open("/dev/null", LOG_WARN_LEVEL);
	open_spool();
	test_order();
	test_clock_steps_back();
	test_no_file();
	test_limits();
	test_share();
	test_many_shares();
	test_deadline();
	test_no_name();
	test_no_links();
	test_no_descriptors();
	test_part();
	test_mark();
	test_deleted();
	test_replaced();
	test_place();
	close_spool();
	return done_testing();
}
