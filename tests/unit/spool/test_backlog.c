/* SPDX-License-Identifier: ISC */
#include "spool/backlog.h"

#include <errno.h>
#include <time.h>

#include "spool/spool_fixture.h"

static char names[8][SPOOL_NAME_BYTES];

static const char *const odd_names[] = {"x", "7", "core",
    "00000000000000000001", "00000000000000000001-",
    "00000000000000000001-00zz-1", "00000000000000000001-0001-",
    "00000000000000000001-0001-x", "00000000000000000001-0001-1x",
    "00000000000000000001-0001--1", "00000000000000000001-0001- 1",
    "0000000000000000001-0001-1", "000000000000000000001-0001-1",
    "00000000000000000001-00001-1", "00000000000000000001-0001-1.why",
    "00000000000000000001-0001-11111111111111111111111",
    "00000000000000000001-0001-0001-", "00000000000000000001-0001-00zz-1",
    "00000000000000000001-0001-0001-x", "00000000000000000001-0001-0001-1x",
    "00000000000000000001-0001-00001-1", "00000000000000000001-0001-0001-1.why",
    "18446744073709551615-0001-0001-1", "99999999999999999999-0001-0001-1"};

static const struct {
	const char *name;
	struct spool_name want;
} good_names[] = {
    {"00000000000000000007-00ff-1a2b-4", {7, 0xff, 0x1a2b, 4}},
    {"00999999999999999999-ffff-0000-123456",
	{UINT64_C(999999999999999999), 0xffff, 0, 123456}},
    {"00000000000000000007-00ff-4", {7, 0xff, SPOOL_SENDER_UNKNOWN, 4}},
    {"00000000000000000007-00ff-1111", {7, 0xff, SPOOL_SENDER_UNKNOWN, 1111}},
};

static void
test_names(void)
{
	struct spool_name n;

	for (size_t i = 0; i < sizeof(good_names) / sizeof(good_names[0]);
	     i++) {
		const struct spool_name *want = &good_names[i].want;

		ok(spool_name_read(&n, good_names[i].name) &&
			n.number == want->number && n.key == want->key &&
			n.sender == want->sender && n.bytes == want->bytes,
		    good_names[i].name);
	}
}

/* Another integration has an event of the same hash of key. */
static void
test_neighbour(void)
{
	char name[SPOOL_NAME_BYTES];
	struct event a = make_event("a");
	struct gate g;

	snprintf(name, sizeof(name), SPOOL_NAME, UINT64_C(9), spool_key(&a),
	    (spool_sender(a.from) + 1) % SPOOL_KEYS, (size_t)4);
	write_at(spool->new, name, "file");
	tally_gate(spool, &g);
	ok(!listing_holds(&g, &a),
	    "what others have spooled holds up nobody who has nothing there");
	remove_file(name);
	snprintf(name, sizeof(name), "%020d-%04x-%d", 9, spool_key(&a), 4);
	write_at(spool->new, name, "file");
	tally_gate(spool, &g);
	ok(listing_holds(&g, &a),
	    "unless the first release did not say of whom it is");
	remove_file(name);
	tally_gate(spool, &g);
	ok(!listing_holds(&g, &a), "until that is gone");
}

static void
clear(void)
{
	struct gate g;
	int n;

	while ((n = listing_names(spool, names, 8, NULL)) > 0)
		for (int i = 0; i < n; i++)
			remove_file(names[i]);
	tally_gate(spool, &g);
	is_int((long long)g.files, 0, "nothing waits");
}

static void
test_gate(void)
{
	static const char *const ids[] = {"a", "b", "a"};
	struct event a = make_event("a"), c = make_event("c");
	enum outcome outcomes[3];
	struct origin elsewhere = origin;
	struct gate g;

	is_int(tally_gate(spool, &g), 0, "an empty spool can be read");
	ok(!listing_holds(&g, &a), "and holds nothing");
	put(ids, 3, outcomes);
	is_int(tally_gate(spool, &g), 0, "so can one with files");
	is_int((long long)g.files, 3, "it counts them");
	ok(g.bytes > 300 && g.bytes < 3000, "and their bytes");
	ok(listing_holds(&g, &a), "it holds an event of the same Id");
	ok(!listing_holds(&g, &c), "but not of another");
	elsewhere.integration_id = SLICE("int_elsewhere");
	a.from = &elsewhere;
	ok(!listing_holds(&g, &a), "nor of another integration");
	listing_names(spool, names, 8, NULL);
	ok(g.last == strtoull(names[2], NULL, 10), "it knows the last number");
	clear();
}

