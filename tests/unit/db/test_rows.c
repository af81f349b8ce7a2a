/* SPDX-License-Identifier: ISC */
#include <libpq-fe.h>

#include "db/rows.h"
#include "json/json.h"
#include "tap.h"

static char text_name[] = "a text", number_name[] = "n", bool_name[] = "is",
	    json_name[] = "j";

/* One row of a text, a number, a bool and a JSON value; NULL for null. */
static void
make(struct rows *rows, const char *text, const char *json)
{
	PGresAttDesc columns[] = {
	    {.name = text_name, .typid = 25},
	    {.name = number_name, .typid = 20},
	    {.name = bool_name, .typid = 16},
	    {.name = json_name, .typid = 3802},
	};
	const char *cells[] = {text, "-7", "t", json};
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	char copy[200];

	PQsetResultAttrs(res, 4, columns);
	for (int i = 0; i < 4; i++) {
		snprintf(copy, sizeof(copy), "%s",
		    cells[i] == NULL ? "" : cells[i]);
		PQsetvalue(res, 0, i, cells[i] == NULL ? NULL : copy,
		    cells[i] == NULL ? -1 : (int)strlen(copy));
	}
	memset(rows, 0, sizeof(*rows));
	rows->n = 1;
	rows->columns = 4;
	rows->result = res;
}

static const struct {
	const char *text, *csv, *name;
} texts[] = {
    {"plain", "plain", "a word stands as it is"},
    {NULL, "", "null is nothing"},
    {"", "\"\"", "and an empty text is not null"},
    {"a,b", "\"a,b\"", "a comma is quoted"},
    {"say \"x\"", "\"say \"\"x\"\"\"", "quotes are doubled"},
    {"a\r\nb", "\"a\r\nb\"", "lines are quoted"},
    {"=1+1", "\"'=1+1\"", "a formula is defused"},
    {"+1", "\"'+1\"", "also with a plus"},
    {"-1", "\"'-1\"", "or a minus"},
    {"@SUM(A1)", "\"'@SUM(A1)\"", "or an at sign"},
    {"\t=1", "\"'\t=1\"", "or behind a tab"},
    {"\r=1", "\"'\r=1\"", "or a carriage return"},
    {"a=1", "a=1", "an = within is none"},
    {"'x", "'x", "an apostrophe of the sender's stays"},
};

static void
test_csv(void)
{
	struct buf b = {.max = 4096};
	struct rows rows;
	char want[400];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		make(&rows, texts[i].text, "{\"k\": [1]}");
		rows_csv(&b, &rows);
		snprintf(want, sizeof(want),
		    "a text,n,is,j\r\n%s,-7,true,\"{\"\"k\"\": [1]}\"\r\n",
		    texts[i].csv);
		is_bytes(b.data, b.len, want, texts[i].name);
		buf_reset(&b);
		rows_free(&rows);
	}
	buf_free(&b);
}

static void
test_json(void)
{
	struct buf b = {.max = 4096};
	struct rows rows, none = {0};

	make(&rows, "a \"b\"\n\x01", "[1, {}]");
	rows_array(&b, &rows);
	is_bytes(b.data, b.len,
	    "[{\"a text\":\"a \\\"b\\\"\\n\\u0001\",\"n\":-7,\"is\":true,"
	    "\"j\":[1, {}]}]",
	    "values are of the type of their column");
	is_str(rows_cell(&rows, 0, "n"), "-7", "a cell is found by its name");
	is_str(rows_cell(&rows, 0, "m"), NULL, "and none by another");
	is_int(rows_number(&rows, 0, "n"), -7, "as a number, too");
	is_int(rows_number(&rows, 0, "m"), 0, "0 for none");
	rows_free(&rows);
	buf_reset(&b);
	make(&rows, NULL, NULL);
	rows_object(&b, &rows, 0);
	is_bytes(b.data, b.len,
	    "{\"a text\":null,\"n\":-7,\"is\":true,\"j\":null}",
	    "null is null");
	rows_free(&rows);
	buf_reset(&b);
	rows_array(&b, &none);
	is_bytes(b.data, b.len, "null", "so is what was not to be had");
	buf_free(&b);
}

int
main(void)
{
	test_csv();
	test_json();
	return done_testing();
}
