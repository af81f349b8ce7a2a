/* SPDX-License-Identifier: ISC */
#include "event/parse_event.h"

#define TYPE offsetof(struct event, type)
#define ID offsetof(struct event, external_id)
#define TITLE offsetof(struct event, title)
#define DESC offsetof(struct event, description)
#define URGENCY offsetof(struct event, urgency)
#define RAW offsetof(struct event, raw)

#define MADE_ID "00010203-0405-0607-0809-0a0b0c0d0e0f"

static const struct row rows[] = {
    {"", TYPE, "create", 0, "a plain create is taken"},
    {"", RAW, PLAIN "}", 0, "the event knows its own text"},
    {",'event_type':' \\t\\n\\u000b\\f\\rCReate '", TYPE, "create", 0,
	"event_type is trimmed and folded"},
    {",'\\u0045vent\\u005fTYPE':'create'", TYPE, "create", 0,
	"a key may be escaped"},

    {",'Id':'a b '", ID, "a b ", 0, "an Id is not trimmed"},
    {",'Id':' '", ID, " ", 0, "white space is an Id"},
    {",'Id':'\\u00e9\\ud83d\\ude00\\n\\/'", ID, "\xc3\xa9\xf0\x9f\x98\x80\n/",
	0, "an Id is decoded"},
    {",'Id':'\\u0000\\ud800'", ID, "\xef\xbf\xbd\xef\xbf\xbd", 0,
	"what cannot be stored is replaced in an Id"},
    {",'Id':'\\ud83d\\ud83d\\ude00'", ID, "\xef\xbf\xbd\xf0\x9f\x98\x80", 0,
	"a high surrogate too many"},
    {",'Id':'\\ude00\\ud83d'", ID, "\xef\xbf\xbd\xef\xbf\xbd", 0,
	"a pair the wrong way round"},
    {",'Id':'\\ud83dx\\ud83d\\n'", ID, "\xef\xbf\xbdx\xef\xbf\xbd\n", 0,
	"half a pair before a letter, and before an escape"},
    {",'Id':'\\\\u0000'", ID, "\\u0000", 0, "a backslash before u0000"},
    {",'Id':7", ID, "7", 0, "an integer is an Id"},
    {",'Id':0", ID, "0", 0, "so is 0"},
    {",'Id':-1.50E+2", ID, "-1.50E+2", 0, "a number is one as written"},
    {",'Id':15e-1", ID, "15e-1", 0, "and is not rewritten"},
    {",'Id':18446744073709551615", ID, "18446744073709551615", 0,
	"the largest of 64 bits is"},
    {",'Id':-9223372036854775809", ID, "-9223372036854775809", 0,
	"so is what lies under the smallest"},
    {",'Id':99999999999999999999", ID, "99999999999999999999", 0,
	"a long integer keeps its digits"},
    {",'Id':18446744073709551616", ID, "18446744073709551616", 0,
	"also beyond 64 bits"},
    {",'Id':null", ID, MADE_ID, 0, "a null Id is made"},
    {",'Id':''", ID, MADE_ID, 0, "an empty Id is made"},
    {",'id':'y'", ID, "y", 0, "of several spellings the last wins"},
    {",'iD':'y','Id':'z'", ID, "z", 0, "whatever its case"},
    {",'id':null", ID, MADE_ID, 0, "also when it is null"},
    {",'\\u0069d':'y'", ID, "y", 0, "or is escaped"},
    {",'\\u0130d':'y','\xc4\xb0"
     "d':'y'",
	ID, "x", 0, "letters of other alphabets are not folded"},

    {",'TITLE':' a '", TITLE, " a ", 0, "a Title is not trimmed"},
    {",'Title':'a\\'b\\\\'", TITLE, "a'b\\", 0, "a Title is decoded"},
    {",'Title':7.50", TITLE, "7.50", 0, "a number is a Title"},
    {",'Title':true", TITLE, "true", 0, "a bool is a Title"},
    {",'Title':'\\u200b'", TITLE, "\xe2\x80\x8b", 0,
	"a zero width space is not white"},

    {"", DESC, "", 0, "a Description may be missing"},
    {",'Description':null", DESC, "", 0, "or be null"},
    {",'Description':''", DESC, "", 0, "or be empty"},
    {",'Description':' <b>x</b> '", DESC, " <b>x</b> ", 0,
	"HTML stays as it is"},
    {",'description':'a\\nb'", DESC, "a\nb", 0, "it is decoded"},
    {",'Description':1e5", DESC, "1e5", 0, "a number is text"},
    {",'Description':false", DESC, "false", 0, "a bool is text"},
    {",'Description':[ 1, {'a b' : '\\u00e9 '} ]", DESC,
	"[1,{'a b':'\\u00e9 '}]", 0, "an array is compact JSON"},
    {",'Description':{ }", DESC, "{}", 0, "so is an object"},

    {"", URGENCY, NULL, 0, "an urgency may be missing"},
    {",'urgency':'silent'", URGENCY, "silent", 0, "silent"},
    {",'urgency':'low'", URGENCY, "low", 0, "low"},
    {",'urgency':' Medium\\t'", URGENCY, "medium", 0, "medium, any form"},
    {",'URGENCY':'HIGH'", URGENCY, "high", 0, "high"},
    {",'urgency':'critic\\u0061l'", URGENCY, "critical", 0, "critical"},
    {",'urgency':'urgent'", URGENCY, NULL, 0, "another word is none"},
    {",'urgency':''", URGENCY, NULL, 0, "an empty one is none"},
    {",'urgency':3", URGENCY, NULL, 0, "a number is none"},
    {",'urgency':null", URGENCY, NULL, 0, "a null is none"},
    {",'urgency':['low']", URGENCY, NULL, 0, "an array is none"},
};

