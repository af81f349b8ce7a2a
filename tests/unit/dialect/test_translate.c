/* SPDX-License-Identifier: ISC */
#include "dialect_fixture.h"

#define TYPE "event_type = create\n"
#define META ",'Meta':{'dialect':'x'}}"
#define CREATE "{'event_type':'create'"
#define TITLE ",'Title':'x: no title'"

/* Single quotes stand for double ones in body and event. */
static const struct {
	const char *lines, *body, *event;
	const char *name;
} cases[] = {
    {"[event]\n" TYPE, "{}", CREATE TITLE META, "an event of nothing"},
    {"[event]\n" TYPE "Id = ${body/a}\n", "{'a':17}",
	CREATE ",'Id':'17'" TITLE META, "a number is its text"},
    {"[event]\n" TYPE "Id = ${body/a}\n", "{'a':12345678901234567890.50e1}",
	CREATE ",'Id':'12345678901234567890.50e1'" TITLE META,
	"as it was written"},
    {"[event]\n" TYPE "Id = ${body/a}\n", "{'a':' \\u0041\\n'}",
	CREATE ",'Id':' \\u0041\\n'" TITLE META, "text stays as it is"},
    {"[event]\n" TYPE "Id = ${body/a}\n", "{'a':[1, {'b' : 'c'}]}",
	CREATE ",'Id':'[1,{\\'b\\':\\'c\\'}]'" TITLE META,
	"what is nested is compact JSON"},
    {"[event]\n" TYPE "Id = ${body/a}\nId = ${body/b}\nId = last\n",
	"{'a':null,'b':'\\u00a0\\t'}", CREATE ",'Id':'last'" TITLE META,
	"null and blanks are nothing: the next line counts"},
    {"[event]\n" TYPE "Id = ${body/a}\nId = ${body/b}\nId = last\n",
	"{'a':[],'b':{}}", CREATE ",'Id':'last'" TITLE META,
	"so are what is empty"},
    {"[event]\n" TYPE "Id = ${body/a}-${body/b}\nId = ${body/b}\n",
	"{'b':false}", CREATE ",'Id':'false'" TITLE META,
	"one nothing makes all of it nothing; false is something"},
    {"[event]\n" TYPE "Id = a\"\\b $${c} $d\n", "{}",
	CREATE ",'Id':'a\\'\\\\b ${c} $d'" TITLE META, "text is quoted"},
    {"[map m]\na b, C = one\n2 = two\n[event]\n" TYPE
     "Id = ${m(body/a)}${m(body/b)}${m(body/c)}\n",
	"{'a':' A B ','b':2,'c':'\\u0063'}",
	CREATE ",'Id':'onetwoone'" TITLE META, "maps ignore case and blanks"},
    {"[map m]\na = one\n[event]\n" TYPE "Id = ${m(body/a)}\nId = no\n",
	"{'a':'b'}", CREATE ",'Id':'no'" TITLE META, "no such word is nothing"},
    {"[map m]\n* = any\n[event]\n" TYPE
     "Id = ${m(body/a)} ${m(body/b)}\nId = no\n",
	"{'a':'b'}", CREATE ",'Id':'no'" TITLE META, "* is for what is there"},
    {"[event]\n" TYPE "Description = a\nDescription add = ${body/b}\n"
     "Description add = ${body/c}\nDescription add = ${body/d}\n",
	"{'b':'B','d':'D'}", CREATE TITLE ",'Description':'a\\nB\\nD'" META,
	"what is added is a line of its own"},
    {"[event]\n" TYPE "Description add = ${body/b}\n", "{'b':'B'}",
	CREATE TITLE ",'Description':'B'" META, "or the first one"},
    {"[event]\n" TYPE "Description add = ${body/b}\n", "{}", CREATE TITLE META,
	"or none"},
    {"[event]\n" TYPE "Tag = ${body/n}\nTag each body/o = ${key}:${value}\n"
     "Tag each body/l = ${value/n}\nTag split body/s = comma\nTag = z\n",
	"{'n':null,'o':{'a':1,'b':'','\\n':'x','c\\n':'y'},'l':[{'n':'p'},{},7,"
	"{'n':'q'}],"
	"'s':' r ,, s,'}",
	CREATE TITLE ",'Tags':['a:1','c\\n:y','p','q','r','s','z']" META,
	"tags of all kinds"},
    {"[event]\n" TYPE "Tag each body/l = ${value}\nTag split body/l = space\n",
	"{'l':'a b'}", CREATE TITLE ",'Tags':['a','b']" META,
	"each is for what has members, split for text"},
    {"[event]\n" TYPE "dedup_key = ${body/a}\ndedup_key = k\n", "{'a':1}",
	CREATE TITLE ",'dedup_keys':['1','k']" META, "dedup keys"},
    {"[event]\n" TYPE "Meta a = ${body/a}\nMeta b = <${body/a}>\n"
     "Meta c = ${body/c}\nMeta c = ${body/d}\nincident = ${body/i}\n",
	"{'a':[1, 2],'d':{'e':0},'i':true}",
	CREATE TITLE ",'Meta':{'dialect':'x','a':[1,2],'b':'<[1,2]>',"
		     "'c':{'e':0},'incident':true}}",
	"Meta keeps values"},
    {"[event]\n" TYPE "Extra all = ${body}\nExtra n = ${body/a}\n", "{'a':1.0}",
	CREATE TITLE ",'all':{'a':1.0},'n':1.0" META, "extra members"},
    {"[event]\nevent_type = ${body/k}\nId = i\nTitle = t\nTag = g\nMeta m = "
     "n\n",
	"{'k':'resolve'}", "{'event_type':'resolve','Id':'i'}",
	"a resolve is its Id alone"},
    {"[event]\nevent_type = ${body/k}\nId = i\n", "{'k':'Resolve '}",
	"{'event_type':'Resolve ','Id':'i'}", "as event_parse() has it"},
    {"[event]\nevent_type = ${body/k}\n", "{}", "{}", "no type, no event"},
    {"[skip]\nwhen = body/a is x y\n[event]\nwhen = body/a has\n" TYPE
     "Id = has\n[event]\n" TYPE "Id = lacks\n",
	"{'a':'z'}", CREATE ",'Id':'has'" TITLE META, "the first that fits"},
    {"[skip]\nwhen = body/a is x y\n[event]\n" TYPE, "{'a':'Y'}", "",
	"is, in any case"},
    {"[event]\nwhen = body/a lacks\n" TYPE "[event]\n" TYPE "Id = b\n",
	"{'a':0}", CREATE ",'Id':'b'" TITLE META, "0 is something"},
    {"[event]\nwhen = body/a is 1\n" TYPE, "{'a':'2'}", "{}", "none fits"},
    {"each = body/l\n[event]\n" TYPE "Id = ${item/i}${body/b}\n",
	"{'l':[{'i':1},2,{'i':3}],'b':'c'}",
	"[" CREATE ",'Id':'1c'" TITLE META "," CREATE TITLE META "," CREATE
	",'Id':'3c'" TITLE META "]",
	"one event for each"},
    {"each = body/l\n[event]\n" TYPE "Id = ${item/i}\n", "{'l':7,'i':5}",
	CREATE ",'Id':'5'" TITLE META, "no array: the body is the item"},
    {"each = body/l\n[event]\n" TYPE, "{'l':[]}", "[]", "an empty one"},
    {"each = body/l\n[skip]\nwhen = item/s has\n[event]\nwhen = item/e "
     "has\n" TYPE,
	"{'l':[{'s':1},{'e':1},{},{'s':2}]}", "[" CREATE TITLE META ",{}]",
	"skipped ones are left out, others in their place"},
    {"parse = body/m\n[event]\n" TYPE "Id = ${inner/a}\nId = ${body/m}\n",
	"{'m':'{\\'a\\':9}'}", CREATE ",'Id':'9'" TITLE META,
	"JSON in a string"},
    {"parse = body/m\n[event]\n" TYPE "Id = ${inner/a}\nId = ${body/m}\n",
	"{'m':'[97%]'}", CREATE ",'Id':'[97%]'" TITLE META, "or none"},
    {"parse = body/m\n[event]\n" TYPE "Id = ${inner/a}\n", "{'a':8}",
	CREATE ",'Id':'8'" TITLE META, "without it, the body"},
    {"parse = body/m\n[event]\n" TYPE "Id = ${inner/a}\n", "{'m':{'a':7}}",
	CREATE ",'Id':'7'" TITLE META, "or what it is"},
};

