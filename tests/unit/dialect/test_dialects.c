/* SPDX-License-Identifier: ISC */
#include "dialect/dialects.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tap.h"

static char dir[] = "/tmp/test_dialects.XXXXXX";
static struct dialects *all;
static int64_t t = 1000000;

/* The clock, which a test moves on. */
int64_t
clock_ms(void)
{
	return t;
}

int64_t
clock_wall_us(void)
{
	return t * 1000;
}

int
clock_left_ms(int64_t deadline)
{
	return deadline > t ? (int)(deadline - t) : 0;
}

static void
write_file(const char *name, const char *text)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	t += 1001;
}

static void
remove_file(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	t += 1001;
}

/* What the dialect says about itself; NULL and the outcome for none. */
static void
is_about(const char *name, enum outcome want, const char *about,
    const char *fact)
{
	struct dialect *d;

	is_int(dialects_take(all, slice_of(name), &d), want, fact);
	is_bytes(d == NULL ? NULL : d->about.p, d == NULL ? 0 : d->about.len,
	    about, "and what it says");
	dialects_release(all, d);
}

static void
test_user_file(void)
{
	struct dialect *held;

	is_about("mine", OUTCOME_NOT_FOUND, NULL, "a name that is none");
	write_file("mine.dialect",
	    "language = 1\ndialect = mine\nabout = one\n[event]\n"
	    "event_type = create\n");
	is_about("mine", OUTCOME_OK, "one", "a file that has come");
	dialects_take(all, SLICE("mine"), &held);
	write_file("mine.dialect",
	    "language = 1\ndialect = mine\nabout = second\n[event]\n"
	    "event_type = create\n");
	is_about("mine", OUTCOME_OK, "second", "or has changed");
	is_bytes(held->about.p, held->about.len, "one",
	    "who has the old one keeps it");
	dialects_release(all, held);
	write_file("mine.dialect", "language = 1\nbroken\n");
	is_about("mine", OUTCOME_OK, "second",
	    "of a broken one the last good version counts");
	is_int(dialects_warn(dir), 1, "and a warning");
	remove_file("mine.dialect");
	is_about("mine", OUTCOME_NOT_FOUND, NULL, "until it is gone");
	write_file("mine.dialect", "broken\n");
	is_about("mine", OUTCOME_UNAVAILABLE, NULL,
	    "one that never was sound is an outage");
	remove_file("mine.dialect");
	t -= 1001;
	is_about("mine", OUTCOME_UNAVAILABLE, NULL, "it looks once a second");
	t += 1001;
	is_about("mine", OUTCOME_NOT_FOUND, NULL, "but then it does");
}

static void
test_built_in(void)
{
	struct dialect *d;

	is_int(dialects_take(all, SLICE("oncall"), &d), OUTCOME_OK,
	    "one that is built in");
	dialects_release(all, d);
	write_file("oncall.dialect",
	    "language = 1\ndialect = oncall\nabout = ours\n[event]\n"
	    "event_type = create\n");
	is_about("oncall", OUTCOME_OK, "ours", "the user's goes first");
	remove_file("oncall.dialect");
	is_about("oncall", OUTCOME_OK, "Grafana OnCall, formatted webhook",
	    "until it is gone");
	write_file("sns.dialect", "broken");
	is_about("sns", OUTCOME_UNAVAILABLE, NULL,
	    "a broken file does not fall back");
	remove_file("sns.dialect");
	is_int(dialects_take(all, SLICE("../x"), &d), OUTCOME_NOT_FOUND,
	    "a name is no path");
	write_file("UPPER.dialect", "broken");
	is_int(dialects_warn(dir), 1, "nor does a file have any name");
	remove_file("UPPER.dialect");
	write_file("notes.txt", "broken");
	is_int(dialects_warn(dir), 0, "others are no dialects");
	remove_file("notes.txt");
	is_int(dialects_warn(""), 0, "no directory is none");
	is_int(dialects_warn("/nonexistent"), 1, "one that is not is a fault");
}

int
main(void)
{
	log_open("/dev/null", LOG_INFO_LEVEL);
	if (mkdtemp(dir) == NULL)
		return 1;
	all = dialects_open(dir);
	test_user_file();
	test_built_in();
	dialects_close(all);
	all = dialects_open("");
	is_about("oncall", OUTCOME_OK, "Grafana OnCall, formatted webhook",
	    "without a directory they are there");
	is_about("mine", OUTCOME_NOT_FOUND, NULL, "and no others");
	dialects_close(all);
	rmdir(dir);
	return done_testing();
}