static const struct {
	const char *text, *pointer, *name;
} faults[] = {
    {"{}", "/event_type", "an empty object"},
    {"{'event_type':null}", "/event_type", "a null event_type"},
    {"{'event_type':''}", "/event_type", "an empty event_type"},
    {"{'event_type':'created'}", "/event_type", "another event_type"},
    {"{'event_type':'create\\u0000'}", "/event_type", "a NUL behind it"},
    {"{'event_type':'create;'}", "/event_type", "a semicolon behind it"},
    {"{'event_type':'cr\xc3\xa9"
     "ate'}",
	"/event_type", "an accent in it"},
    {"{'event_type':1}", "/event_type", "a number for an event_type"},
    {"{'event_type':['create']}", "/event_type", "an array for one"},
    {"{'event_type':'create','Event_Type':'x'}", "/event_type",
	"an unknown last spelling"},
    {"{'event_typ\xc3\xa9':'create'}", "/event_type", "another key"},
    {PLAIN ",'Id':true}", "/Id", "a bool for an Id"},
    {PLAIN ",'Id':[]}", "/Id", "an array for an Id"},
    {PLAIN ",'Id':{}}", "/Id", "an object for an Id"},
    {"{'event_type':'resolve'}", "/Id", "a resolve without an Id"},
    {"{'event_type':'resolve','Id':null}", "/Id", "one with a null"},
    {"{'event_type':'acknowledge','Id':''}", "/Id", "an empty Id"},
    {"{'event_type':'acknowledge','Id':false}", "/Id", "a bool to resolve"},
    {"{'event_type':'create'}", "/Title", "a create without a Title"},
    {PLAIN ",'Title':null}", "/Title", "a null Title"},
    {PLAIN ",'Title':''}", "/Title", "an empty Title"},
    {PLAIN ",'Title':' \\t\\n'}", "/Title", "a Title of white space"},
    {PLAIN ",'Title':'\xc2\xa0\xe2\x80\x89\\u3000\\u0085'}", "/Title",
	"a Title of Unicode's white space"},
    {PLAIN ",'Title':[]}", "/Title", "an array for a Title"},
    {PLAIN ",'Title':{'a':1}}", "/Title", "an object for a Title"},
    {"{'event_type':'x','Id':[],'Title':[]}", "/event_type",
	"of several faults the event_type"},
    {"{'event_type':'create','Id':[],'Title':[]}", "/Id", "then the Id"},
    {"[]", "", "an array"},
    {"7", "", "a number"},
};