static void
check(size_t i)
{
	struct translation *t = calloc(1, sizeof(*t));
	struct request req = {.method = "POST", .query = ""};
	struct dialect *d = dialect_of(cases[i].lines);
	char *body = with_quotes(cases[i].body);
	char *want = with_quotes(cases[i].event);
	struct json_value top;
	const char *why;
	size_t at;

	if (ok(d != NULL, "the dialect is sound")) {
		is_int(translate_body(t, d, &req, "", body), OUTCOME_OK,
		    "the body is translated");
		is_bytes(t->events.data == NULL ? "" : t->events.data,
		    t->events.len, want, cases[i].name);
		if (t->events.len > 0)
			ok(json_scan(&top, t->events.data, t->events.len, &why,
			       &at) == OUTCOME_OK,
			    "which is JSON");
	}
	free(body);
	free(want);
	buf_free(&req.body);
	translation_free(t);
	free(t);
	dialect_free(d);
}

static const struct {
	const char *method, *path;
	enum outcome want;
	const char *id, *allow;
	const char *name;
} routes[] = {
    {"POST", "v2/a", OUTCOME_OK, "plain", NULL, "a path"},
    {"POST", "v2/a/", OUTCOME_OK, "plain", NULL, "one slash more"},
    {"POST", "v2/a//", OUTCOME_NOT_FOUND, NULL, NULL, "not two"},
    {"POST", "v2/b/1/close", OUTCOME_OK, "1", NULL, "a name in the path"},
    {"POST", "v2/b/1/2 3/close", OUTCOME_OK, "1/2 3", NULL, "of any text"},
    {"POST", "v2/b//close", OUTCOME_NOT_FOUND, NULL, NULL, "but not none"},
    {"POST", "v2/b/close", OUTCOME_NOT_FOUND, NULL, NULL, "nor less"},
    {"POST", "v2/b/\xff\"/close", OUTCOME_OK, "\\ufffd\\\"", NULL,
	"what is not UTF-8 is replaced"},
    {"PUT", "v2/a", OUTCOME_OK, "plain", NULL, "another method"},
    {"GET", "v2/a", OUTCOME_BAD_METHOD, NULL, "POST, PUT", "not this one"},
    {"POST", "", OUTCOME_NOT_FOUND, NULL, NULL, "nor the bare URL"},
    {"POST", "v2", OUTCOME_NOT_FOUND, NULL, NULL, "nor half a path"},
};

