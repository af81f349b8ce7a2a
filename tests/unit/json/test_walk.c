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
scan(struct json *j, char *text, size_t len)
{
	const char *why;
	size_t at;

	return json_scan(j, text, len, &why, &at);
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
	struct json j = {0};

	is_int(scan(&j, text, strlen(text)), OUTCOME_OK, "an object is taken");
	is_int(j.top.type, JSON_OBJECT, "the top is known for an object");
	is_int((int)j.top.text.len, (int)strlen(text) - 2,
	    "white space around the top is cut off");
	is_int((int)j.n, 7, "every member is noted, also a second of one key");
	for (size_t i = 0; i < j.n && i < 7; i++) {
		struct json_member *m = &j.members[i];

		is_int(m->value.type, want[i].type, "a member's type is noted");
		is_bytes(m->key.p, m->key.len, want[i].key,
		    "its key is noted without quotes, as it is written");
		is_bytes(m->value.text.p, m->value.text.len, want[i].text,
		    "its value is noted without white space around it");
	}
	json_free(&j);
	free(text);
}

static void
test_elements(void)
{
	char *text = json_text("[ 1 , 'a', [2] ,{'k':3}]");
	struct json j = {0};

	scan(&j, text, strlen(text));
	is_int((int)j.n, 4, "every element of an array is noted");
	ok(j.members[3].key.p == NULL, "an element has no key");
	is_bytes(j.members[2].value.text.p, j.members[2].value.text.len, "[2]",
	    "an element's text is noted");
	free(text);
	text = json_text("[");
	scan(&j, text, 1);
	is_int((int)j.n, 0, "a document that is refused leaves no members");
	ok(j.top.text.p == NULL, "nor a top");
	free(text);
	text = json_text(" 12 ");
	scan(&j, text, 4);
	is_bytes(j.top.text.p, j.top.text.len, "12", "a scalar has its text");
	is_int((int)j.n, 0, "and no members");
	json_free(&j);
	free(text);
}

static void
test_many(void)
{
	const size_t n = 100000;
	char *text = malloc(2 * n + 1);
	struct slice rest;
	struct json_member m;
	struct json j = {0};
	size_t walked = 0;

	for (size_t i = 0; i < n; i++)
		memcpy(text + 2 * i, ",7", 2);
	text[0] = '[';
	text[2 * n] = ']';
	is_int(scan(&j, text, 2 * n + 1), OUTCOME_OK, "100000 elements");
	is_int((int)j.n, (int)n, "are all counted");
	is_int((int)j.cap, JSON_NOTED_MAX, "but only the first are noted");
	for (rest = j.top.text; json_next(&rest, &m); walked++)
		if (m.value.text.len != 1 || *m.value.text.p != '7')
			break;
	is_int((int)walked, (int)n, "and all can be walked");
	ok(!json_next(&rest, &m), "a walk that has ended stays at its end");
	json_free(&j);
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
	struct json j = {0};

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
	is_int(scan(&j, b.data, b.len), OUTCOME_OK, "it is JSON in any case");
	json_quote(&twice, (struct slice){b.data, b.len});
	is_int(scan(&j, twice.data, twice.len), OUTCOME_OK,
	    "also when it is quoted again");
	json_free(&j);
	buf_free(&b);
	buf_free(&twice);
}

static double
seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* A scanner that looks at a byte more than once by the length fails here. */
static void
test_time(void)
{
	static const char *const fill[] = {"[", "\"", "\\\"", "\\\\",
	    "\xc3\xa9", "1", " ", "\"\":[],", "{\"a\":", "\\ud83d", "0,",
	    "\\u0000"};
	const size_t len = 2 * 1024 * 1024;
	char *text = malloc(len);
	struct json j = {0};
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
			scan(&j, text, at);
			took = seconds() - begin;
			worst = took > worst ? took : worst;
		}
	if (!ok(worst < 0.5, "2 MiB of any kind are judged at once"))
		printf("# took %.3f s\n", worst);
	json_free(&j);
	free(text);
}

int
main(void)
{
	test_members();
	test_elements();
	test_many();
	test_compact();
	test_quote();
	test_time();
	return done_testing();
}