static void
test_faults(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		char name[100];

		snprintf(name, sizeof(name), "%s is refused", faults[i].name);
		is_int(parse_text(faults[i].text), OUTCOME_INVALID, name);
		is_str(fault.pointer, faults[i].pointer, "and pointed to");
		ok(fault.detail != NULL && fault.detail[0] != '\0',
		    "with a word on how to mend it");
		ok(ev.own.data == NULL, "and nothing is left to be freed");
	}
	drop_event();
}

/* Fields of creates are neither checked nor kept on other events. */
static void
test_others(void)
{
	static const char *const types[] = {"acknowledge", "resolve"};
	static const char members[] =
	    ",'Id':7,'title':null,'Description':[],'tags':{},'META':7,"
	    "'urgency':9,'dedup_keys':[1],'monitor':{'a':[1]}}";

	for (int i = 0; i < 2; i++) {
		char head[64];

		snprintf(head, sizeof(head), "{'Event_type':'%s'", types[i]);
		is_int(parse(head, members, ""), OUTCOME_OK,
		    "an event on an alert needs no more than an Id");
		is_bytes(ev.type.p, ev.type.len, types[i], "its type is known");
		is_bytes(ev.external_id.p, ev.external_id.len, "7",
		    "an integer names the alert");
		ok(ev.title.p == NULL && ev.description.p == NULL &&
			ev.urgency.p == NULL && ev.tags.p == NULL &&
			ev.dedup_keys.p == NULL && ev.meta.p == NULL &&
			!ev.incident && ev.severity.p == NULL &&
			ev.message.p == NULL && ev.additional.p == NULL,
		    "nothing else is kept");
		is_int(ev.flags, 0, "and nothing flagged");
		is_int(ev.id.b[15], 15, "its own id is untouched");
	}
	drop_event();
}

/* Parse an event whose member key is unit, n times. */
static void
fill(const char *key, const char *unit, size_t n)
{
	size_t len = strlen(unit), at;
	char *value = malloc(n * len + 64);

	at = (size_t)snprintf(value, 64, ",'%s':'", key);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(value + at, unit, len);
	value[at] = '\0';
	is_int(parse(PLAIN, value, "'}"),
	    strcmp(key, "Id") == 0 && n > 1024 ? OUTCOME_INVALID : OUTCOME_OK,
	    "a long member is judged by its length");
	free(value);
}

static void
test_cut_blank(void)
{
	char value[1100] = ",'Title':'";

	memset(value + strlen(value), ' ', 1030);
	parse(PLAIN, value, "x'}");
	is_bytes(ev.title.p, ev.title.len, "x",
	    "white space is not all that is left of a long Title");
	is_int(ev.flags, EVENT_TRUNCATED, "and the cut is flagged");
}

