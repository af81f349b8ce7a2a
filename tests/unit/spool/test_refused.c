/* SPDX-License-Identifier: ISC */
#include "spool/refused.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "spool/spool_fixture.h"

#define PROCESSES 4
#define MIB (1024L * 1024)

static char body[KEPT_BODY_BYTES];

/* Return what is kept of the n-th request, with a body of so many bytes. */
static struct kept
make_kept(int n, size_t bytes)
{
	struct kept k = {.identity = {.received_at = NOW_US + n * 1000L},
	    .integration = SLICE("int_a"),
	    .method = SLICE("POST"),
	    .status = 422,
	    .reason = SLICE("invalid"),
	    .sent = (int64_t)bytes,
	    .body = {body, bytes}};

	k.identity.random[0] = (unsigned char)n;
	k.identity.random[1] = (unsigned char)(n >> 8);
	return k;
}

/* Keep it, whatever was kept in this second; return its id. */
static const char *
keep(int n, size_t bytes)
{
	static char id[UUID_TEXT_BYTES];
	struct kept k = make_kept(n, bytes);
	struct buf b = {.max = KEPT_BYTES_MAX};

	kept_write(&b, &k);
	kept_id(&k, id);
	refused_keep(spool, id, &b);
	buf_free(&b);
	return id;
}

/* Let the next one be kept, although many were in this second. */
static void
begin_second(void)
{
	char none[64] = {0};
	int fd = openat(spool->dir, "refused.lock", O_WRONLY);

	if (fd != -1 && write(fd, none, sizeof(none)) != sizeof(none))
		exit(1);
	close(fd);
}

static void
count(const struct kept *k, void *arg)
{
	(void)k;
	++*(int *)arg;
}

/* Note the times of all, less NOW_US, in milliseconds. */
static void
note_time(const struct kept *k, void *arg)
{
	char *to = arg;

	sprintf(to + strlen(to), " %d",
	    (int)((k->identity.received_at - NOW_US) / 1000));
}

static int
number(void)
{
	int n = 0;

	return refused_each(spool, count, &n) == 0 ? n : -1;
}

static const char *
times(void)
{
	static char text[4096];

	text[0] = '\0';
	refused_each(spool, note_time, text);
	return text;
}

static bool
is_text(struct slice s, const char *want)
{
	return s.len == strlen(want) && memcmp(s.p, want, s.len) == 0;
}

static void
test_file(void)
{
	struct kept k = make_kept(7, 0), got;
	struct buf b = {.max = KEPT_BYTES_MAX};
	char id[UUID_TEXT_BYTES], again[UUID_TEXT_BYTES];
	bool is_file = false;

	k.has_token = true;
	memset(k.token_hash, 0xab, sizeof(k.token_hash));
	k.dialect = SLICE("sentry");
	k.query = SLICE("a=1&b=\n2");
	k.headers = SLICE("header: x-a: 1\nheader: x-b: 2\n");
	k.pointer = SLICE("/Title");
	k.detail = SLICE("it is missing");
	k.items = SLICE("5 1 3");
	k.body = SLICE("{}\nEND\n\0\xff");
	k.sent = (int64_t)k.body.len;
	k.identity.deadline = 99;
	kept_write(&b, &k);
	ok(kept_read((struct slice){b.data, b.len}, false, &got),
	    "what is written can be read");
	ok(got.has_token && digest_equal(got.token_hash, k.token_hash) &&
		is_text(got.dialect, "sentry") && got.path.p == NULL &&
		is_text(got.query, "a=1&b=?2") &&
		slice_equal(got.headers, k.headers) &&
		is_text(got.detail, "it is missing") && got.status == 422 &&
		slice_equal(got.body, k.body) && kept_is_whole(&got),
	    "with all that it had, but no control character in a line");
	is_int(got.identity.deadline, 0, "nor what was of the moment");
	kept_id(&k, id);
	kept_id(&got, again);
	is_str(again, id, "it has the same id");
	is_int(kept_was_refused(&got, 1, 5), 1, "the second was refused");
	is_int(kept_was_refused(&got, 2, 5), 0, "the third was not");
	is_int(kept_was_refused(&got, 1, 4), -1, "of four nobody knows");
	got.items = (struct slice){0};
	is_int(kept_was_refused(&got, 2, 3), 1, "else all of it was");
	ok(!kept_read((struct slice){b.data, b.len - 1}, false, &got) &&
		kept_read((struct slice){b.data, b.len - 8}, true, &got),
	    "without its end it is damaged, but has a head");
	for (size_t i = 0; i < b.len; i++)
		is_file |= kept_read((struct slice){b.data, i}, false, &got);
	ok(!is_file, "no part of it is a file");
	buf_free(&b);
}

