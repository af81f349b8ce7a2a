/* SPDX-License-Identifier: ISC */
#include "spool/drain.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/log.h"
#include "intake/fake_db.h"
#include "spool/admission.h"
#include "spool/record.h"
#include "spool/roster.h"
#include "spool/spool_fixture.h"

static struct drain *dr;
static const char *installation = DATABASE;
static const char *log_since; /* NULL: nothing was ever removed */
static enum db_call asked;
static bool is_mute; /* about its log */

enum outcome
db_query(struct db *db, enum db_call call, const char *const *params,
    struct rows *rows, int64_t deadline)
{
	(void)db;
	asked = call;
	(void)params;
	(void)deadline;
	memset(rows, 0, sizeof(*rows));
	rows->n = 1;
	fake.lost = false;
	return fake.away || (is_mute && call == DB_LOG_SINCE)
	    ? OUTCOME_UNAVAILABLE
	    : OUTCOME_OK;
}

const char *
rows_at(const struct rows *rows, int row, int column)
{
	(void)rows;
	(void)row;
	(void)column;
	return asked == DB_LOG_SINCE ? log_since : installation;
}

void
rows_free(struct rows *rows)
{
	(void)rows;
}

/* In the place of libc's: one file of new/ cannot be deleted. */
static const char *undeletable;

int
unlinkat(int at, const char *name, int flags)
{
	if (undeletable != NULL && strcmp(name, undeletable) == 0) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, at, name, flags);
}

/* The same: what is tried here is not the disk. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

/* The same: counts how often a directory is read. */
static int walks;

DIR *
fdopendir(int fd)
{
	DIR *(*real)(int fd);

	walks++;
	*(void **)&real = dlsym(RTLD_NEXT, "fdopendir");
	return real(fd);
}

static size_t
waiting(void)
{
	struct gate g;

	tally_gate(spool, &g);
	return g.files;
}

/* Drain until nothing more can be done now. */
static enum drain_end
drain(struct drained *count)
{
	enum drain_end end;

	*count = (struct drained){0, 0};
	do {
		end = drain_batch(dr, &the_db, count, clock_ms() + 10000);
	} while (end == DRAIN_MORE);
	return end;
}

/* The event id of the n-th file. */
static struct uuid
id_of(int n)
{
	static char names[256][SPOOL_NAME_BYTES];
	struct buf b = {.max = 4096};
	struct json_list scratch = {0};
	struct origin from;
	struct event ev;
	struct uuid id;
	const char *why;

	listing_names(spool, names, 256, NULL);
	backlog_read(spool, names[n], &b);
	record_read(&b, &from, &ev, &scratch, &why);
	id = ev.id;
	event_free(&ev);
	json_list_free(&scratch);
	buf_free(&b);
	return id;
}

static void
test_all(void)
{
	static const char *const ids[] = {"a", "b", "a", "c"};
	enum outcome outcomes[4];
	struct drained count;

	is_int(drain(&count), DRAIN_EMPTY, "an empty spool is told");
	put(ids, 4, outcomes);
	fake.away = true;
	is_int(drain(&count), DRAIN_OUTAGE, "so is an outage");
	is_int((long long)waiting(), 4, "in which all files stay");
	fake.away = false;
	is_int(drain(&count), DRAIN_EMPTY, "after it the spool is drained");
	is_int(count.stored, 4, "all events are stored");
	ok(fake.ordered, "in their order");
	is_int((long long)waiting(), 0, "and their files gone");
}

static void
test_locked(void)
{
	static const char *const ids[] = {"x", "held", "y", "held", "z"};
	enum outcome outcomes[5];
	struct drained count;

	put(ids, 5, outcomes);
	fake.locked = id_of(1);
	is_int(drain(&count), DRAIN_HELD,
	    "one event that is locked does not keep the others");
	is_int(count.stored, 3, "the three others are stored");
	is_int(count.rejected, 0, "nothing goes to bad/");
	is_int((long long)waiting(), 2, "what has its key waits behind it");
	memset(&fake.locked, 0, sizeof(fake.locked));
	is_int(drain(&count), DRAIN_HELD, "it is left alone for a while");
	is_int((long long)waiting(), 2, "and not tried at once again");
	poll(NULL, 0, 2100);
	drain(&count);
	is_int(count.stored, 2, "then both are stored");
}

