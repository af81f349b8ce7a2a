/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "event/parse_event.h"

#define EXTRA offsetof(struct event, additional)
#define ENTRY(label, value)                                                    \
	"{'format':'text','label':'" label "','value':'" value "'}"

static const struct row rows[] = {
    {"", EXTRA, NULL, 0, "without extra members nothing is captured"},
    {",'EVENT_TYPE':'create','iD':1,'Description':'','TAGS':1,'Meta':{},"
     "'Urgency':1,'dedup_keys':1,'PagerTree_integration_id':'int_x'",
	EXTRA, NULL, 0, "no field of the protocol is extra"},
    {",'env':'prod'", EXTRA, "[" ENTRY("env", "prod") "]", 0,
	"a string is captured"},
    {",'a':'x\\n\\u00e9\\\"\\/'", EXTRA,
	"[" ENTRY("a", "x\\n\\u00e9\\\"\\/") "]", 0, "as it is escaped"},
    {",'a':''", EXTRA, "[" ENTRY("a", "") "]", 0, "also an empty one"},
    {",'a':1.50e1", EXTRA, "[" ENTRY("a", "1.50e1") "]", 0,
	"a number by its source text"},
    {",'a':true,'b':false", EXTRA,
	"[" ENTRY("a", "true") "," ENTRY("b", "false") "]", 0,
	"bools by theirs, in document order"},
    {",'z':1,'a':2", EXTRA, "[" ENTRY("z", "1") "," ENTRY("a", "2") "]", 0,
	"in document order, not by name"},
    {",'a':null", EXTRA, NULL, 0, "a null is skipped"},
    {",'a':null,'b':1,'c':null", EXTRA, "[" ENTRY("b", "1") "]", 0,
	"and its neighbours stay"},
    {",'a':[ 1 , 'b\\\"c' , { } ]", EXTRA,
	"[" ENTRY("a", "[1,\\\"b\\\\\\\"c\\\",{}]") "]", 0,
	"an array as compact JSON in a string"},
    {",'a':{ 'b' : '\\u0001 \\\\' }", EXTRA,
	"[" ENTRY("a", "{\\\"b\\\":\\\"\\\\u0001 \\\\\\\\\\\"}") "]", 0,
	"an object too"},
    {",'Foo_BAR\xc3\x89':1", EXTRA, "[" ENTRY("foo_bar\xc3\x89", "1") "]", 0,
	"a label is folded, in ASCII"},
    {",'\\u0041\\n\\\"\\u001F':1", EXTRA, "[" ENTRY("a\\n\\\"\\u001f", "1") "]",
	0, "an escaped label is decoded, folded and quoted again"},
    {",'\\u0000':1", EXTRA, "[" ENTRY("\xef\xbf\xbd", "1") "]", 0,
	"a NUL in a label is replaced"},
    {",'':1", EXTRA, "[" ENTRY("", "1") "]", 0, "a label may be empty"},
    {",'a':1,'b':2,'A':3", EXTRA, "[" ENTRY("b", "2") "," ENTRY("a", "3") "]",
	0, "of equal labels the last wins, at its own place"},
    {",'a':1,'\\u0041':2", EXTRA, "[" ENTRY("a", "2") "]", 0,
	"also when it is escaped"},
    {",'a':1,'a':null", EXTRA, NULL, 0, "also when it is null"},
    {",'a':1,'a':2,'a':3,'aa':4,'a':5", EXTRA,
	"[" ENTRY("aa", "4") "," ENTRY("a", "5") "]", 0, "also the fourth"},
    {",'\\u00e9':[1],'\\u00c9':{'\\u0022':2}", EXTRA,
	"[" ENTRY("\xc3\xa9", "[1]") "," ENTRY("\xc3\x89",
	    "{\\\"\\\\u0022\\\":2}") "]",
	0, "decoded labels outlive the values made compact"},
};

/* Return that many numbered members, with n different keys. */
static char *
many(int members, int n)
{
	size_t size = (size_t)members * 24 + 1, at = 0;
	char *text = malloc(size);

	text[0] = '\0';
	for (int i = 0; i < members; i++)
		at += (size_t)snprintf(text + at, size - at, ",'k%d':%d", i % n,
		    i);
	return text;
}