static void
test_routes(void)
{
	struct translation *t = calloc(1, sizeof(*t));
	struct dialect *d =
	    dialect_of("empty = yes\n[event]\non = POST v2/a\non = PUT v2/a\n"
		       "event_type = resolve\nId = plain\n"
		       "[event]\non = POST v2/b/{id}/close\n"
		       "event_type = resolve\nId = ${url/id}\n");
	struct request req = {.query = ""};
	char want[100];

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		req.method = routes[i].method;
		is_int(translate_body(t, d, &req, routes[i].path, ""),
		    routes[i].want, routes[i].name);
		if (routes[i].allow != NULL)
			is_str(t->allow, routes[i].allow, "they are told");
		if (routes[i].want != OUTCOME_OK)
			continue;
		snprintf(want, sizeof(want),
		    "{\"event_type\":\"resolve\",\"Id\":\"%s\"}", routes[i].id);
		is_bytes(t->events.data, t->events.len, want, "and its Id");
	}
	buf_free(&req.body);
	translation_free(t);
	free(t);
	dialect_free(d);
}

static void
test_strings(void)
{
	struct translation *t = calloc(1, sizeof(*t));
	struct dialect *d = dialect_of("[event]\nevent_type = resolve\n"
				       "Id = ${query/a b} ${header/x-k}\n"
				       "Id = ${query/a b}\nId = none\n");
	char header[] = "HTTP_X_K=v\"", *env[] = {header, NULL};
	struct request req = {.method = "POST", .env = env};

	req.query = "x=1&a b=2%22";
	translate_body(t, d, &req, "", "{}");
	is_bytes(t->events.data, t->events.len,
	    "{\"event_type\":\"resolve\",\"Id\":\"2\\\" v\\\"\"}",
	    "query and headers");
	env[0] = NULL;
	translate_body(t, d, &req, "", "{}");
	is_bytes(t->events.data, t->events.len,
	    "{\"event_type\":\"resolve\",\"Id\":\"2\\\"\"}", "one is missing");
	req.query = "a b=%20";
	translate_body(t, d, &req, "", "{}");
	is_bytes(t->events.data, t->events.len,
	    "{\"event_type\":\"resolve\",\"Id\":\"none\"}", "one is blank");
	buf_free(&req.body);
	translation_free(t);
	free(t);
	dialect_free(d);
}

