/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "db/sqlstate.h"
#include "tap.h"

/* Every row of the table, its borders, and what must be in no row. */
static const struct {
	const char *code;
	enum sqlstate_remedy want;
	const char *name;
} cases[] = {
    {"22003", SQLSTATE_REFUSE, "a number out of range is refused"},
    {"22021", SQLSTATE_REFUSE, "bytes that are no text are refused"},
    {"22032", SQLSTATE_REFUSE, "broken JSON is refused"},
    {"22P02", SQLSTATE_REFUSE, "text that is no value is refused"},
    {"22P03", SQLSTATE_REFUSE, "a broken binary value is refused"},
    {"22P05", SQLSTATE_REFUSE, "a character it does not have is refused"},
    {"22001", SQLSTATE_REFUSE, "a string that is too long is refused"},
    {"22007", SQLSTATE_REFUSE, "a broken date is refused"},
    {"22008", SQLSTATE_REFUSE, "a date out of range is refused"},
    {"23502", SQLSTATE_REFUSE, "null where none may be is refused"},
    {"23514", SQLSTATE_REFUSE, "what a CHECK forbids is refused"},
    {"TO422", SQLSTATE_REFUSE, "what the function forbids is refused"},

    {"23505", SQLSTATE_RETRY, "a duplicate key is tried again"},
    {"40001", SQLSTATE_RETRY, "a serialization failure is tried again"},
    {"40P01", SQLSTATE_RETRY, "a deadlock is tried again"},

    {NULL, SQLSTATE_RECONNECT, "a lost connection is made again"},
    {"08000", SQLSTATE_RECONNECT, "and with any error of connections"},
    {"08006", SQLSTATE_RECONNECT, "as a connection failure"},
    {"08P01", SQLSTATE_RECONNECT, "or a protocol violation"},
    {"25006", SQLSTATE_RECONNECT, "a standby is left"},
    {"26000", SQLSTATE_RECONNECT, "a statement that is gone is made again"},
    {"42P05", SQLSTATE_RECONNECT, "and one that is there already"},
    {"42883", SQLSTATE_RECONNECT, "a function that is gone is asked again"},
    {"57P01", SQLSTATE_RECONNECT, "an admin's shutdown"},
    {"57P02", SQLSTATE_RECONNECT, "a crash"},
    {"57P03", SQLSTATE_RECONNECT, "a server that is starting"},
    {"0A000", SQLSTATE_RECONNECT, "a plan that does not fit any more"},
    {"XX000", SQLSTATE_RECONNECT, "a statement of types that are gone"},

    {"00000", SQLSTATE_WAIT, "success is no refusal"},
    {"", SQLSTATE_WAIT, "nor is nothing"},
    {"2", SQLSTATE_WAIT, "nor a part of a code"},
    {"22", SQLSTATE_WAIT, "nor a class alone"},
    {"22000", SQLSTATE_WAIT, "a data error that is not named is ours"},
    {"22004", SQLSTATE_WAIT, "and so is null where SQL allows none"},
    {"2200H", SQLSTATE_WAIT, "a sequence that has come to its end"},
    {"22012", SQLSTATE_WAIT, "a division by zero is our own mistake"},
    {"22023", SQLSTATE_WAIT, "and so is a wrong parameter"},
    {"21000", SQLSTATE_WAIT, "and a row too many"},
    {"23503", SQLSTATE_WAIT, "a foreign key may be there later"},
    {"23P01", SQLSTATE_WAIT, "an exclusion may pass"},
    {"25001", SQLSTATE_WAIT, "a transaction in a wrong state"},
    {"25P02", SQLSTATE_WAIT, "a transaction that has failed"},
    {"25P03", SQLSTATE_WAIT, "a transaction that was idle too long"},
    {"28000", SQLSTATE_WAIT, "a role that may not log in"},
    {"28P01", SQLSTATE_WAIT, "a wrong password"},
    {"3D000", SQLSTATE_WAIT, "a database that is not there"},
    {"3F000", SQLSTATE_WAIT, "a schema that is not there"},
    {"42501", SQLSTATE_WAIT, "a right that is missing"},
    {"42601", SQLSTATE_WAIT, "a syntax error"},
    {"42703", SQLSTATE_WAIT, "a column that is not there"},
    {"42804", SQLSTATE_WAIT, "a type that does not fit"},
    {"42P01", SQLSTATE_WAIT, "a table that is not there"},
    {"53000", SQLSTATE_WAIT, "any want of resources"},
    {"53100", SQLSTATE_WAIT, "a full disk"},
    {"53200", SQLSTATE_WAIT, "no memory"},
    {"53300", SQLSTATE_WAIT, "too many connections"},
    {"54000", SQLSTATE_WAIT, "a full queue of notifications"},
    {"54001", SQLSTATE_WAIT, "a stack that is too deep"},
    {"55P03", SQLSTATE_WAIT, "a lock that was not to be had"},
    {"55006", SQLSTATE_WAIT, "an object in use"},
    {"57014", SQLSTATE_WAIT, "a statement that took too long"},
    {"58030", SQLSTATE_WAIT, "an error of the disk"},
    {"72000", SQLSTATE_WAIT, "a snapshot that is too old"},
    {"F0000", SQLSTATE_WAIT, "a broken configuration"},
    {"P0001", SQLSTATE_WAIT, "an exception that somebody raised"},
    {"XX001", SQLSTATE_WAIT, "corrupt data"},
    {"XX002", SQLSTATE_WAIT, "a corrupt index"},
    {"ZZ999", SQLSTATE_WAIT, "and what nobody has heard of, is waited out"},
    {"TO423", SQLSTATE_WAIT, "as is a neighbour of our own code"},
};

static void
test_cases(void)
{
	char name[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *code = cases[i].code;

		snprintf(name, sizeof(name), "%s: %s",
		    code == NULL ? "NULL" : code, cases[i].name);
		is_int(sqlstate_remedy(code), cases[i].want, name);
	}
}

/* A refusal loses the alert when it is wrong: all of them are known. */
static void
test_refusals_are_closed(void)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char classes[][3] = {"02", "20", "21", "22", "23", "25",
	    "42", "53", "54", "57", "P0", "TO", "XX"};
	const size_t base = sizeof(digits) - 1;
	size_t refused = 0;
	char code[6] = "";

	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
		memcpy(code, classes[c], 2);
		for (size_t rest = 0; rest < base * base * base; rest++) {
			code[2] = digits[rest / base / base];
			code[3] = digits[rest / base % base];
			code[4] = digits[rest % base];
			refused += sqlstate_remedy(code) == SQLSTATE_REFUSE;
		}
	}
	is_int((long long)refused, 12,
	    "of all the codes of their classes twelve are refused");
}

int
main(void)
{
	test_cases();
	test_refusals_are_closed();
	return done_testing();
}
