/* SPDX-License-Identifier: ISC */
#include "spool/admission.h"

#include "base/log.h"
#include "spool/admission_fixture.h"

/* What the database let in a moment ago is let in when it goes away. */
static void
test_heard(struct admission *a)
{
	struct admission *other = admission_open(spool);
	struct origin board = sender("int_new", NULL);
	int n = 0;

	set_rows();
	is_int(refresh(a), 0, "there is a copy");
	nap();
	hear(a, "int_token", "secret", true);
	ok(!admission_is_due(a), "whom the copy knows is no news");
	hear(a, "int_nobody", "x", false);
	ok(!admission_is_due(a), "a stranger who is refused is none either");
	board.source = "board";
	admission_hear(a, &board, true);
	ok(!admission_is_due(a), "nor is who needs no token");
	is_int(check(a, "int_new", NULL), OUTCOME_UNAVAILABLE,
	    "and nobody gets in by it");

	hear(a, "int_new", NULL, true);
	hear(a, "int_token", "rotated", true);
	hear(a, "int_off", "secret", true);
	ok(admission_is_due(a), "whom it does not know makes a refresh due");
	away = true;
	is_int(refresh(a), -1, "when the database goes away before that");
	is_int(check(a, "int_new", NULL), OUTCOME_OK,
	    "an integration that is new may spool");
	is_int(check(a, "int_new", "x"), OUTCOME_UNAVAILABLE,
	    "but only as it was let in");
	is_int(check(a, "int_token", "rotated"), OUTCOME_OK,
	    "so may who has the new token");
	is_int(check(a, "int_off", "secret"), OUTCOME_OK,
	    "and one that was enabled again");
	is_int(check(a, "int_token", "rotate"), OUTCOME_UNAVAILABLE,
	    "with another token it may not");
	is_int(check(other, "int_new", NULL), OUTCOME_UNAVAILABLE,
	    "another process has not heard of it");
	hear(a, "int_new", NULL, false);
	is_int(check(a, "int_new", NULL), OUTCOME_UNAVAILABLE,
	    "who is refused since may not any more");

	away = false;
	is_int(refresh(a), 0, "the next copy");
	is_int(check(a, "int_token", "rotated"), OUTCOME_UNAVAILABLE,
	    "has the last word of whom was heard before it");
	nap();
	hear(a, "int_token", "secret", false);
	ok(admission_is_due(a),
	    "whom it lets in and the database does not, too");

	for (int i = 0; i < 1000; i++) {
		char id[24];

		snprintf(id, sizeof(id), "int_many%d", i);
		hear(a, id, "x", true);
		n += check(a, id, "x") == OUTCOME_OK;
	}
	is_int(n, 1000, "of many the last ones are known");
	admission_close(other);
}

static int woken;

static void
wake(void *arg)
{
	++*(int *)arg;
}

static void
test_wake(struct admission *a)
{
	admission_watch(a, wake, &woken);
	is_int(refresh(a), 0, "there is a copy");
	hear(a, "int_token", "secret", true);
	is_int(woken, 0, "who is known wakes nobody");
	hear(a, "int_new", NULL, true);
	hear(a, "int_new", NULL, true);
	hear(a, "int_newer", NULL, true);
	is_int(woken, 1, "who is not wakes the housekeeper, once");
	is_int(refresh(a), 0, "which refreshes");
	hear(a, "int_newest", NULL, true);
	is_int(woken, 2, "and can be woken again");
	admission_watch(a, NULL, NULL);
	is_int(refresh(a), 0, "there is a new copy");
}