static void
test_oldest(void)
{
	char first[UUID_TEXT_BYTES];
	struct buf b = {0};
	struct kept k;

	is_int(number(), 0, "at first there is nothing");
	fixture_conf.keep_refused = 0;
	keep(1, 10);
	is_int(number(), 0, "nor is it kept when nobody wants it");
	fixture_conf.keep_refused = 3;
	memcpy(first, keep(1, 10), sizeof(first));
	is_int(refused_read(spool, first, &b, &k), 0, "one can be read");
	is_int((int64_t)k.body.len, 10, "with its body");
	for (int i = 2; i <= 5; i++)
		keep(i, 10);
	is_str(times(), " 5 4 3", "the oldest go, the newest come first");
	is_int(refused_read(spool, first, &b, &k), -1, "what has gone");
	is_int(errno, ENOENT, "is not there");
	fixture_conf.keep_refused = 2;
	keep(6, 10);
	is_str(times(), " 6 5", "fewer may be wished for");
	keep(4, 10);
	is_str(times(), " 6 4",
	    "one that was slow is older, and has its place");
	is_int(refused_clear(spool), 2, "all of it can go");
	is_int(number(), 0, "at once");
	buf_free(&b);
}

/* Return how many of n requests are kept in one second. */
static int
in_a_second(int n, size_t bytes)
{
	int64_t second;

	for (int tries = 0; tries < 60; tries++) {
		refused_clear(spool);
		begin_second();
		second = clock_wall_us() / 1000000;
		for (int i = 0; i < n; i++)
			keep(i, bytes);
		if (clock_wall_us() / 1000000 == second)
			return number();
	}
	return -1;
}

static void
test_bytes(void)
{
	fixture_conf.keep_refused = 100;
	is_int(in_a_second(5, sizeof(body) - 4096), 4,
	    "a second has room for so many bytes");
	refused_clear(spool);
	for (int i = 0; i < 20; i++) {
		begin_second();
		keep(i, sizeof(body));
	}
	is_int(number(), 15,
	    "32 MiB have room for 15 of 2 MiB and their heads");
	refused_clear(spool);
}

static void
test_done(void)
{
	char id[UUID_TEXT_BYTES];
	struct buf b = {0};
	struct kept k;

	fixture_conf.keep_refused = 2;
	begin_second();
	memcpy(id, keep(1, 10), sizeof(id));
	ok(!refused_is_done(spool, id), "it is not stored");
	is_int(refused_done(spool, id, true), 0, "it is noted as stored");
	ok(refused_is_done(spool, id) && number() == 0, "and is gone");
	is_int(refused_done(spool, id, true), 0, "again is harmless");
	is_int(refused_read(spool, id, &b, &k), -1, "there is no body");
	keep(2, 10);
	keep(3, 10);
	ok(number() == 2 && refused_is_done(spool, id),
	    "notes take no place of a body");
	memcpy(id, keep(4, 10), sizeof(id));
	is_int(refused_done(spool, id, false), 0, "one can be deleted");
	ok(!refused_is_done(spool, id), "without a note");
	refused_clear(spool);
	buf_free(&b);
}