static void
test_content(void)
{
	struct dialect *json = dialect_of("[event]\n" TYPE);
	struct dialect *form =
	    dialect_of("content = any form\n[event]\n" TYPE "Id = ${body/a}\n");
	struct translation *t = calloc(1, sizeof(*t));
	struct request req = {.method = "POST", .query = ""};

	ok(translate_accepts(json, "application/json; charset=x"), "JSON");
	ok(!translate_accepts(json, "text/plain"), "nothing else");
	ok(!translate_accepts(json, NULL), "nor no type");
	ok(translate_accepts(form, NULL), "any does not look");
	req.content_type = "application/x-www-form-urlencoded";
	is_int(translate_body(t, form, &req, "", "a=1&a=2"), OUTCOME_OK,
	    "a form");
	ok(memmem(t->events.data, t->events.len, "\"Id\":\"2\"", 8) != NULL,
	    "of two of a name, the last");
	is_int(translate_body(t, form, &req, "", " {\"a\":3}"), OUTCOME_OK,
	    "JSON under that type");
	ok(memmem(t->events.data, t->events.len, "\"Id\":\"3\"", 8) != NULL,
	    "is JSON");
	is_int(translate_body(t, json, &req, "", ""), OUTCOME_BAD_JSON,
	    "an empty body is none");
	req.content_type = "multipart/form-data; boundary=x";
	is_int(translate_body(t, form, &req, "",
		   "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
		   "4\r\n--x--\r\n"),
	    OUTCOME_OK, "a form in parts");
	ok(memmem(t->events.data, t->events.len, "\"Id\":\"4\"", 8) != NULL,
	    "is an object, too");
	is_int(translate_body(t, form, &req, "", "--x\r\n"), OUTCOME_BAD_JSON,
	    "one that does not end is none");
	is_int(translate_body(t, form, &req, "", "{\"a\":5}"), OUTCOME_OK,
	    "JSON under its type is JSON");
	req.content_type = NULL;
	is_int(translate_body(t, form, &req, "", "a=1"), OUTCOME_BAD_JSON,
	    "nor is a form without its type");
	buf_free(&req.body);
	translation_free(t);
	free(t);
	dialect_free(json);
	dialect_free(form);
}

/* The events of a body of n elements that each copy what all share. */
static enum outcome
copies(struct dialect *d, struct translation *t, const char *shared, size_t n)
{
	struct request req = {.method = "POST", .query = ""};
	struct buf b = {.max = 1 << 24};
	enum outcome res;

	buf_printf(&b, "{\"s\":%s,\"l\":[0", shared);
	for (size_t i = 1; i < n; i++)
		buf_puts(&b, ",0");
	buf_append(&b, "]}", 3);
	res = translate_body(t, d, &req, "", b.data);
	buf_free(&req.body);
	buf_free(&b);
	return res;
}