/* Where the events of a sender are is known with who it is. */
static void
test_wrapper(struct admission *a)
{
	rows[3].cells[5] = "/data/the event";
	is_int(refresh(a), 0, "a copy with a wrapper key");
	is_str(wrapper(a, "int_open", NULL), "/data/the event",
	    "tells it of its sender");
	is_str(wrapper(a, "int_token", "secret"), "", "and of no other");
	is_int(check(a, "int_open", NULL), OUTCOME_OK, "who may spool");
	nap();
	heard_wrapper = "/alert";
	hear(a, "int_new", NULL, true);
	heard_wrapper = "";
	is_str(wrapper(a, "int_new", NULL), "/alert",
	    "of one that is new, what the database said is remembered");
	ok(wrapper(a, "int_new", "x") == NULL, "of nobody else");
	rows[3].cells[5] = NULL;
	is_int(refresh(a), 0, "a copy without it");
	is_str(wrapper(a, "int_open", NULL), "", "tells of none");
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Rows that must not be guessed at. */
static const struct {
	struct row row;
	const char *name;
} odd[] = {
    {{{"int_u", "t", "\\x" HEX, NULL, NULL}}, "bytea in its usual form"},
    {{{"int_u", "t", "\\001\\002", NULL, NULL}}, "bytea in its old form"},
    {{{"int_u", "t", "", NULL, NULL}}, "an empty hash"},
    {{{"int_u", "t", "-", NULL, NULL}}, "what stands for none in the file"},
    {{{"int_u", "t", "0" HEX, NULL, NULL}}, "a longer hash"},
    {{{"int_u", "t", HEX " ", NULL, NULL}}, "a hash and a blank"},
    {{{"int_u", "t",
	 "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	 NULL, NULL}},
	"upper case"},
    {{{"int_u", "t", HEX, "", "1"}}, "an empty hash of the one before"},
    {{{"int_u", "t", HEX, HEX, NULL}}, "one before without an end"},
    {{{"int_u", "t", HEX, NULL, "1"}}, "an end of nothing"},
    {{{"int_u", "t", HEX, HEX, "-1"}}, "an end before 1970"},
    {{{"int_u", "t", HEX, HEX, "1e15"}}, "an end with an exponent"},
    {{{"int_u", "t", HEX, HEX, "infinity"}}, "an end that never comes"},
    {{{"int_u", "t", HEX, HEX, "1234567890123456789"}}, "one far away"},
    {{{"int_u", "t", HEX, HEX, "1 int_x 1 - - -"}}, "a line within a cell"},
    {{{"int_u", "true", HEX, NULL, NULL}}, "a switch in another form"},
    {{{"int_u", "", HEX, NULL, NULL}}, "an empty switch"},
    {{{"int_u", NULL, HEX, NULL, NULL}}, "no switch"},
    {{{"int_u\nint_x 1 - - -", "t", HEX, NULL, NULL}}, "an id of two lines"},
    {{{"int_u 1 - - -", "t", HEX, NULL, NULL}}, "an id with blanks"},
    {{{"int_", "t", HEX, NULL, NULL}}, "an invalid id"},
    {{{"", "t", HEX, NULL, NULL}}, "an empty id"},
    {{{NULL, "t", HEX, NULL, NULL}}, "no id"},
    {{{"int_token", "t", HEX, NULL, NULL}}, "an id that was there"},
    {{{"int_a", "t", HEX, NULL, NULL}}, "an id out of its order"},
    {{{"int_u", "t", HEX, NULL, NULL, ""}}, "an empty wrapper key"},
    {{{"int_u", "t", HEX, NULL, NULL, "/"}}, "one without a name"},
    {{{"int_u", "t", HEX, NULL, NULL, "a"}}, "one without a slash"},
    {{{"int_u", "t", HEX, NULL, NULL, "/a~2"}}, "one that is no pointer"},
    {{{"int_u", "t", HEX, NULL, NULL, "/a\nint_x 1 - - -"}},
	"one of two lines"},
    {{{"int_u", "t", HEX, NULL, NULL, "/1/2/3/4/5/6/7/8/9"}},
	"one of nine steps"},
};

static void
test_odd(struct admission *a)
{
	const size_t n = sizeof(odd) / sizeof(odd[0]);

	set_rows();
	n_rows = 6;
	for (size_t i = 0; i < n; i++) {
		bool kept;

		rows[5] = odd[i].row;
		kept = refresh(a) == -1 &&
		    check(a, "int_token", "secret") == OUTCOME_OK &&
		    check(a, "int_u", NULL) == OUTCOME_UNAVAILABLE;
		ok(kept, odd[i].name);
	}
	n_rows = 5;
	n_columns = 7;
	is_int(refresh(a), -1, "another number of columns");
	n_columns = 6;
	installation = "unknown";
	is_int(refresh(a), -1, "a database that is nobody");
	installation = DATABASE;
	is_int(refresh(a), 0, "as it should be");
}

int
main(void)
{
	struct admission *a;

	open_spool();
	set_rows();
	log_open("/dev/null", LOG_WARN_LEVEL);
	a = admission_open(spool);
	test_heard(a);
	test_wake(a);
	test_wrapper(a);
	test_odd(a);
	admission_close(a);
	close_spool();
	return done_testing();
}
