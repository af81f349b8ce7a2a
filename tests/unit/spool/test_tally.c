/* SPDX-License-Identifier: ISC */
#include "spool/tally.h"

#include <dirent.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/timing.h"
#include "spool/spool_fixture.h"

#define CHILDREN 4
#define CROWD 16 /* threads that put arrays */
#define ARRAYS 4 /* of each */
#define ARRAY 256 /* events of each array */
#define PATIENT_MS 60000
#define MANY 30000 /* files */

/* In the place of libc's: counts how often a directory is read. */
static atomic_int walks;

DIR *
fdopendir(int fd)
{
	DIR *(*real)(int fd);

	walks++;
	*(void **)&real = dlsym(RTLD_NEXT, "fdopendir");
	return real(fd);
}

/* The same: what is timed here is not the disk. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

static const char *const abc[] = {"a", "b", "c"};
static enum outcome outcomes[256];
static char names[256][SPOOL_NAME_BYTES];

static size_t
files(void)
{
	struct gate g;

	tally_gate(spool, &g);
	return g.files;
}

static void
empty(void)
{
	int n;

	while ((n = listing_names(spool, names, 256, NULL)) > 0)
		for (int i = 0; i < n; i++)
			remove_file(names[i]);
}

/* Whether every file has the gate closed for its key, and is counted. */
static bool
is_safe(void)
{
	struct gate there, told;

	listing_scan(spool, &there, NULL);
	tally_gate(spool, &told);
	for (size_t i = 0; i < SPOOL_KEYS / 64; i++)
		if ((there.keys[i] & ~told.keys[i]) != 0)
			return false;
	for (size_t i = 0; i < SPOOL_SET_WORDS(SPOOL_SENDERS); i++)
		if ((there.senders[i] & ~told.senders[i]) != 0)
			return false;
	return told.files >= there.files && told.last >= there.last;
}

/* Whether the shares of all are at least what they have, or just that. */
static bool
shares_fit(bool exactly)
{
	static struct counts there;
	struct share share = {0, 0};
	bool fit = true;
	struct tally t;
	struct gate g;

	memset(&there, 0, sizeof(there));
	tally_open(&t, spool, FAIR_SHORT, 0);
	listing_scan(spool, &g, &there);
	for (unsigned i = 0; i < SPOOL_SENDERS; i++) {
		const struct share *s = &there.senders[i];

		fit = fit && tally_share(&t, i, &share) == 0 &&
		    share.files >= s->files && share.bytes >= s->bytes &&
		    (!exactly ||
			(share.files == s->files && share.bytes == s->bytes));
	}
	tally_close(&t);
	return fit;
}

/* Whether the counts can be had without reading the directory. */
static bool
is_counted(void)
{
	int before = walks;

	files();
	return walks == before;
}

static void
test_counts(void)
{
	is_int((long long)files(), 0, "at first nothing is counted");
	put(abc, 3, outcomes);
	is_int((long long)files(), 3, "what is put is counted");
	ok(is_counted(), "without reading the directory");
	listing_names(spool, names, 256, NULL);
	remove_file(names[1]);
	is_int((long long)files(), 2, "what is removed is not");
	ok(is_safe() && is_counted(), "and the keys are right");
	backlog_reject(spool, names[0], "no");
	is_int((long long)files(), 1, "nor what went to bad/");
	backlog_retry(spool);
	is_int((long long)files(), 2, "what comes back is");
	ok(is_safe() && is_counted(), "and the keys are right again");
	ok(shares_fit(true), "and what each integration has");
	empty();
}

/* Somebody moves files by hand, and restores others. */
static void
test_by_hand(void)
{
	static const char name[] = "00000000000000000009-00ff-4";

	put(abc, 3, outcomes);
	write_at(spool->new, name, "body");
	ok(!is_counted(), "a change by hand is noticed");
	is_int((long long)files(), 4, "and counted");
	ok(is_safe() && is_counted(), "once");
	ok(shares_fit(true), "with whose it is, if anybody's");
	unlinkat(spool->new, name, 0);
	is_int((long long)files(), 3, "so is one that is deleted");
	empty();
}