/* A member that all events copy must not make them much longer. */
static void
test_bounds(void)
{
	struct translation *t = calloc(1, sizeof(*t));
	struct dialect *text = dialect_of(
	    "each = body/l\n[event]\n" TYPE "Id = i\nTitle = ${body/s}\n");
	struct dialect *meta =
	    dialect_of("each = body/l\n[event]\n" TYPE "Meta s = ${body/s}\n");
	struct dialect *tags = dialect_of(
	    "each = body/l\n[event]\n" TYPE "Tag each body/s = ${value/x}\n");
	size_t limit = 3 * BODY_MAX_BYTES + 65536 + 1000;
	char s[1002];

	memset(s, 'a', sizeof(s));
	s[0] = s[1000] = '"';
	s[1001] = '\0';
	is_int(copies(text, t, s, 10), OUTCOME_OK, "a few copies");
	is_int(copies(text, t, s, 1000), OUTCOME_TOO_LARGE, "too many");
	ok(t->events.len < limit, "are not made");
	is_int(copies(meta, t, s, 1000), OUTCOME_TOO_LARGE, "nor in Meta");
	ok(t->events.len < limit, "neither");
	s[0] = '[';
	s[1000] = ']';
	for (size_t i = 1; i < 1000; i++)
		s[i] = i % 2 == 1 ? '0' : ',';
	is_int(copies(tags, t, s, 10), OUTCOME_OK, "what yields nothing");
	is_int(copies(tags, t, s, 4000), OUTCOME_TOO_LARGE,
	    "is not walked for ever");
	is_int(copies(meta, t, "1", 5000), OUTCOME_TOO_LARGE,
	    "5000 that do not fit");
	is_int(copies(meta, t, "1", 5001), OUTCOME_INVALID, "5001 at all");
	translation_free(t);
	free(t);
	dialect_free(text);
	dialect_free(meta);
	dialect_free(tags);
}

/* Return whether the events have this text in them. */
static bool
has(const struct translation *t, const char *text)
{
	return memmem(t->events.data, t->events.len, text, strlen(text)) !=
	    NULL;
}

static void
test_values(void)
{
	struct translation *t = calloc(1, sizeof(*t));
	struct dialect *d =
	    dialect_of("[event]\n" TYPE "Id = ${body/i}\nMeta d = ${body/d}\n"
		       "Meta \"l = ${body/l}\n"
		       "Extra e = ${body/l}\n");
	struct request req = {.method = "POST", .query = ""};
	struct buf b = {.max = 1 << 24};

	buf_puts(&b, "{\"i\":\"");
	for (size_t i = 0; i < 1025; i++)
		buf_puts(&b, "\\u0061");
	buf_puts(&b, "\",\"d\":");
	for (size_t i = 0; i < 29; i++)
		buf_puts(&b, "[");
	for (size_t i = 0; i < 29; i++)
		buf_puts(&b, "]");
	buf_puts(&b, ",\"l\":\"");
	for (size_t i = 0; i < 65536; i++)
		buf_puts(&b, "x");
	buf_append(&b, "\"}", 3);
	is_int(translate_body(t, d, &req, "", b.data), OUTCOME_OK,
	    "large values");
	ok(has(t,
	       "\"Id\":\"sha256:"
	       "4a82297889eb505cf6b5cbdf69977afab4632d6557539782f657bd7dc78091a"
	       "5"
	       "\""),
	    "an Id of 1025 characters becomes its hash");
	ok(has(t, "\"dropped\":[\"e\",\"d\",\"\\\"l\"]"),
	    "what is too long or too deep is named");
	ok(!has(t, "xx") && !has(t, "[["), "and left out");
	buf_free(&b);
	buf_free(&req.body);
	translation_free(t);
	free(t);
	dialect_free(d);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i);
	test_routes();
	test_strings();
	test_content();
	test_bounds();
	test_values();
	return done_testing();
}