/* Move the n-th file elsewhere, and leave a link to it in its place. */
static void
replace_by_link(int n, char name[SPOOL_NAME_BYTES], char elsewhere[64])
{
	char all[8][SPOOL_NAME_BYTES];

	listing_names(spool, all, 8, NULL);
	memcpy(name, all[n], SPOOL_NAME_BYTES);
	snprintf(elsewhere, 64, "%s/elsewhere", fixture_path);
	renameat(spool->new, name, AT_FDCWD, elsewhere);
	is_int(symlinkat(elsewhere, spool->new, name), 0, "there is a link");
}

static void
test_unreadable(void)
{
	static const char *const ids[] = {"x", "odd", "y", "odd", "z"};
	char name[SPOOL_NAME_BYTES], elsewhere[64];
	enum outcome outcomes[5];
	struct drained count;

	put(ids, 5, outcomes);
	replace_by_link(1, name, elsewhere);
	is_int(drain(&count), DRAIN_HELD,
	    "a file that cannot be read does not hold up the others");
	is_int(count.stored, 3, "they are stored");
	is_int(count.rejected, 0, "nothing goes to bad/");
	is_int((long long)waiting(), 2, "what has its key waits behind it");
	unlinkat(spool->new, name, 0);
	renameat(AT_FDCWD, elsewhere, spool->new, name);
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "once it can be read");
	is_int(count.stored, 2, "both are stored");
}

/* What should go to bad/ and cannot is set aside too. */
static void
test_no_way_to_bad(void)
{
	static const char *const ids[] = {"x", "bad", "y"};
	char all[8][SPOOL_NAME_BYTES];
	enum outcome outcomes[3];
	struct drained count;

	put(ids, 3, outcomes);
	fake.poison = id_of(1);
	listing_names(spool, all, 8, NULL);
	mkdirat(spool->bad, all[1], 0700);
	is_int(drain(&count), DRAIN_HELD,
	    "a file that cannot go to bad/ does not hold up the others");
	is_int(count.stored, 2, "they are stored");
	is_int((long long)waiting(), 1, "it waits");
	unlinkat(spool->bad, all[1], AT_REMOVEDIR);
	memset(&fake.poison, 0, sizeof(fake.poison));
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "and is tried again");
	is_int(count.stored, 1, "and stored");
}

/* A file that is stored and cannot be deleted. */
static void
test_undeletable(void)
{
	static const char *const ids[] = {"x", "stays", "y"};
	char all[8][SPOOL_NAME_BYTES];
	enum outcome outcomes[3];
	struct drained count;

	put(ids, 3, outcomes);
	listing_names(spool, all, 8, NULL);
	undeletable = all[1];
	is_int(drain(&count), DRAIN_HELD,
	    "a file that cannot be deleted does not hold up the others");
	is_int(count.stored, 2, "they are stored and deleted");
	is_int((long long)waiting(), 1, "it waits");
	undeletable = NULL;
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "later it is deleted");
}

/* So many at the head that are refused, and others behind them. */
static void
test_refused(void)
{
	static struct uuid refused[40];
	static char texts[60][8];
	const char *ids[60];
	enum outcome outcomes[60];
	struct origin elsewhere = origin;
	struct event late = make_event("late");
	const struct event *list[] = {&late};
	struct drained count;
	int stored;

	for (int i = 0; i < 60; i++) {
		snprintf(texts[i], sizeof(texts[i]), "r%d", i);
		ids[i] = texts[i];
	}
	put(ids, 60, outcomes);
	elsewhere.integration_id = SLICE("int_elsewhere");
	late.from = &elsewhere;
	spool_put(spool, list, 1, DATABASE, clock_ms() + 1000, outcomes);
	for (int i = 0; i < 40; i++)
		refused[i] = id_of(i);
	fake.refused = refused;
	fake.refused_n = 40;
	fake.refusals = 0;
	is_int(drain(&count), DRAIN_PAUSE, "a pause is made");
	stored = count.stored;
	ok(stored >= 1, "another integration's event is stored at once");
	ok(fake.refusals <= 24, "after some failures");
	for (int i = 0; i < 3; i++) {
		drain(&count);
		stored += count.stored;
	}
	is_int(stored, 21, "all good ones behind 40 refused ones are stored");
	is_int((long long)waiting(), 40, "these wait");
	fake.refused_n = 0;
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "when nothing refuses them");
	is_int(count.stored, 40, "they are stored");
}