/* A process dies between two steps: the counts are never too low. */
static void
test_death(void)
{
	static const char name[] = "00000000000000000009-00ff-4";
	struct tally t;

	put(abc, 1, outcomes);
	tally_open(&t, spool, FAIR_SHORT, 0);
	tally_add(&t, name);
	tally_write(&t);
	tally_close(&t);
	ok(is_safe(), "dead before the rename");
	is_int((long long)files(), 2, "it is too high");
	empty();
	tally_verify(spool);
	is_int((long long)files(), 0, "until somebody finds new/ empty");

	tally_open(&t, spool, FAIR_SHORT, 0);
	tally_add(&t, name);
	tally_write(&t);
	write_at(spool->new, name, "body");
	tally_close(&t);
	ok(is_safe(), "dead after the rename");
	is_int((long long)files(), 1, "it is right");

	tally_open(&t, spool, FAIR_SHORT, 0);
	unlinkat(spool->new, name, 0);
	tally_close(&t);
	ok(is_safe(), "dead after the deletion");
	is_int((long long)files(), 0, "it is right");

	tally_open(&t, spool, FAIR_SHORT, 0);
	tally_take(&t, 5);
	tally_close(&t);
	ok(!is_counted(), "dead after it took numbers, it is counted anew");
	ok(is_counted(), "once");
}

/* What is not of this boot, or of the first release, or damaged. */
static void
test_not_ours(void)
{
	static const char junk[] = "00000000000000000007\njunk";
	char number[24];
	int fd;

	put(abc, 3, outcomes);
	fd = openat(spool->dir, SPOOL_DIR_SEQUENCE, O_RDWR);
	is_int(pwrite(fd, "x", 1, 4096 + 16), 1, "the boot is another");
	ok(!is_counted() && is_safe(), "it is counted anew");
	is_int(ftruncate(fd, 9000), 0, "the file is cut");
	ok(!is_counted() && is_safe(), "it is counted anew");
	is_int(ftruncate(fd, 0), 0, "the file is empty");
	ok(!is_counted() && is_safe(), "it is counted anew");
	is_int((long long)files(), 3, "all are there");
	/* As the first release takes a number and renames a file. */
	snprintf(number, sizeof(number), "%020" PRIu64 "\n",
	    (uint64_t)clock_wall_us() + 1000);
	is_int(pwrite(fd, number, 21, 0), 21, "the older version takes one");
	ok(!is_counted() && is_safe(), "it is counted anew");
	close(fd);
	unlinkat(spool->dir, SPOOL_DIR_SEQUENCE, 0);
	ok(!is_counted() && is_safe(), "so it is without a file");
	ok(is_counted(), "once");
	write_at(spool->dir, SPOOL_DIR_SEQUENCE, junk);
	ok(!is_counted() && is_safe(), "and with one of another form");
	is_int((long long)files(), 3, "all are there");
	empty();
}

/* A name beyond all numbers leaves some for what comes. */
static void
test_highest(void)
{
	static const char *const beyond[] = {"18446744073709551615-0001-0001-4",
	    "99999999999999999999-0001-0001-4"};

	for (size_t i = 0; i < 2; i++) {
		write_at(spool->new, beyond[i], "body");
		ok(put(abc, 3, outcomes) == NULL, beyond[i]);
		is_int((long long)files(), 3, "what is put beside it waits");
		unlinkat(spool->new, beyond[i], 0);
		empty();
	}
}

/* The host does not allow a file as long as that of the counts. */
static void
test_short_files(void)
{
	struct rlimit before, few;

	put(abc, 1, outcomes);
	ok(is_counted(), "the counts are valid");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	for (rlim_t most = 1000; most < 1000000; most *= 10) {
		few = (struct rlimit){most, before.rlim_max};
		setrlimit(RLIMIT_FSIZE, &few);
		for (int i = 0; i < 2; i++)
			ok(put(&abc[i], 1, outcomes) == NULL,
			    "events are taken where they cannot be written");
		ok(is_safe(), "and wait in order");
		setrlimit(RLIMIT_FSIZE, &before);
		put(abc, 1, outcomes);
		ok(is_counted() && is_safe(), "they are valid when they can");
	}
	empty();
}

/* The lock is taken by a process that was stopped. */
static void
test_stopped(void)
{
	struct event ev = make_event("a");
	const struct event *list[] = {&ev};
	struct tally t;
	struct gate g;
	int64_t start;

	put(abc, 3, outcomes);
	tally_open(&t, spool, FAIR_SHORT, 0);
	start = clock_ms();
	is_int(tally_gate(spool, &g), 0, "while somebody has the lock");
	ok(clock_ms() - start < 1000, "nobody waits long for the gate");
	ok(listing_holds(&g, &ev), "and it is right");
	ok(spool_put(spool, list, 1, DATABASE, clock_ms() + 200, outcomes) !=
		NULL,
	    "nothing is put");
	ok(clock_ms() - start < 2000, "which is known at the deadline");
	tally_close(&t);
	ok(put(abc, 1, outcomes) == NULL, "until the lock is free");
	empty();
}