static void
test_unreadable(void)
{
	struct event a = make_event("a");
	struct spool_dir broken = *spool;
	struct gate g;

	broken.new = -1;
	is_int(tally_gate(&broken, &g), -1, "a spool that cannot be read");
	ok(listing_holds(&g, &a), "holds every event");
	is_int(listing_names(&broken, names, 8, NULL), -1, "and has no list");
}

static void
test_odd_names(void)
{
	size_t n = sizeof(odd_names) / sizeof(odd_names[0]);
	struct gate g;
	int made = 0;

	for (size_t i = 0; i < n; i++)
		made += write_at(spool->new, odd_names[i], "x") == 0;
	is_int(made, (long long)n, "there are files that are not ours");
	is_int(listing_names(spool, names, 8, NULL), 0, "they are not listed");
	tally_gate(spool, &g);
	is_int((long long)g.files, 0, "and not counted");
	for (size_t i = 0; i < n; i++)
		unlinkat(spool->new, odd_names[i], 0);
}

static void
test_list(void)
{
	char name[SPOOL_NAME_BYTES];
	bool rising = true;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), SPOOL_NAME, (uint64_t)(i * 7 % 20),
		    1U, 2U, (size_t)1);
		write_at(spool->new, name, "x");
	}
	is_int(listing_names(spool, names, 8, NULL), 8,
	    "as many as were asked for");
	for (int i = 0; i < 8; i++)
		rising = rising &&
		    strtoull(names[i], NULL, 10) == (unsigned long long)i;
	ok(rising, "the first of them, in order");
	clear();
}

static void
test_read(void)
{
	static const char name[] = "00000000000000000009-0001-1";
	struct buf b = {.max = 100};
	int fd;

	is_int(backlog_read(spool, name, &b), -1, "what is not there");
	is_int(errno, ENOENT, "is told as such");
	write_at(spool->new, name, "content");
	is_int(backlog_read(spool, name, &b), 0, "what is there is read");
	is_bytes(b.data, b.len, "content", "to its end");
	fd = openat(spool->new, name, O_WRONLY);
	is_int(ftruncate(fd, 100), 0, "it grows");
	close(fd);
	is_int(backlog_read(spool, name, &b), -1, "what is too long");
	is_int(errno, EFBIG, "is told as such");
	remove_file(name);
	mkdirat(spool->new, name, 0700);
	is_int(backlog_read(spool, name, &b), -1, "and so is what is no file");
	is_int(errno, EINVAL, "at all");
	unlinkat(spool->new, name, AT_REMOVEDIR);
	buf_free(&b);
}

static void
test_reject(void)
{
	static const char name[] = "00000000000000000009-0001-4";
	static const char why[] = "00000000000000000009-0001-4.why";
	struct buf b = {.max = 100};
	struct spool_dir bad = *spool;
	struct gate g;

	write_at(spool->new, name, "poor");
	bad.bad = -1;
	is_int(backlog_reject(&bad, name, "no"), -1,
	    "when bad/ cannot be written");
	is_int(backlog_read(spool, name, &b), 0, "the file stays");
	is_int(backlog_reject(spool, name, "it is poor"), 0, "else it goes");
	is_int(faccessat(spool->bad, name, F_OK, 0), 0, "to bad/");
	is_int(faccessat(spool->new, name, F_OK, 0), -1, "from new/");
	bad.new = spool->bad;
	is_int(backlog_read(&bad, why, &b), 0, "with a file beside it");
	is_bytes(b.data, b.len, "it is poor", "that says why");
	tally_gate(spool, &g);
	is_int((long long)g.files, 0, "it is in nobody's way there");
	is_int(backlog_retry(spool), 1, "it can be tried again");
	is_int(faccessat(spool->new, name, F_OK, 0), 0, "from new/");
	is_int(faccessat(spool->bad, why, F_OK, 0), -1,
	    "and its reason is forgotten");
	is_int(backlog_retry(spool), 0, "then there is nothing to try");
	clear();
	buf_free(&b);
}

static void
test_clean(void)
{
	const struct timespec times[2] = {{time(NULL) - 700, 0},
	    {time(NULL) - 700, 0}};

	write_at(spool->tmp, "old", "x");
	write_at(spool->tmp, "young", "x");
	utimensat(spool->tmp, "old", times, 0);
	backlog_clean(spool);
	is_int(faccessat(spool->tmp, "old", F_OK, 0), -1,
	    "what is old in tmp/ is deleted");
	is_int(faccessat(spool->tmp, "young", F_OK, 0), 0,
	    "what may be in use is not");
}

int
main(void)
{
	open_spool();
	test_names();
	test_gate();
	test_neighbour();
	test_unreadable();
	test_odd_names();
	test_list();
	test_read();
	test_reject();
	test_clean();
	close_spool();
	return done_testing();
}