static void
test_limits(void)
{
	fill("Id", "x", 1024);
	is_int((int)ev.external_id.len, 1024, "an Id of 1024 bytes is kept");
	fill("Id", "x", 1025);
	is_str(fault.pointer, "/Id", "an Id of 1025 is refused");
	fill("Id", "\xc3\xbc", 512);
	is_int((int)ev.external_id.len, 1024, "512 characters of two are kept");
	fill("Id", "\\u0041", 1024);
	is_int((int)ev.external_id.len, 1024, "bytes count once decoded");
	fill("Title", "\xc3\xa9", 1024);
	is_int((int)ev.title.len, 2048, "a Title of 1024 characters is kept");
	is_int(ev.flags, 0, "and not flagged");
	fill("Title", "\xc3\xa9", 1025);
	is_int((int)ev.title.len, 2048, "of 1025 the last is cut");
	is_int(ev.flags, EVENT_TRUNCATED, "and flagged");
	fill("Title", "\\ud83d\\ude00", 1025);
	is_int((int)ev.title.len, 4096, "an escaped pair is one character");
	test_cut_blank();
	fill("Description", "x", 65536);
	is_int((int)ev.description.len, 65536, "64 KiB are kept");
	is_int(ev.flags, 0, "and not flagged");
	fill("Description", "x", 65537);
	is_int((int)ev.description.len, 65536, "one more is cut");
	is_int(ev.flags, EVENT_TRUNCATED, "and flagged");
	fill("Description", "\xc3\xbc", 40000);
	is_int((int)ev.description.len, 65536, "or fewer characters of two");
	fill("Description", "\xe2\x82\xac", 21846);
	is_int((int)ev.description.len, 65535, "no character is split");
	drop_event();
}

/* Encode a code point, not a surrogate, as UTF-8. */
static void
encode(unsigned c, char to[5])
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned head[] = {0, 0xc0, 0xe0, 0xf0};

	to[0] = (char)(head[more] | c >> 6 * more);
	for (int i = 1; i <= more; i++)
		to[i] = (char)(0x80 | (c >> 6 * (more - i) & 63));
	to[more + 1] = '\0';
}

/* Use every code point that an escape can express as an Id. */
static void
test_escapes(void)
{
	int wrong = 0, n = 0;

	for (unsigned c = 0; c < 0x110000; c += c < 0x10000 ? 1 : 13) {
		bool lone = c == 0 || (c >= 0xd800 && c < 0xe000);
		char text[32], want[5];

		if (c < 0x10000)
			snprintf(text, sizeof(text),
			    n % 2 ? "\\u%04x" : "\\u%04X", c);
		else
			snprintf(text, sizeof(text), "\\u%04x\\u%04X",
			    0xd7c0 + (c >> 10), 0xdc00 + (c & 1023));
		encode(lone ? 0xfffd : c, want);
		n++;
		if (parse(PLAIN ",'Id':'", text, "'}") != OUTCOME_OK ||
		    ev.external_id.len != strlen(want) ||
		    memcmp(ev.external_id.p, want, strlen(want)) != 0)
			wrong++;
	}
	is_int(wrong, 0, "every escape is decoded to its character");
	ok(n > 140000, "there were many of them");
	drop_event();
}

static void
test_labels(void)
{
	is_str(event_flag_label(EVENT_TRUNCATED), "truncated", "first flag");
	is_str(event_flag_label(EVENT_TAGS_DROPPED), "tags_dropped", "second");
	is_str(event_flag_label(EVENT_META_IGNORED), "meta_ignored", "third");
	is_str(event_flag_label(EVENT_SEVERITY_UNKNOWN), "severity_unknown",
	    "fourth flag");
	is_str(event_flag_label(EVENT_HOPS_1), "hops-1", "fifth");
	is_str(event_flag_label(EVENT_HOPS_2), "hops-2", "sixth");
	is_str(event_flag_label(EVENT_HOPS_3), "hops-3", "seventh");
	is_str(event_flag_label(1 << 7), NULL, "there is no eighth");
	is_str(event_flag_label(0), NULL, "no flag has no label");
}