/* A process that may not know the boot counts once. */
static void
test_unknown_boot(void)
{
	struct spool_dir other = *spool;
	atomic_bool counted = false;
	int before;
	struct gate g;

	put(abc, 3, outcomes);
	memset(other.boot, 0, sizeof(other.boot));
	other.counted = &counted;
	before = walks;
	tally_gate(&other, &g);
	ok(walks > before, "a process that cannot know the boot counts");
	is_int((long long)g.files, 3, "rightly");
	before = walks;
	tally_gate(&other, &g);
	is_int(walks, before, "and only once");
	is_int((long long)files(), 3, "others go on from there");
	empty();
}

/* Put and remove until killed. */
static void
work(unsigned seed)
{
	char ids[3][8];
	const char *list[3] = {ids[0], ids[1], ids[2]};
	int n;

	for (;;) {
		for (int i = 0; i < 3; i++)
			snprintf(ids[i], sizeof(ids[i]), "w%d",
			    rand_r(&seed) % 1000);
		put(list, 1 + (size_t)rand_r(&seed) % 3, outcomes);
		n = listing_names(spool, names, 8, NULL);
		for (int i = 0; i < n; i += 2)
			remove_file(names[i]);
	}
}

/* Processes share the spool and are killed at any point. */
static void
test_kills(void)
{
	pid_t children[CHILDREN];
	unsigned seed = (unsigned)clock_wall_us();
	bool safe = true;

	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < CHILDREN; i++) {
			children[i] = fork();
			if (children[i] == 0)
				work(seed + (unsigned)i);
		}
		seed = seed * 5 + 1;
		poll(NULL, 0, 5 + (int)(seed >> 16) % 25);
		for (int i = 0; i < CHILDREN; i++)
			kill(children[i], SIGKILL);
		for (int i = 0; i < CHILDREN; i++)
			waitpid(children[i], NULL, 0);
		safe = safe && is_safe() && shares_fit(false);
	}
	ok(safe, "whoever is killed, no file is without its key and share");
	empty();
	tally_verify(spool);
	is_int((long long)files(), 0, "and in the end nothing is left");
	ok(is_counted(), "nor to be counted");
	ok(shares_fit(true), "and nobody has a share");
}

static struct event crowd_event;
static atomic_int crowd_left, crowd_queued;

/* Put arrays of an integration of its own. */
static void *
put_arrays(void *arg)
{
	static const char letters[CROWD + 1] = "abcdefghijklmnop";
	enum outcome taken[ARRAY];
	const struct event *list[ARRAY];
	struct event *events = calloc(ARRAY, sizeof(*events));
	struct origin from = origin;

	from.integration_id = (struct slice){&letters[*(int *)arg], 1};
	for (int i = 0; i < ARRAYS; i++) {
		for (int k = 0; k < ARRAY; k++) {
			events[k] = crowd_event;
			uuid_make(&events[k].id, NOW_US);
			events[k].from = &from;
			list[k] = &events[k];
		}
		if (spool_put(spool, list, ARRAY, DATABASE,
			clock_ms() + PATIENT_MS, taken) == NULL)
			crowd_queued += ARRAY;
	}
	free(events);
	crowd_left--;
	return NULL;
}

static void
start_crowd(pthread_t threads[CROWD])
{
	static int numbers[CROWD];

	crowd_event = make_event("x");
	crowd_left = CROWD;
	crowd_queued = 0;
	for (int i = 0; i < CROWD; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, put_arrays, &numbers[i]);
	}
}

static void
await_waiting(int n)
{
	int now;

	do {
		pthread_mutex_lock(&spool->turns->lock);
		now = spool->turns->waiting;
		pthread_mutex_unlock(&spool->turns->lock);
		if (now != n)
			poll(NULL, 0, 1);
	} while (now != n);
}

/* Read the last number that was taken, for short. */
static void *
read_last(void *arg)
{
	uint64_t *last = arg;
	struct tally t;

	if (tally_open(&t, spool, FAIR_SHORT, PATIENT_MS) == -1)
		return NULL;
	*last = t.head.number;
	tally_close(&t);
	return NULL;
}