/* With one of many the connection is lost, whoever tries. */
static void
test_fatal(void)
{
	static char texts[200][8];
	const char *ids[200];
	enum outcome outcomes[200];
	struct drain *first = dr;
	struct drained count;
	int stored = 0, outages = 0;

	for (int i = 0; i < 200; i++) {
		snprintf(texts[i], sizeof(texts[i]), "f%d", i);
		ids[i] = texts[i];
	}
	put(ids, 200, outcomes);
	fake.fatal = id_of(150);
	/* Each is another process, as in plain CGI. */
	for (int i = 0; i < 10; i++) {
		dr = drain_open(spool);
		outages += drain(&count) == DRAIN_OUTAGE;
		stored += count.stored;
		drain_close(dr);
	}
	dr = first;
	ok(outages >= 2 && outages <= 6,
	    "an event that ends the connection is found");
	is_int(stored, 199, "and holds up no other");
	is_int((long long)waiting(), 1, "it waits");
	is_int(count.rejected, 0, "and does not go to bad/");
	memset(&fake.fatal, 0, sizeof(fake.fatal));
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "when it does no harm");
	is_int(count.stored, 1, "it is stored");
}

/* With many of one integration it is, and another's waits behind them. */
static void
test_fatal_sender(void)
{
	static const char *const ids[] = {"g", "h", "i", "j", "k", "l"};
	static struct uuid refused[6];
	enum outcome outcomes[6];
	struct origin elsewhere = origin;
	struct event late = make_event("late");
	const struct event *list[] = {&late};
	struct drained count;
	int stored = 0;

	put(ids, 6, outcomes);
	for (int i = 0; i < 6; i++)
		refused[i] = id_of(i);
	elsewhere.integration_id = SLICE("int_elsewhere");
	late.from = &elsewhere;
	spool_put(spool, list, 1, DATABASE, clock_ms() + 1000, outcomes);
	fake.refused = refused;
	fake.refused_n = 6;
	fake.fatally = true;
	drain_close(dr);
	dr = drain_open(spool);
	for (int i = 0; i < 2; i++) {
		is_int(drain(&count), DRAIN_OUTAGE, "a connection is lost");
		stored += count.stored;
	}
	is_int(stored, 1, "that does not hold up another integration's event");
	is_int((long long)waiting(), 6, "these wait");
	fake.refused_n = 0;
	fake.fatally = false;
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "when none does harm");
	is_int(count.stored, 6, "they are stored");
}

static void
test_poison(void)
{
	static const char *const ids[] = {"x", "bad", "y", "bad", "z"};
	enum outcome outcomes[5];
	struct drained count;

	put(ids, 5, outcomes);
	fake.poison = id_of(1);
	is_int(drain(&count), DRAIN_EMPTY, "one bad event is no end");
	is_int(count.stored, 4, "its neighbours are stored");
	is_int(count.rejected, 1, "it goes to bad/");
	memset(&fake.poison, 0, sizeof(fake.poison));
}