/* How many tocsins have sent an event on, and what becomes of it. */
static void
test_hops(void)
{
	static const struct {
		int64_t hops;
		unsigned flags;
		enum outcome outcome;
	} counts[] = {
	    {-1, 0, OUTCOME_OK},
	    {0, 0, OUTCOME_OK},
	    {1, EVENT_HOPS_1, OUTCOME_OK},
	    {2, EVENT_HOPS_2, OUTCOME_OK},
	    {3, EVENT_HOPS_3, OUTCOME_OK},
	    {4, 0, OUTCOME_INVALID},
	    {INT64_MAX, 0, OUTCOME_INVALID},
	};
	struct origin from = {.source = "webhook"};

	sender = &from;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "an event of %lld hops",
		    (long long)counts[i].hops);
		from.hops = counts[i].hops;
		is_int(parse_text(PLAIN "}"), counts[i].outcome, name);
		is_int(ev.flags, counts[i].flags, "is flagged with them");
		is_int(parse_text("{'event_type':'resolve','Id':'x'}"),
		    counts[i].outcome, "a resolve is taken as a create is");
		is_int(ev.flags, 0, "and not flagged");
	}
	sender = NULL;
	drop_event();
}

/* The detail names the member and what is wanted. */
static void
test_details(void)
{
	static const struct {
		const char *text, *detail;
	} details[] = {
	    {"{'title':'x'}",
		"event_type is missing; this URL takes PagerTree's format,"
		" like {\"event_type\":\"create\",\"Id\":\"disk-1\","
		"\"Title\":\"Disk full\"}; other programs' formats go to"
		" /integration/int_.../NAME, see tocsin dialect list"},
	    {"{'event_type':'firing'}",
		"event_type must be \"create\", \"acknowledge\" or "
		"\"resolve\""},
	    {"{'event_type':'resolve'}",
		"Id is missing; it must name the alert to acknowledge or "
		"resolve"},
	    {PLAIN ",'Id':[]}", "Id must be a string or a number"},
	    {PLAIN ",'Title':null}", "Title is missing; a create needs one"},
	    {PLAIN ",'Title':[]}", "Title must be a string"},
	    {PLAIN ",'Title':' '}", "Title must not be blank"},
	};

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		parse_text(details[i].text);
		is_str(fault.detail, details[i].detail, details[i].text);
	}
	drop_event();
}

/* A number is refused for its length only where it is kept. */
static void
test_numbers(void)
{
	static const struct {
		const char *text, *pointer; /* NULL: taken */
	} numbers[] = {
	    {PLAIN ",'value':5e-324}", NULL},
	    {PLAIN ",'value':1e-310,'x':[1e9999,{'y':-1e-9999}]}", NULL},
	    {PLAIN ",'urgency':1e999}", NULL},
	    {PLAIN ",'Meta':{'a':5e-324,'b':1e-310,'c':0e999999999}}", NULL},
	    {PLAIN ",'Meta':{'a':[0,{'b':-1e-999}]}}", "/Meta"},
	    {PLAIN ",'META':{'incident':1e999}}", "/Meta"},
	    {PLAIN ",'Meta':{},'Meta':{'a':0e9999999999}}", "/Meta"},
	    {PLAIN ",'Id':1e999}", "/Id"},
	    {PLAIN ",'Title':1e999}", "/Title"},
	    {PLAIN ",'Description':[1e999]}", "/Description"},
	    {PLAIN ",'Tags':[1e999]}", "/Tags"},
	    {PLAIN ",'dedup_keys':1e999}", "/dedup_keys"},
	    {PLAIN ",'Title':'1e999','Meta':{'1e999':'1e999'}}", NULL},
	    {"{'event_type':'resolve','Id':'x','Meta':1e999,'Title':1e999}",
		NULL},
	    {"{'event_type':'resolve','Id':1e999}", "/Id"},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		is_int(parse_text(numbers[i].text),
		    numbers[i].pointer == NULL ? OUTCOME_OK : OUTCOME_BAD_JSON,
		    numbers[i].text);
		is_str(fault.pointer, numbers[i].pointer, "its member");
		ok(fault.at == NULL ||
			(fault.at > document && strchr("-01", *fault.at)),
		    "and its place");
	}
	drop_event();
}

int
main(void)
{
	ROWS(rows);
	test_faults();
	test_details();
	test_numbers();
	test_hops();
	test_others();
	test_limits();
	test_escapes();
	test_labels();
	return done_testing();
}