/* Arrays wait with each other, from their first look at the spool on. */
static void
test_line(void)
{
	pthread_t threads[CROWD], other;
	uint64_t before, last = 0;
	struct tally t;

	put(abc, 1, outcomes);
	tally_open(&t, spool, FAIR_LONG, 0);
	before = t.head.number;
	start_crowd(threads);
	await_waiting(CROWD);
	pthread_create(&other, NULL, read_last, &last);
	await_waiting(CROWD + 1);
	tally_close(&t);
	pthread_join(other, NULL);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	ok(last == before,
	    "who has one event waits for one array, not for all");
	empty();
}

/* Have the lock for longer than a gate waits for another process. */
static void *
hold(void *arg)
{
	struct tally *t = arg;

	await_waiting(1);
	poll(NULL, 0, 2 * GATE_LOCK_MS);
	tally_close(t);
	return NULL;
}

/* A gate waits for its turn among the threads of its process. */
static void
test_turn(void)
{
	bool waited = false;
	pthread_t other;
	struct tally t;
	int before;

	put(abc, 1, outcomes);
	/* On a busy machine the other thread may keep it for too long. */
	for (int round = 0; round < 20 && !waited; round++) {
		tally_open(&t, spool, FAIR_LONG, 0);
		pthread_create(&other, NULL, hold, &t);
		before = walks;
		waited = files() == 1 && walks == before;
		pthread_join(other, NULL);
	}
	ok(waited, "a gate waits for its turn, and reads no directory");
	empty();
}

/* Have files wait, as many as one file may have names. */
static void
fill(void)
{
	char name[SPOOL_NAME_BYTES];

	spool_dir_write(spool->tmp, "one", "1", 1);
	for (int i = 1; i <= MANY; i++) {
		snprintf(name, sizeof(name), SPOOL_NAME, (uint64_t)i,
		    (unsigned)i & 0xffff, 7, (size_t)1);
		if (linkat(spool->tmp, "one", spool->new, name, 0) == -1)
			exit(1);
	}
	unlinkat(spool->tmp, "one", 0);
}

/* As another process, have the lock for longer than a gate waits at first. */
static void *
hold_elsewhere(void *arg)
{
	int *fd = arg;

	poll(NULL, 0, 2 * GATE_LOCK_MS);
	close(*fd);
	return NULL;
}

/* Where much waits, the lock comes sooner than the directory's end. */
static void
test_patience(void)
{
	bool waited = false;
	pthread_t other;
	int before, fd;

	fill();
	is_int((long long)files(), MANY, "much waits");
	for (int round = 0; round < 20 && !waited; round++) {
		fd = openat(spool->dir, SPOOL_DIR_SEQUENCE, O_RDWR);
		flock(fd, LOCK_EX);
		pthread_create(&other, NULL, hold_elsewhere, &fd);
		before = walks;
		waited = files() == MANY && walks == before;
		pthread_join(other, NULL);
	}
	ok(waited, "a gate waits for another process rather than read it all");
	empty();
}

/* Many put arrays at once, and one puts event after event beside them. */
static void
test_crowd(void)
{
	pthread_t threads[CROWD];
	int refused = 0, read = 0, n = 0, before;
	const char *why;
	struct gate g;

	start_crowd(threads);
	for (; crowd_left > 0; n++) {
		before = walks;
		tally_gate(spool, &g);
		read += walks != before;
		why = put(abc, 1, outcomes);
		if (why != NULL && refused++ == 0)
			printf("# refused: %s\n", why);
	}
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	printf("# of %d gates beside a crowd %d read the directory\n", n, read);
	ok(n > 10, "beside a crowd that spools arrays others have their turn");
	is_int(refused, 0, "each of their events is taken");
	ok(read * 5 < n, "and nobody has to read the directory");
	ok(crowd_queued > 0, "and so are arrays");
	is_int((long long)files(), n + crowd_queued,
	    "all that was queued is counted");
	ok(is_safe() && shares_fit(true), "by key and by integration");
	empty();
}

int
main(void)
{
	open_spool();
	test_counts();
	test_by_hand();
	test_death();
	test_not_ours();
	test_highest();
	test_short_files();
	test_stopped();
	test_unknown_boot();
	test_line();
	test_turn();
	test_patience();
	test_crowd();
	/* Last: its children have the ids that we would draw next. */
	test_kills();
	close_spool();
	return done_testing();
}
