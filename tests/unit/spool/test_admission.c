/* SPDX-License-Identifier: ISC */
#include "spool/admission.h"

#include <sys/resource.h>

#include "base/log.h"
#include "spool/admission_fixture.h"

static const struct {
	const char *id, *token;
	enum outcome want;
	const char *name;
} cases[] = {
    {"int_token", "secret", OUTCOME_OK, "the right token may spool"},
    {"int_token", "secret ", OUTCOME_UNAVAILABLE, "a wrong one may not"},
    {"int_token", "", OUTCOME_UNAVAILABLE, "nor an empty one"},
    {"int_token", NULL, OUTCOME_UNAVAILABLE, "nor may none"},
    {"int_open", NULL, OUTCOME_OK, "none is needed where none is set"},
    {"int_open", "x", OUTCOME_OK, "any is good there"},
    {"int_off", "secret", OUTCOME_UNAVAILABLE, "disabled: wait"},
    {"int_tok", "secret", OUTCOME_UNAVAILABLE, "a part of an id: wait"},
    {"int_tokens", "secret", OUTCOME_UNAVAILABLE, "a longer id: wait"},
    {"", "secret", OUTCOME_UNAVAILABLE, "no id: wait"},
    {"sha256", NULL, OUTCOME_UNAVAILABLE, "the checksum is no id"},
    {"tocsin", NULL, OUTCOME_UNAVAILABLE, "nor is the first line"},
    {"int_grace", "new", OUTCOME_OK, "the new token is good"},
    {"int_grace", "old", OUTCOME_OK, "the old one still is"},
    {"int_late", "new", OUTCOME_OK, "of another the new one is good"},
    {"int_late", "old", OUTCOME_UNAVAILABLE, "the old one is no more"},
    {"int_late", "-", OUTCOME_UNAVAILABLE, "and what stands for none"},
    {"int_a", NULL, OUTCOME_UNAVAILABLE, "an id before the first: wait"},
    {"int_zzz", NULL, OUTCOME_UNAVAILABLE, "one behind the last: wait"},
};

static void
test_cases(struct admission *a)
{
	ok(admission_is_due(a), "without a copy one is due");
	is_int(check(a, "int_open", NULL), OUTCOME_UNAVAILABLE,
	    "and nobody may spool");
	away = true;
	is_int(refresh(a), -1, "no database, no copy");
	away = false;
	is_int(refresh(a), 0, "a copy is made");
	ok(!admission_is_due(a), "and none is due");
	ok(admission_has(a, SLICE("int_off")) &&
		admission_has(a, SLICE("int_token")),
	    "it has every integration");
	ok(!admission_has(a, SLICE("int_tok")) &&
		!admission_has(a, SLICE("sha256")) &&
		!admission_has(a, SLICE("")) &&
		!admission_has(a, (struct slice){0}),
	    "and none that is not there");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(check(a, cases[i].id, cases[i].token), cases[i].want,
		    cases[i].name);
	away = true;
	is_int(refresh(a), -1, "when the database goes away");
	is_int(check(a, "int_token", "secret"), OUTCOME_OK, "it stays");
	away = false;
}

/* A change in the database reaches other processes through the file. */
static void
test_change(struct admission *a)
{
	struct admission *other = admission_open(spool);
	const struct timespec old[2] = {{time(NULL) - 31, 0},
	    {time(NULL) - 31, 0}};

	is_int(check(other, "int_token", "secret"), OUTCOME_OK,
	    "another process reads the same copy");
	rows[4].cells[2] = hash(3, "changed");
	utimensat(spool->dir, COPY, old, 0);
	ok(admission_is_due(other), "after some seconds it is due");
	is_int(refresh(a), 0, "one of them refreshes it");
	ok(!admission_is_due(other), "and then it is due for none");
	is_int(check(other, "int_token", "changed"), OUTCOME_OK,
	    "the other knows the new token");
	is_int(check(other, "int_token", "secret"), OUTCOME_UNAVAILABLE,
	    "and not the old one");
	utimensat(spool->dir, COPY, old, 0);
	is_int(refresh(a), 0, "without a change");
	ok(!admission_is_due(other), "it is not due either");
	admission_close(other);
}

/* A copy that cannot be opened for a moment is not given up. */
static void
test_no_descriptors(void)
{
	struct admission *a = admission_open(spool);
	struct rlimit all, none;

	getrlimit(RLIMIT_NOFILE, &all);
	none = all;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	is_int(check(a, "int_open", NULL), OUTCOME_UNAVAILABLE,
	    "without descriptors nobody may spool");
	setrlimit(RLIMIT_NOFILE, &all);
	is_int(check(a, "int_open", NULL), OUTCOME_OK,
	    "as soon as there are some, it goes on");
	admission_close(a);
}