static int
entries(void)
{
	struct slice rest = ev.additional;
	struct json_member m;
	int n = 0;

	while (ev.additional.p != NULL && json_next(&rest, &m))
		n++;
	return n;
}

static void
test_many(void)
{
	char *text = many(4096, 4096);
	clock_t begin;

	is_int(parse(PLAIN, text, "}"), OUTCOME_OK, "4096 extra members");
	is_int(entries(), 4096, "are all captured");
	is_int(ev.flags, 0, "and not flagged");
	free(text);
	text = many(4096, 100);
	parse(PLAIN, text, "}");
	is_int(entries(), 100, "of the same 100 again and again only the last");
	ok(memmem(ev.additional.p, ev.additional.len,
	       "\"k0\",\"value\":\"4000\"", 19) != NULL,
	    "which has the value of the last");
	free(text);
	text = many(150000, 150000);
	begin = clock();
	is_int(parse(PLAIN, text, "}"), OUTCOME_OK, "150000 are not refused");
	ok((double)(clock() - begin) / CLOCKS_PER_SEC < 0.5,
	    "nor do they take long");
	is_int(entries(), 4096, "but only 4096 are captured");
	is_int(ev.flags, EVENT_TRUNCATED, "and the others flagged");
	free(text);
	drop_event();
}

/* Append unit n times at offset at; return the new end. */
static size_t
repeat(char *text, size_t at, const char *unit, int n)
{
	size_t len = strlen(unit);

	for (int i = 0; i < n; i++, at += len)
		memcpy(text + at, unit, len + 1);
	return at;
}

/* The room reserved is enough for any event. */
static void
test_room(void)
{
	char *text = malloc(1000000);
	size_t at = repeat(text, 0, ",'a':['", 1);

	at = repeat(text, at, "\\\"", 50000);
	repeat(text, at, "']", 1);
	is_int(parse(PLAIN, text, "}"), OUTCOME_OK, "a value all of quotes");
	is_int((int)ev.additional.len, 200000 + 48,
	    "is escaped once more in full");
	at = repeat(text, 0, ",'Meta':{'incident':1,'incident_message':'", 1);
	at = repeat(text, at, "\\n", 4000);
	at = repeat(text, at, "','a':'", 1);
	at = repeat(text, at, "x", 100000);
	at = repeat(text, at, "'},'Description':['", 1);
	at = repeat(text, at, "y", 50000);
	at = repeat(text, at, "'],'Tags':['", 1);
	at = repeat(text, at, "\\\"", 255);
	repeat(text, at, "']", 1);
	is_int(parse(PLAIN, text, "}"), OUTCOME_OK,
	    "every field at its longest");
	is_int((int)ev.meta.len, 100008, "Meta is whole");
	is_int((int)ev.message.len, 4000, "the message is whole");
	is_int((int)ev.description.len, 50004, "the Description is whole");
	is_int((int)ev.tags.len, 514, "the tag is whole");
	free(text);
	drop_event();
}

static void
test_labels(void)
{
	char text[8000], want[8000];
	size_t at = 0, end = 1;

	snprintf(want, sizeof(want), "[");
	for (int i = 0; i < 60; i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    ",'\\u006cabel number %d':[%d]", i, i);
		end += (size_t)snprintf(want + end, sizeof(want) - end,
		    "%s{\"format\":\"text\",\"label\":\"label number %d\","
		    "\"value\":\"[%d]\"}",
		    i > 0 ? "," : "", i, i);
	}
	snprintf(want + end, sizeof(want) - end, "]");
	is_int(parse(PLAIN, text, "}"), OUTCOME_OK, "60 escaped labels");
	is_bytes(ev.additional.p, ev.additional.len, want,
	    "are all decoded and kept");
	drop_event();
}

int
main(void)
{
	ROWS(rows);
	test_many();
	test_room();
	test_labels();
	return done_testing();
}
