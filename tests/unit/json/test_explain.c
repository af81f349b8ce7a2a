/* SPDX-License-Identifier: ISC */
#include "json/explain.h"

#include <stdlib.h>

#include "json/json.h"
#include "tap.h"

#define T(s) s, sizeof(s) - 1

/* A text, the slip that is likely in it and where; ' stands for ". */
static const struct {
	const char *text;
	size_t len;
	const char *slip; /* NULL: none */
	const char *place;
} cases[] = {
    {T(""), NULL, "line 1, column 1 (offset 0)"},
    {T("{'a':1,}"), "remove the comma before it",
	"line 1, column 8 (offset 7)"},
    {T("['a',\r\n  ]"), "remove the comma before it",
	"line 2, column 3 (offset 9)"},
    {T("[1,,2]"), "remove the comma before it", "column 4"},
    {T("{'a': ,'b':1}"), "a value is missing; was a variable empty?",
	"column 7"},
    {T("{'a':}"), "a value is missing; was a variable empty?", "column 6"},
    {T("{`a`:1}"), "use double quotes, not single ones", "column 2"},
    {T("{'a':`b`}"), "use double quotes, not single ones", "column 6"},
    {T("{a:1}"), "put the key in double quotes", "column 2"},
    {T("{'a':1, b_c : 2}"), "put the key in double quotes", "column 9"},
    {T("{'a':b}"), "put text in double quotes", "column 6"},
    {T("{'a':'say 'hi''}"), "write a double quote in a string as \\\"",
	"column 12"},
    {T("{'a':'x\ny'}"), "write a line break in a string as \\n",
	"line 1, column 8"},
    {T("{'a':'x\r\ny'}"), "write a line break in a string as \\n", "column 8"},
    {T("{'a':'x\ty'}"), "write a tab in a string as \\t", "column 8"},
    {T("{'a':'C:\\dir'}"), "write a backslash in a string as \\\\", "column 9"},
    {T("{\\'a\\':1}"), "outside a string, a quote has no backslash",
	"column 2"},
    {T("\xef\xbb\xbf{}"), "send it without the byte order mark", "column 1"},
    {T("\xff\xfe{\0}\0"), "it is UTF-16; send UTF-8", "column 1"},
    {T("\xfe\xff\0{\0}"), "it is UTF-16; send UTF-8", "column 1"},
    {T("{\0}\0"), "it is UTF-16; send UTF-8", "column 2"},
    {T("\0{\0}"), "it is UTF-16; send UTF-8", "column 1"},
    {T("\x1f\x8b\x08\0\0"), "it is compressed with gzip; send it as it is",
	"column 1"},
    {T("\x78\x9c\xab"), "it is compressed with zlib; send it as it is",
	"column 1"},
    {T("\x28\xb5\x2f\xfd\x04"), "it is compressed with zstd; send it as it is",
	"column 1"},
    {T("{'a':'b"), "was it cut short?", "column 8 (offset 7)"},
    {T("{'a':1"), "was it cut short?", "column 7"},
    {T("{"), "was it cut short?", "column 2"},
    {T("event_type=create&Id=x"), "it looks like a form; send JSON",
	"column 1"},
    {T("payload=%7B%7D"), "it looks like a form; send JSON", "column 1"},
    {T("--x\r\nContent-Disposition: form-data"),
	"it looks like a form; send JSON alone", "column 2"},
    {T("<alert/>"), "it looks like XML or HTML", "column 1"},
    {T("{'a':True}"), "write true", "column 6"},
    {T("{'a':False}"), "write false", "column 6"},
    {T("{'a':None}"), "write null", "column 6"},
    {T("{'a':NaN}"), "JSON has no NaN; write null", "column 6"},
    {T("[Infinity]"), "JSON has no infinity; write null", "column 2"},
    {T("[1] // a"), "JSON has no comments", "column 5"},
    {T("# a\n{}"), "JSON has no comments", "column 1"},
    {T("{'a':{{ x }}}"), "is it a template that was not filled in?",
	"column 7"},
    {T("{'a':%x%}"), "is it a template that was not filled in?", "column 6"},
    {T("{} {}"), "send several events as one array", "column 4"},
    {T("{\xe2\x80\x9c"
       "a\xe2\x80\x9d:1}"),
	"use straight double quotes, not typographic ones", "column 2"},
    {T("{\xc2\xa0'a':1}"), "it is a no-break space; use a plain one",
	"column 2"},
    {T("{'\xc3\xa4\xe2\x82\xac':}"),
	"a value is missing; was a variable empty?", "column 7 (offset 9)"},
    {T("['\xe4']"), NULL, "column 3 (offset 2)"},
    {T("[1 2]"), NULL, "column 4"},
    {T("[01]"), NULL, "column 4"},
    {T("{1:2}"), "put the key in double quotes", "column 2"},
    {T("}"), NULL, "column 1"},
    {T("\n\n {'a'\n 1}"), NULL, "line 4, column 2 (offset 9)"},
};

/* Explain an exact copy, so that sanitizers notice reads past its end. */
static void
check(size_t i)
{
	char *copy = malloc(cases[i].len + (cases[i].len == 0));
	struct slice text = {copy, cases[i].len};
	char got[JSON_EXPLAIN_BYTES], place[64];
	struct json_value top;
	const char *why = NULL;
	size_t at = 0;

	memcpy(copy, cases[i].text, cases[i].len);
	for (size_t k = 0; k < text.len; k++)
		if (copy[k] == '\'')
			copy[k] = '"';
		else if (copy[k] == '`')
			copy[k] = '\'';
	is_int(json_scan(&top, copy, text.len, &why, &at), OUTCOME_BAD_JSON,
	    "a text is no JSON");
	is_str(json_slip(text, at), cases[i].slip, "its slip is found");
	json_explain(got, text, why, at);
	snprintf(place, sizeof(place), "%s", cases[i].place);
	ok(strncmp(got, why, strlen(why)) == 0 && strstr(got, place) != NULL &&
		(cases[i].slip == NULL || strstr(got, cases[i].slip) != NULL),
	    got);
	free(copy);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i);
	return done_testing();
}
