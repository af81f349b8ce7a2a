/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "json/json.h"
#include "tap.h"

/* Single quotes stand for double ones, so that JSON stays readable. */
static char *
json_text(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static enum outcome
scan(struct json_value *top, char *text, size_t len)
{
	const char *why;
	size_t at;

	return json_scan(top, text, len, &why, &at);
}

static void
test_members(void)
{
	static const struct {
		enum json_kind type;
		const char *key, *text;
	} want[] = {{JSON_NULL, "a", "null"}, {JSON_BOOL, "b\\n", "true"},
	    {JSON_NUMBER, "", "-1.5e3"}, {JSON_STRING, "s", "\"x\\\"}\""},
	    {JSON_ARRAY, "l", "[1, {\"]\": [ ]}]"},
	    {JSON_OBJECT, "o", "{\"o\" : {}}"}, {JSON_BOOL, "a", "false"}};
	char *text = json_text(" {'a':null,'b\\n' : true ,\n'':-1.5e3,'s':"
			       "'x\\\"}','l':[1, {']': [ ]}] , 'o':{'o' : {}}"
			       ",'a':false } ");
	struct json_list list = {0};
	struct json_member m;
	struct json_value top;
	struct slice rest;

	is_int(scan(&top, text, strlen(text)), OUTCOME_OK,
	    "an object is taken");
	is_int(top.type, JSON_OBJECT, "the top is known for an object");
	is_int((int)top.text.len, (int)strlen(text) - 2,
	    "white space around the top is cut off");
	for (rest = top.text; json_next(&rest, &m);)
		json_list_add(&list, &m);
	is_int((int)list.n, 7, "every member is walked, also a second key");
	for (size_t i = 0; i < list.n && i < 7; i++) {
		m = list.members[i];
		is_int(m.value.type, want[i].type, "a member's type is known");
		is_bytes(m.key.p, m.key.len, want[i].key,
		    "its key comes without quotes, as it is written");
		is_bytes(m.value.text.p, m.value.text.len, want[i].text,
		    "its value comes without white space around it");
	}
	json_list_free(&list);
	free(text);
}

static void
test_elements(void)
{
	static const char *const want[] = {"1", "\"a\"", "[2]", "{\"k\":3}"};
	char *text = json_text("[ 1 , 'a', [2] ,{'k':3}]");
	struct json_value top;
	struct json_member m;
	struct slice rest;
	size_t n = 0;

	scan(&top, text, strlen(text));
	for (rest = top.text; json_next(&rest, &m) && n < 4; n++) {
		ok(m.key.p == NULL, "an element has no key");
		is_bytes(m.value.text.p, m.value.text.len, want[n],
		    "but its text");
	}
	is_int((int)n, 4, "every element of an array is walked");
	free(text);
	text = json_text("[");
	scan(&top, text, 1);
	ok(top.text.p == NULL, "a document that is refused has no top");
	free(text);
	text = json_text(" 12 ");
	scan(&top, text, 4);
	is_bytes(top.text.p, top.text.len, "12", "a scalar has its text");
	free(text);
}

static void
test_many(void)
{
	const size_t n = 100000;
	char *text = malloc(2 * n + 1);
	struct slice rest;
	struct json_member m;
	struct json_value top;
	size_t walked = 0;

	for (size_t i = 0; i < n; i++)
		memcpy(text + 2 * i, ",7", 2);
	text[0] = '[';
	text[2 * n] = ']';
	is_int(scan(&top, text, 2 * n + 1), OUTCOME_OK, "100000 elements");
	for (rest = top.text; json_next(&rest, &m); walked++)
		if (m.value.text.len != 1 || *m.value.text.p != '7')
			break;
	is_int((int)walked, (int)n, "can all be walked");
	ok(!json_next(&rest, &m), "a walk that has ended stays at its end");
	free(text);
}

static void
test_compact(void)
{
	static const char *const cases[][2] = {{"[]", "[]"},
	    {" [ 1 ,\t2\r\n] ", "[1,2]"},
	    {"{ 'a' : ' b  c ' }", "{'a':' b  c '}"},
	    {"{'a' :'\\' : ' , 'b\\\\' : 1 }", "{'a':'\\' : ','b\\\\':1}"},
	    {"[ 'x' , { } ]", "['x',{}]"}, {"'  '", "'  '"}};
	struct buf b = {.max = 1000};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *in = json_text(cases[i][0]),
		     *want = json_text(cases[i][1]);

		buf_reset(&b);
		json_compact(&b, (struct slice){in, strlen(in)});
		is_bytes(b.data, b.len, want,
		    "white space goes between tokens and stays in strings");
		free(in);
		free(want);
	}
	buf_free(&b);
}

static void
test_quote(void)
{
	struct buf b = {.max = 1000}, twice = {.max = 4000};
	char all[256];
	struct json_value top;

	json_quote(&b, SLICE(""));
	is_bytes(b.data, b.len, "\"\"", "nothing is quoted as an empty string");
	buf_reset(&b);
	json_quote(&b, SLICE("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9"));
	is_bytes(b.data, b.len,
	    "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\"",
	    "each byte is escaped in the shortest way");
	for (int i = 0; i < 128; i++)
		all[i] = (char)i;
	buf_reset(&b);
	json_quote(&b, (struct slice){all, 128});
	is_int(scan(&top, b.data, b.len), OUTCOME_OK, "it is JSON in any case");
	json_quote(&twice, (struct slice){b.data, b.len});
	is_int(scan(&top, twice.data, twice.len), OUTCOME_OK,
	    "also when it is quoted again");
	buf_free(&b);
	buf_free(&twice);
}

static double
seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* A scanner whose time grows faster than its input fails here. */
static void
test_time(void)
{
	static const char *const fill[] = {"[", "\"", "\\\"", "\\\\",
	    "\xc3\xa9", "1", " ", "\"\":[],", "{\"a\":", "\\ud83d", "0,",
	    "\\u0000"};
	const size_t len = 2 * 1024 * 1024;
	char *text = malloc(len);
	struct json_value top;
	double worst = 0;

	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++)
		for (int head = 0; head < 3; head++) {
			const char *start =
			    (const char *[]){"[", "{", "[\""}[head];
			size_t unit = strlen(fill[i]), at = strlen(start);
			double begin, took;

			memcpy(text, start, at);
			for (; at + unit <= len; at += unit)
				memcpy(text + at, fill[i], unit);
			begin = seconds();
			scan(&top, text, at);
			took = seconds() - begin;
			worst = took > worst ? took : worst;
		}
	if (!ok(worst < 0.5, "2 MiB of any kind are judged at once"))
		printf("# took %.3f s\n", worst);
	free(text);
}

static void
test_depth(void)
{
	static const struct {
		const char *text;
		int depth;
	} values[] = {{"7", 0}, {"'[[['", 0}, {"[]", 1}, {"[1,[2],[]]", 2},
	    {"{'a{':'\\'[','b':[{'c':[ ]}]}", 4}};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char *text = json_text(values[i].text);

		is_int((int)json_depth((struct slice){text, strlen(text)}),
		    values[i].depth, values[i].text);
		free(text);
	}
}

int
main(void)
{
	test_members();
	test_elements();
	test_many();
	test_compact();
	test_depth();
	test_quote();
	test_time();
	return done_testing();
}
