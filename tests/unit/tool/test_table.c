/* SPDX-License-Identifier: ISC */
#include <locale.h>
#include <stdlib.h>

#include "tap.h"
#include "tool/table.h"
#include "tool/terminal.h"

static FILE *out;
static char *text;
static size_t len;

static void
begin(void)
{
	out = open_memstream(&text, &len);
	if (out == NULL)
		exit(1);
}

/* Check that want was written since begin(). */
static void
wrote(const char *want, const char *name)
{
	fclose(out);
	is_bytes(text, len, want, name);
	free(text);
}

static const struct {
	const char *text;
	const char *shown; /* in a locale of UTF-8 */
	size_t width;
	const char *json;
	const char *name;
} texts[] = {
    {"", "", 0, "\"\"", "nothing"},
    {"disk 97%", "disk 97%", 8, "\"disk 97%\"", "plain ASCII"},
    {"a\"b\\c", "a\"b\\c", 5, "\"a\\\"b\\\\c\"", "quote and backslash"},
    {"\x1b[31m", "\\x1b[31m", 8, "\"\\u001b[31m\"", "an escape sequence"},
    {"a\nb\tc", "a\\x0ab\\x09c", 11, "\"a\\u000ab\\u0009c\"",
	"a newline and a tab"},
    {"\x7f", "\\x7f", 4, "\"\\u007f\"", "DEL"},
    {"\xc2\x9b"
     "2J",
	"\\xc2\\x9b2J", 10, "\"\\u009b2J\"", "a control of eight bits"},
    {"\xc3\xa9", "\xc3\xa9", 1, "\"\xc3\xa9\"", "a letter of two bytes"},
    {"\xe6\xbc\xa2", "\xe6\xbc\xa2", 2, "\"\xe6\xbc\xa2\"",
	"a letter that takes two columns"},
    {"e\xcc\x81", "e\xcc\x81", 1, "\"e\xcc\x81\"", "a combining accent"},
    {"\xf0\x9f\x94\xa5", "\xf0\x9f\x94\xa5", 2, "\"\xf0\x9f\x94\xa5\"",
	"an emoji"},
    {"\xe2\x80\xae", "\\xe2\\x80\\xae", 12, "\"\\u202e\"",
	"what turns the direction of writing"},
    {"\xe2\x81\xa6", "\\xe2\\x81\\xa6", 12, "\"\\u2066\"",
	"what isolates a direction"},
    {"\xef\xbb\xbf", "\\xef\\xbb\\xbf", 12, "\"\\ufeff\"", "a byte order mark"},
    {"a\xff", "a\\xff", 5, "\"a\\ufffd\"", "a byte that is never UTF-8"},
    {"\xc3", "\\xc3", 4, "\"\\ufffd\"", "a sequence cut short by the end"},
    {"\xe6\xbc!", "\\xe6\\xbc!", 9, "\"\\ufffd\\ufffd!\"",
	"a sequence cut short by ASCII"},
    {"\xc0\x80", "\\xc0\\x80", 8, "\"\\ufffd\\ufffd\"",
	"a NUL written too long"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", 12, "\"\\ufffd\\ufffd\\ufffd\"",
	"a surrogate"},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16,
	"\"\\ufffd\\ufffd\\ufffd\\ufffd\"", "beyond the last code point"},
};

static void
test_texts(void)
{
	char name[128];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		begin();
		is_int((long long)terminal_text(out, texts[i].text),
		    (long long)texts[i].width, texts[i].name);
		snprintf(name, sizeof(name), "%s: on a terminal",
		    texts[i].name);
		wrote(texts[i].shown, name);
		begin();
		terminal_json(out, texts[i].text);
		snprintf(name, sizeof(name), "%s: in JSON", texts[i].name);
		wrote(texts[i].json, name);
		snprintf(name, sizeof(name), "%s: counted, not written",
		    texts[i].name);
		is_int((long long)terminal_text(NULL, texts[i].text),
		    (long long)texts[i].width, name);
	}
}

static const struct table_column columns[] = {
    {"id", "ID", TABLE_TEXT},
    {"hidden", NULL, TABLE_TEXT},
    {"n", "COUNT", TABLE_NUMBER},
    {"on", "ON", TABLE_BOOL},
    {"at", "AT", TABLE_TIME},
};