/* The clock was wrong, or a file has waited for very long. */
static void
test_old(void)
{
	static const char *const ids[] = {"o1", "o2"};
	int64_t now = origin.received_at;
	char since[24];
	enum outcome outcomes[2];
	struct drained count;

	backlog_retry(spool);
	drain(&count);
	origin.received_at = now - INT64_C(40) * 24 * 3600 * 1000000;
	put(ids, 2, outcomes);
	is_int(drain(&count), DRAIN_EMPTY, "events of 40 days ago");
	is_int(count.stored, 2, "are stored while the log has all");
	put(ids, 2, outcomes);
	snprintf(since, sizeof(since), "%" PRId64,
	    origin.received_at + 1000000);
	log_since = since;
	drain(&count);
	is_int(count.rejected, 2, "not when it has forgotten younger ones");
	is_int(backlog_retry(spool), 2, "put back by a person");
	drain(&count);
	is_int(count.stored, 2, "they are stored");
	put(ids, 2, outcomes);
	snprintf(since, sizeof(since), "%" PRId64,
	    origin.received_at - 1000000);
	drain(&count);
	is_int(count.stored, 2, "and so are those that the log would know");
	put(ids, 1, outcomes);
	origin.received_at = now;
	put(ids + 1, 1, outcomes);
	is_mute = true;
	is_int(drain(&count), DRAIN_HELD, "while the database does not tell");
	is_int(count.stored, 1, "what is younger is stored");
	is_mute = false;
	drain_retry_held(dr);
	drain(&count);
	is_int(count.stored, 1, "and then the older one");
	log_since = NULL;
}

/* What waits is another database's: nothing is stored, nothing is lost. */
static void
test_foreign(void)
{
	static const char *const ids[] = {"x", "y"};
	enum outcome outcomes[2];
	struct drained count;
	struct buf copy = {.max = 4096};

	backlog_retry(spool);
	drain(&count);
	roster_begin(&copy, DATABASE);
	roster_end(&copy);
	spool_dir_replace(spool, ADMISSION_FILE_NAME, copy.data, copy.len);
	put(ids, 2, outcomes);
	installation = "00000000-0000-4000-8000-000000000001";
	fake.events = 0;
	is_int(drain(&count), DRAIN_FOREIGN,
	    "the spool of another database is not drained");
	is_int((long long)waiting(), 2, "all stays where it is");
	installation = "of no form";
	is_int(drain(&count), DRAIN_OUTAGE, "nor into one that is nobody");
	unlinkat(spool->dir, ADMISSION_FILE_NAME, 0);
	installation = "00000000-0000-4000-8000-000000000001";
	is_int(drain(&count), DRAIN_EMPTY, "without a copy it is anybody's");
	is_int(count.rejected, 2, "but what waits in it goes to bad/");
	is_int((long long)fake.events, 0, "and nothing was stored");
	is_int(backlog_retry(spool), 2, "put back in line");
	installation = DATABASE;
	drain(&count);
	is_int(count.stored, 2, "the database that it is for takes it");
	buf_free(&copy);
}

#define MANY 1200
#define ROUNDS 200
#define KEYS 20

/* What was put, in order, and how often it was stored. */
static struct known {
	struct uuid id;
	int key;
	int stored;
} known[MANY + 8 * ROUNDS];
static int known_n;
static bool in_turn; /* each was stored after those of its key */

static void
see(const struct uuid *id)
{
	int i = 0;

	while (i < known_n && memcmp(&known[i].id, id, sizeof(*id)) != 0)
		i++;
	if (i == known_n)
		return;
	known[i].stored++;
	for (int k = 0; k < i; k++)
		if (known[k].key == known[i].key && known[k].stored == 0)
			in_turn = false;
}

/* Spool n events of several keys and integrations. */
static void
put_known(int n)
{
	static struct origin senders[4];
	static const char *const names[] = {"int_0", "int_1", "int_2", "int_3"};
	enum outcome outcome;
	char id[16];

	for (int i = 0; i < n; i++) {
		struct known *k = &known[known_n];
		struct event ev;
		const struct event *list[] = {&ev};

		k->key = rand() % KEYS;
		k->stored = 0;
		snprintf(id, sizeof(id), "k%d", k->key);
		ev = make_event(id);
		senders[k->key % 4] = origin;
		senders[k->key % 4].integration_id =
		    slice_of(names[k->key % 4]);
		ev.from = &senders[k->key % 4];
		k->id = ev.id;
		known_n++;
		spool_put(spool, list, 1, DATABASE, clock_ms() + 10000,
		    &outcome);
	}
}