static void
test_damage(struct admission *a)
{
	struct buf b = {.max = 65536};
	struct spool_dir here = *spool;
	size_t bad = 0, n;

	here.new = here.dir;
	backlog_read(&here, COPY, &b);
	n = b.len;
	for (size_t bit = 0; bit < n * 8; bit += 3) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		spool_dir_replace(spool, COPY, b.data, n);
		bad += check(a, "int_open", NULL) != OUTCOME_UNAVAILABLE;
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	is_int((long long)bad, 0, "with any bit wrong nobody may spool");
	bad = 0;
	for (size_t len = 0; len < n; len++) {
		spool_dir_replace(spool, COPY, b.data, len);
		bad += check(a, "int_open", NULL) != OUTCOME_UNAVAILABLE;
	}
	is_int((long long)bad, 0, "nor with any end missing");
	is_int(refresh(a), 0, "the database mends it");
	is_int(check(a, "int_open", NULL), OUTCOME_OK, "and all is well");
	buf_free(&b);
}

/* The file as something else: nobody waits for ever. */
static void
test_no_file(void)
{
	struct admission *a;
	int n;

	for (int i = 0; i < 3; i++) {
		const char *const names[] = {"a FIFO", "a link", "a directory"};

		unlinkat(spool->dir, COPY, 0);
		if (i == 0)
			n = mkfifoat(spool->dir, COPY, 0600);
		else if (i == 1)
			n = symlinkat("/dev/zero", spool->dir, COPY);
		else
			n = mkdirat(spool->dir, COPY, 0700);
		if (n == -1)
			exit(1);
		a = admission_open(spool);
		is_int(check(a, "int_open", NULL), OUTCOME_UNAVAILABLE,
		    names[i]);
		ok(!admission_is_usable(a), "is no copy");
		if (i == 2)
			unlinkat(spool->dir, COPY, AT_REMOVEDIR);
		is_int(refresh(a), 0, "and is replaced");
		ok(admission_is_usable(a), "by one");
		admission_close(a);
	}
}

#define OTHER "00000000-0000-4000-8000-000000000001"

/* A spool that two databases are told to use is the first one's. */
static void
test_foreign(struct admission *a)
{
	struct admission *b = admission_open(spool);
	struct origin from = sender("int_open", NULL);
	char database[UUID_TEXT_BYTES];

	is_int(refresh(a), 0, "the copy of one database");
	is_int(admission_compare(b, NULL, database, 0), OUTCOME_OK,
	    "is its own");
	installation = OTHER;
	is_int(admission_compare(b, NULL, database, 0), OUTCOME_FORBIDDEN,
	    "and not another's");
	installation = "nobody";
	is_int(admission_compare(b, NULL, database, 0), OUTCOME_INVALID,
	    "nor one's that is nobody");
	installation = OTHER;
	hear(b, "int_mine", NULL, true);
	is_int(refresh(b), -1, "another does not take its place");
	ok(!admission_is_usable(b), "nor use it");
	is_int(check(b, "int_open", NULL), OUTCOME_UNAVAILABLE,
	    "nobody may spool for it");
	hear(b, "int_mine", NULL, true);
	is_int(check(b, "int_mine", NULL), OUTCOME_UNAVAILABLE,
	    "whom it let in neither");
	installation = DATABASE;
	is_int(admission_check(a, &from, database), OUTCOME_OK,
	    "for the first all is as before");
	is_str(database, DATABASE, "and its name is told");
	unlinkat(spool->dir, COPY, 0);
	installation = OTHER;
	is_int(refresh(b), 0, "without the copy it is free for the other");
	is_int(check(b, "int_open", NULL), OUTCOME_OK, "which may use it");
	installation = DATABASE;
	is_int(admission_compare(a, NULL, database, 0), OUTCOME_FORBIDDEN,
	    "and the first may not");
	unlinkat(spool->dir, COPY, 0);
	is_int(refresh(a), 0, "the first has it again");
	admission_close(b);
}

/* A database that answers and refuses is no outage: the operator is told. */
static void
test_refusal(void)
{
	static const struct {
		const char *sqlstate;
		bool told;
	} refusals[] = {{"57P01", false}, {"42501", true}};
	static const char told[] = "stays as it was: refused";
	struct buf b = {.max = 65536};
	char path[64];

	snprintf(path, sizeof(path), "%s/log", fixture_path);
	for (size_t i = 0; i < 2; i++) {
		struct admission *a = admission_open(spool);

		log_open(path, LOG_WARN_LEVEL);
		refusal = refusals[i].sqlstate;
		is_int(refresh(a), -1, "the database refuses");
		refusal = NULL;
		log_open("/dev/null", LOG_WARN_LEVEL);
		is_int(spool_dir_read(AT_FDCWD, path, &b), 0, "there is a log");
		ok((memmem(b.data, b.len, told, strlen(told)) != NULL) ==
			refusals[i].told,
		    refusals[i].sqlstate);
		is_int(check(a, "int_open", NULL), OUTCOME_OK,
		    "the copy still counts");
		admission_close(a);
	}
	buf_free(&b);
}

int
main(void)
{
	struct admission *a;

	open_spool();
	set_rows();
	log_open("/dev/null", LOG_WARN_LEVEL);
	a = admission_open(spool);
	test_cases(a);
	test_change(a);
	test_no_descriptors();
	test_damage(a);
	test_no_file();
	test_refusal();
	test_foreign(a);
	admission_close(a);
	close_spool();
	return done_testing();
}