/* Put a file there by hand; return its name in the directory's. */
static void
plant(const char *name, const char *target, long bytes)
{
	char path[200];
	int fd;

	snprintf(path, sizeof(path), "%s/refused/%s", fixture_conf.spool, name);
	if (target != NULL) {
		if (symlink(target, path) == -1)
			exit(1);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd == -1 || ftruncate(fd, bytes) == -1)
		exit(1);
	close(fd);
}

static void
test_planted(void)
{
	static const char other[] = "019b76da-a87b-7000-8000-00000000000a";
	char elsewhere[96], path[64], moved[64];
	struct buf b = {0};
	struct stat st;
	struct kept k;

	fixture_conf.keep_refused = 5;
	begin_second();
	keep(1, 10);
	snprintf(path, sizeof(path), "%s/refused", fixture_conf.spool);
	snprintf(moved, sizeof(moved), "%s/moved", fixture_path);
	snprintf(elsewhere, sizeof(elsewhere), "%s/file", fixture_path);
	close(open(elsewhere, O_WRONLY | O_CREAT, 0600));
	plant("019b76da-a87b-7000-8000-00000000000a-10", elsewhere, 0);
	plant("019b76da-a87b-7000-8000-00000000000b-99", NULL, 1L << 40);
	plant("README", NULL, 10);
	plant("019b76da-a87b-7000-8000-00000000000c-5", NULL, 5);
	is_int(number(), 1, "what is no file of ours is not shown");
	is_int(refused_read(spool, other, &b, &k), -1,
	    "a link is not followed");
	is_int(errno, ELOOP, "for which it is refused");
	is_int(refused_read(spool, "019b76da-a87b-7000-8000-00000000000b", &b,
		   &k),
	    -1, "nor is a file read that is too long");
	is_int(errno, EFBIG, "for its length");
	is_int(refused_clear(spool), 4, "they are deleted like others");
	ok(stat(elsewhere, &st) == 0, "but no file elsewhere");

	if (rename(path, moved) == -1 || symlink(moved, path) == -1)
		exit(1);
	keep(2, 10);
	is_int(number(), -1, "a link in the directory's place");
	snprintf(elsewhere, sizeof(elsewhere), "%s/README", moved);
	unlink(elsewhere);
	is_int(rmdir(moved), 0, "leads nowhere");
	unlink(path);
	keep(2, 10);
	is_int(number(), 1, "it is made again");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700,
	    "for its owner alone");
	refused_clear(spool);
	buf_free(&b);
}

static void
keep_for_ever(int process)
{
	for (int i = 0;; i++) {
		begin_second();
		keep(process * 10000 + i % 10000, (size_t)(i % 50) * 100 + 1);
	}
}

/* Several processes keep at once, and are killed at any moment. */
static void
test_processes(void)
{
	int most = 0, least = 100, n;
	pid_t pids[PROCESSES];

	fixture_conf.keep_refused = 7;
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < PROCESSES; i++) {
			pids[i] = fork();
			if (pids[i] == 0)
				keep_for_ever(i);
		}
		for (int64_t end = clock_ms() + 100; clock_ms() < end;) {
			n = number();
			most = n > most ? n : most;
		}
		for (int i = 0; i < PROCESSES; i++)
			kill(pids[i], SIGKILL);
		for (int i = 0; i < PROCESSES; i++)
			waitpid(pids[i], NULL, 0);
		n = number();
		least = n < least ? n : least;
	}
	ok(most <= 7, "never are there more than 7");
	ok(least >= 6, "nor less, but for one of a process killed");
	begin_second();
	keep(50000, 10);
	is_int(number(), 7, "and the next is kept");
}

int
main(void)
{
	memset(body, 'x', sizeof(body));
	open_spool();
	test_file();
	test_oldest();
	test_bytes();
	test_done();
	test_planted();
	test_processes();
	close_spool();
	return done_testing();
}