static const char *const cells[] = {
    "a", "h1", "7", "t", "2026-01-31 08:00:00.123456+00", /* */
    "long name", NULL, "1234567", "f", NULL, /* */
    "\xc3\xa9\n", "h3", NULL, "true", "2026-01-31 08:00:00+05:30", /* */
};

static const struct table table = {columns, 5, cells, 3};

static void
test_tables(void)
{
	struct table empty = {columns, 5, cells, 0};
	struct table one = {columns, 5, cells, 1};

	begin();
	table_print(out, &table);
	wrote("ID           COUNT  ON   AT\n"
	      "a                7  yes  2026-01-31 08:00:00+00\n"
	      "long name  1234567  no   -\n"
	      "\xc3\xa9\\x0a            -  yes  2026-01-31 08:00:00+05:30\n",
	    "columns are aligned, numbers to the right, and none is hidden "
	    "but what is not for people");
	begin();
	table_print(out, &empty);
	wrote("ID  COUNT  ON  AT\n", "without rows the heading stands alone");
	begin();
	table_print_records(out, &table);
	wrote("ID     a\nCOUNT  7\nON     yes\nAT     2026-01-31 08:00:00+00\n"
	      "\nID     long name\nCOUNT  1234567\nON     no\n"
	      "\nID     \xc3\xa9\\x0a\nON     yes\n"
	      "AT     2026-01-31 08:00:00+05:30\n",
	    "a record has a line for each value, and none for a null");
	begin();
	table_json(out, &empty, true);
	wrote("[]\n", "no rows are an empty array");
	begin();
	table_json(out, &one, false);
	wrote("{\"id\":\"a\",\"hidden\":\"h1\",\"n\":7,\"on\":true,"
	      "\"at\":\"2026-01-31T08:00:00.123456+00:00\"}\n",
	    "one row is an object, with numbers and booleans bare");
	begin();
	table_json(out, &table, true);
	wrote("[{\"id\":\"a\",\"hidden\":\"h1\",\"n\":7,\"on\":true,"
	      "\"at\":\"2026-01-31T08:00:00.123456+00:00\"},\n"
	      " {\"id\":\"long name\",\"hidden\":null,\"n\":1234567,"
	      "\"on\":false,\"at\":null},\n"
	      " {\"id\":\"\xc3\xa9\\u000a\",\"hidden\":\"h3\",\"n\":null,"
	      "\"on\":true,\"at\":\"2026-01-31T08:00:00+05:30\"}]\n",
	    "rows are an array of objects, with nulls where they are");
}

static const struct {
	const char *cell;
	const char *json;
	const char *name;
} times[] = {
    {"infinity", "\"infinity\"", "an infinite time is left as it is"},
    {"", "\"\"", "an empty time is left as it is"},
    {"31.01.2026 08:00:00.5 UTC", "\"31.01.2026 08:00:00.5 UTC\"",
	"a time in another style is left as it is"},
    {"2026-01-31 08:00:00-03:30", "\"2026-01-31T08:00:00-03:30\"",
	"an offset with minutes is left as it is"},
    {"2026-01-31 08:00:00-11", "\"2026-01-31T08:00:00-11:00\"",
	"an offset without minutes gets them"},
};

static void
test_times(void)
{
	static const struct table_column at = {"at", "AT", TABLE_TIME};
	char want[128];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct table t = {&at, 1, &times[i].cell, 1};

		begin();
		table_json(out, &t, false);
		snprintf(want, sizeof(want), "{\"at\":%s}\n", times[i].json);
		wrote(want, times[i].name);
	}
}

static void
test_plain_locale(void)
{
	setlocale(LC_CTYPE, "C");
	begin();
	is_int((long long)terminal_text(out, "d\xc3\xa9j\xc3\xa0"), 18,
	    "a locale of ASCII has four columns for each byte beyond it");
	wrote("d\\xc3\\xa9j\\xc3\\xa0",
	    "a locale of ASCII is shown nothing beyond it");
	begin();
	terminal_json(out, "d\xc3\xa9j\xc3\xa0");
	wrote("\"d\xc3\xa9j\xc3\xa0\"", "JSON is UTF-8 whatever the locale is");
}

int
main(void)
{
	ok(setlocale(LC_CTYPE, "C.UTF-8") != NULL, "there is a UTF-8 locale");
	test_texts();
	test_tables();
	test_times();
	test_plain_locale();
	return done_testing();
}