static bool
is_stored_once(void)
{
	for (int i = 0; i < known_n; i++)
		if (known[i].stored != 1)
			return false;
	return true;
}

static void
test_listed_once(void)
{
	struct drained count;

	known_n = 0;
	in_turn = true;
	fake.stored = see;
	put_known(MANY);
	waiting();
	walks = 0;
	is_int(drain_batch(dr, &the_db, &count, clock_ms() + 10000), DRAIN_MORE,
	    "of many files");
	is_int(walks, 1, "new/ is read for the first batch");
	put_known(8);
	is_int(drain(&count), DRAIN_EMPTY, "others come meanwhile");
	/* Once for these, to find it empty, and to count it. */
	ok(walks <= 4, "it is not read for each batch");
	ok(is_stored_once(), "each is stored once");
	ok(in_turn, "after those of its key");
	fake.stored = NULL;
}

/* What is set aside costs nothing while it rests, however much it is. */
static void
test_rest(void)
{
	static const char *const ids[] = {"rest", "rest"},
				 *const more[] = {"m"};
	enum outcome outcomes[2];
	struct drained count;

	put(ids, 2, outcomes);
	fake.locked = id_of(0);
	is_int(drain(&count), DRAIN_HELD, "all that waits is set aside");
	walks = 0;
	is_int(drain(&count), DRAIN_HELD, "and stays so");
	is_int(walks, 0, "for which new/ is not read");
	put(more, 1, outcomes);
	is_int(drain(&count), DRAIN_HELD, "something else comes");
	is_int(count.stored, 1, "and is stored");
	memset(&fake.locked, 0, sizeof(fake.locked));
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "what was set aside is tried again");
	is_int(count.stored, 2, "and stored");
}

/*
 * Two processes drain what is listed and what comes meanwhile; one event or
 * another cannot be stored for a while, and the database is away at times.
 */
static void
test_two_drains(void)
{
	struct drain *both[] = {dr, drain_open(spool)};
	struct drained count;
	int stored = 0;

	known_n = 0;
	in_turn = true;
	fake.stored = see;
	srand(1);
	put_known(MANY);
	for (int i = 0; i < ROUNDS; i++) {
		put_known(rand() % 8);
		if (rand() % 4 == 0)
			fake.locked = known[rand() % known_n].id;
		fake.away = rand() % 16 == 0;
		if (rand() % 16 == 0)
			fake.fatal = known[rand() % known_n].id;
		if (rand() % 8 == 0)
			drain_retry_held(both[rand() % 2]);
		count = (struct drained){0, 0};
		drain_batch(both[rand() % 2], &the_db, &count,
		    clock_ms() + 10000);
		stored += count.stored;
	}
	ok(stored > MANY, "two drains store much meanwhile");
	memset(&fake.locked, 0, sizeof(fake.locked));
	memset(&fake.fatal, 0, sizeof(fake.fatal));
	fake.away = false;
	drain_retry_held(dr);
	is_int(drain(&count), DRAIN_EMPTY, "and then all");
	ok(is_stored_once(), "each is stored once");
	ok(in_turn, "after those of its key");
	fake.stored = NULL;
	drain_close(both[1]);
}

int
main(void)
{
	/* What goes to bad/ is told, but not to who reads this test. */
	log_open("/dev/null", LOG_WARN_LEVEL);
	open_spool();
	origin.received_at = clock_wall_us();
	dr = drain_open(spool);
	test_all();
	test_locked();
	test_unreadable();
	test_no_way_to_bad();
	test_undeletable();
	test_refused();
	test_fatal();
	test_fatal_sender();
	test_poison();
	test_old();
	test_foreign();
	test_listed_once();
	test_rest();
	test_two_drains();
	drain_close(dr);
	close_spool();
	return done_testing();
}
