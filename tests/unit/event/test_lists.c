/* SPDX-License-Identifier: ISC */
#include "event/parse_event.h"

#define TAGS offsetof(struct event, tags)
#define KEYS offsetof(struct event, dedup_keys)

static const struct row rows[] = {
    {"", TAGS, "{}", 0, "no Tags are an empty array"},
    {",'Tags':null", TAGS, "{}", 0, "so are null"},
    {",'Tags':[]", TAGS, "{}", 0, "and an empty array"},
    {",'TAGS':['a','b','c','c']", TAGS, "{'a','b','c'}", 0,
	"order is kept and duplicates go"},
    {",'Tags':['b','a','b']", TAGS, "{'b','a'}", 0, "the first one stays"},
    {",'Tags':['a','A','a ']", TAGS, "{'a','A','a '}", 0,
	"only exact duplicates go"},
    {",'Tags':['\\u0061','a']", TAGS, "{'a'}", 0,
	"they are compared once decoded"},
    {",'Tags':[1,'1',1.0]", TAGS, "{'1','1.0'}", 0, "and as text"},
    {",'Tags':'a,b c'", TAGS, "{'a,b c'}", 0, "a scalar is one tag"},
    {",'Tags':7", TAGS, "{'7'}", 0, "also a number"},
    {",'Tags':true", TAGS, "{'true'}", 0, "also a bool"},
    {",'Tags':''", TAGS, "{}", 0, "but not a blank one"},
    {",'Tags':{'a':'b'}", TAGS, "{}", 0, "an object is no tag"},
    {",'Tags':[ -1.5e3 , false ]", TAGS, "{'-1.5e3','false'}", 0,
	"numbers and bools are text"},
    {",'Tags':['',' ','\\t','\xc2\xa0','x',null,[],['y'],{'z':1}]", TAGS,
	"{'x'}", 0, "blanks, nulls and nested values are dropped"},
    {",'Tags':[' a ']", TAGS, "{' a '}", 0, "a tag is not trimmed"},
    {",'Tags':['\\\"','\\\\','{','}',',','NULL']", TAGS,
	"{'\\\"','\\\\','{','}',',','NULL'}", 0,
	"what an array literal reads otherwise is quoted"},
    {",'Tags':['a\\\"b\\\\c\\\"']", TAGS, "{'a\\\"b\\\\c\\\"'}", 0,
	"quotes and backslashes are escaped"},
    {",'Tags':['\\n\\u0001','\\u0000']", TAGS, "{'\n\x01','\xef\xbf\xbd'}", 0,
	"control characters stand as they are"},
    {",'Tags':['\\ud83d\\ude00','\xc3\xa9']", TAGS,
	"{'\xf0\x9f\x98\x80','\xc3\xa9'}", 0, "any letter may be a tag"},
    {",'tags':['a'],'Tags':['b']", TAGS, "{'b'}", 0,
	"of several spellings the last wins"},

    {"", KEYS, "{}", 0, "no dedup_keys are an empty array"},
    {",'dedup_keys':['a',7,'7',' ']", KEYS, "{'a','7',' '}", 0,
	"dedup_keys are like an Id"},
    {",'DEDUP_KEYS':'a'", KEYS, "{'a'}", 0, "a scalar is one of them"},
    {",'dedup_keys':['',true,null,[1],{}]", KEYS, "{}", 0,
	"what cannot be an Id is dropped"},
    {",'dedup_keys':false", KEYS, "{}", 0, "also as a scalar"},
};

/* Parse a list of items, each unit n times and a number to be unique. */
static void
parse_tags(const char *key, int items, const char *unit, int n)
{
	size_t size = (size_t)items * ((size_t)n * strlen(unit) + 16) + 64;
	char *text = malloc(size);
	size_t at = (size_t)snprintf(text, size, ",'%s':[", key);

	for (int i = 0; i < items; i++) {
		at += (size_t)snprintf(text + at, size - at, "%s'",
		    i > 0 ? "," : "");
		for (int k = 0; k < n - 4; k++)
			at +=
			    (size_t)snprintf(text + at, size - at, "%s", unit);
		at += (size_t)snprintf(text + at, size - at, "%04d'", i);
	}
	is_int(parse(PLAIN, text, "]}"), OUTCOME_OK, "no list is refused");
	free(text);
}

static int
count(struct slice s, const char *what)
{
	int n = 0;

	for (size_t i = 0; i + strlen(what) <= s.len; i++)
		n += memcmp(s.p + i, what, strlen(what)) == 0;
	return n;
}

static void
test_limits(void)
{
	parse_tags("Tags", 64, "x", 5);
	is_int(count(ev.tags, "\",\""), 63, "64 tags are kept");
	is_int(ev.flags, 0, "and not flagged");
	parse_tags("Tags", 65, "x", 5);
	is_int(count(ev.tags, "\",\""), 63, "of 65 tags 64 are kept");
	is_int(count(ev.tags, "0063"), 1, "the first ones");
	is_int(ev.flags, EVENT_TAGS_DROPPED, "and the others flagged");
	parse_tags("Tags", 2, "\xc3\xa9", 255);
	is_int(count(ev.tags, "\",\""), 1, "tags of 255 characters are kept");
	is_int(ev.flags, 0, "and not flagged");
	parse_tags("Tags", 2, "\xc3\xa9", 256);
	is_bytes(ev.tags.p, ev.tags.len, "{}", "longer ones are dropped");
	is_int(ev.flags, EVENT_TAGS_DROPPED, "and flagged");
	parse_tags("dedup_keys", 65, "x", 5);
	is_int(count(ev.dedup_keys, "\",\""), 63, "64 dedup_keys are kept");
	is_int(ev.flags, EVENT_TAGS_DROPPED, "and the others flagged");
	parse_tags("Tags", 100000, "\\u0022", 10);
	is_int(count(ev.tags, "\",\""), 63, "of 100000 tags 64 are kept");
	drop_event();
}

/* Duplicates after the list is full do not count as dropped. */
static void
test_full(void)
{
	char text[2048] = ",'Tags':[";

	for (int i = 0; i < 200; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s%d", i > 0 ? "," : "", i % 64);
	is_int(parse(PLAIN, text, "]}"), OUTCOME_OK, "64 tags, many times");
	is_int(ev.flags, 0, "duplicates beyond the 64th lose nothing");
	drop_event();
}

int
main(void)
{
	ROWS(rows);
	test_limits();
	test_full();
	return done_testing();
}
