/* SPDX-License-Identifier: ISC */
#include "dialect/dialect.h"

#include <stdlib.h>

#include "dialect/builtin.h"
#include "tap.h"

#define HEAD "language = 1\ndialect = x\n"
#define EVENT "[event]\nevent_type = create\n"

static const struct {
	const char *text;
	const char *error; /* "" = none */
	const char *name;
} cases[] = {
    {HEAD EVENT, "", "the least there can be"},
    {"\r\n# c\n language=1 \n\tdialect = x\r\n[ event ]\nevent_type=create", "",
	"white space and comments do not matter"},
    {"", "needs language = 1, dialect = x and an [event]", "nothing"},
    {HEAD, "needs language = 1, dialect = x and an [event]", "no event"},
    {"dialect = x\n" EVENT, "needs language = 1, dialect = x and an [event]",
	"no language"},
    {"language = 2\n", "line 1: this program reads language 1",
	"another language"},
    {"language = 1\ndialect = y\n", "line 2: must be the file's name, x",
	"another name"},
    {"hello\n", "line 1: must be name = value", "no equals sign"},
    {"hello = 1\n", "line 1: unknown line before the first section", "unknown"},
    {HEAD "content = xml\n", "line 3: must be json, any, or any form",
	"a content that is none"},
    {HEAD "content = any form\n" EVENT, "", "a form"},
    {HEAD "method = POST get\n", "line 3: must be methods in upper case",
	"no method"},
    {HEAD "method = POST GET\n", "line 3: GET and HEAD make no event",
	"a method that only asks"},
    {HEAD "empty = maybe\n", "line 3: must be yes or no", "not yes, not no"},
    {HEAD "token = cookie\n", "line 3: an unknown carrier", "no carrier"},
    {HEAD "token = body:routing_key\n", "line 3: an unknown carrier",
	"a body carrier is a pointer"},
    {HEAD "token = header:\n", "line 3: a carrier without a name",
	"a header without a name"},
    {HEAD "each = item/alerts\n",
	"line 3: a pointer must begin with one of: body inner",
	"each is of the body"},
    {HEAD "parse = body/a~b\n", "line 3: ~ must be written as ~0",
	"a pointer with a stray ~"},
    {HEAD "[map]\n",
	"line 3: a map without a name, a second one of that name, or too many",
	"a map without a name"},
    {HEAD "[map m]\na,,b = c\n", "line 4: an empty word", "an empty word"},
    {HEAD "[nosuch]\n", "line 3: an unknown section", "no section"},
    {HEAD "[event]\nId = 1\n", "line 3: this section has no event_type",
	"an event without its type"},
    {HEAD "[event]\n[skip]\n", "line 3: this section has no event_type",
	"in the middle, too"},
    {HEAD EVENT "Id = ${body/id\n", "line 5: ${ without a }", "no end"},
    {HEAD EVENT "Id = ${id}\n",
	"line 5: a pointer must begin with one of: body item inner url query "
	"header",
	"no root"},
    {HEAD EVENT "Id = ${key}\n",
	"line 5: a pointer must begin with one of: body item inner url query "
	"header",
	"key is for Tag each"},
    {HEAD EVENT "Tag each body/a = ${key}:${value/b}\n", "", "there it is"},
    {HEAD EVENT "Id = ${query}\n",
	"line 5: query must be followed by / and a name", "query has names"},
    {HEAD EVENT "Id = ${m(body/a)}\n", "line 5: there is no [map m] above",
	"no map"},
    {HEAD EVENT "Id =\n", "line 5: must not be empty", "an empty template"},
    {HEAD EVENT "Color = red\n", "line 5: an unknown line of a section",
	"an unknown line"},
    {HEAD EVENT "Title x = y\n", "line 5: an unknown line of a section",
	"a word too many"},
    {HEAD EVENT "Meta = y\n", "line 5: must be followed by one name",
	"Meta has a name"},
    {HEAD EVENT "Extra title = y\n", "line 5: is a member of every event",
	"no extra member has the name of another"},
    {HEAD EVENT "Meta dialect = y\n", "line 5: is a member that tocsin adds",
	"no member of Meta hides the dialect"},
    {HEAD EVENT "Meta dropped = y\n", "line 5: is a member that tocsin adds",
	"nor what was dropped"},
    {HEAD EVENT "Tag every body/a = b\n",
	"line 5: must be: Tag, Tag each POINTER or Tag split POINTER",
	"each or split"},
    {HEAD EVENT "Tag split body/a = tab\n",
	"line 5: must be space, comma or semicolon", "a separator"},
    {HEAD EVENT "when = body/a\n",
	"line 5: must be: when = POINTER is WORD ..., has, or lacks",
	"half a condition"},
    {HEAD EVENT "when = body/a is\n",
	"line 5: must be: when = POINTER is WORD ..., has, or lacks",
	"is without a word"},
    {HEAD EVENT "when = body/a has b\n",
	"line 5: must be: when = POINTER is WORD ..., has, or lacks",
	"has with one"},
    {HEAD "[skip]\nId = 1\n", "line 4: this section has on and when only",
	"a skip has no Id"},
    {HEAD "[event]\non = POST a b\nevent_type = create\n",
	"line 4: must be: on = METHOD PATTERN", "a path without spaces"},
    {HEAD "[event]\non = GET a\nevent_type = create\n",
	"line 4: GET and HEAD make no event", "nor is it there"},
    {HEAD "[lookup]\non = GET a\nbody = {}\n[event]\non = POST a\n"
	  "event_type = create\n",
	"", "but a look-up has it"},
    {HEAD "[event]\non = POST a/{\nevent_type = create\n",
	"line 4: { needs a name and a }", "half a name"},
    {HEAD "[event]\non = POST a\nevent_type = create\n[skip]\n",
	"line 6: needs an on line, as another section has one",
	"on everywhere or nowhere"},
    {HEAD "[lookup]\non = GET a\nwhen = body/a has\n",
	"line 5: a [lookup] has no when",
	"a look-up depends on its path alone"},
    {HEAD "[lookup]\nbody = {}\n", "line 3: a [lookup] needs an on line",
	"a look-up has a path"},
    {HEAD EVENT "[answer]\nstatus = 204\n", "line 6: must be 200, 201 or 202",
	"another status"},
    {HEAD EVENT "[answer]\nstatus = 500\n", "line 6: must be 200, 201 or 202",
	"a failure is no answer"},
    {HEAD EVENT "[answer]\nheader X-A: = b\n",
	"line 6: not the name of a header", "a header has letters"},
    {HEAD EVENT "[answer]\nbody = {\"a\":}\n",
	"line 6: not JSON: something that is not a JSON value",
	"a body that is not JSON"},
    {HEAD EVENT "[answer]\nbody = {\"a\":\"${body/b}\"}\n",
	"line 6: a pointer must begin with one of: event request error",
	"an answer repeats nothing of the body"},
    {HEAD EVENT "[answer]\nbody = {\"a\":\"${event/Id}\"}\n", "", "but the Id"},
    {HEAD EVENT "[error]\nstatus 503 = 400\nbody = {}\n",
	"line 6: must be: status 4xx = 4xx", "503 stays"},
    {HEAD EVENT "[error]\nstatus 422 = 200\nbody = {}\n",
	"line 6: must be: status 4xx = 4xx", "an error is one"},
    {HEAD EVENT "[error]\nstatus 422 = 400\n", "status in [error] needs a body",
	"with a body"},
    {HEAD "token = body:/k\n" EVENT "Meta k = ${body/k}\n",
	"line 6: would copy the token", "the token in a template"},
    {HEAD "token = body:/a/k\n" EVENT "Meta k = ${body/a}\n",
	"line 6: would copy the token", "what holds it"},
    {HEAD "token = body:/k\n" EVENT "Meta k = ${item}\n",
	"line 6: would copy the token", "the item may be the body"},
    {HEAD "token = body:/k\n" EVENT "Tag each body = ${key}\n",
	"line 6: would copy the token", "all members"},
    {HEAD EVENT "Meta k = ${body/k}\n[skip]\n", "", "no token, no harm"},
    {HEAD EVENT "Meta k = ${body/k}\n[event]\nevent_type = create\n", "",
	"the same"},
    {HEAD "token = query:k\n" EVENT "Meta k = ${query/k}\n",
	"line 6: would copy the token", "of the query"},
    {HEAD "token = header:X-K\n" EVENT "Meta k = ${header/x-k}\n",
	"line 6: would copy the token", "of a header, in any case"},
    {HEAD EVENT "Meta k = ${header/authorization}\n",
	"line 5: would copy the token", "of any integration"},
    {HEAD EVENT "Id = \xff\n", "line 5: is not UTF-8", "Latin-1"},
    {HEAD EVENT "Id = \x01\n", "line 5: contains a control character",
	"a control character"},
};

static void
check(size_t i)
{
	char error[DIALECT_ERROR_BYTES];
	struct dialect *d = dialect_read(SLICE("x"), cases[i].text,
	    strlen(cases[i].text), error);

	is_str(error, cases[i].error, cases[i].name);
	ok((d != NULL) == (cases[i].error[0] == '\0'), "and it is so");
	dialect_free(d);
}

/* Read n lines behind others, each with a number in its middle. */
static const char *
fault_of(const char *before, const char *line, const char *end, size_t n)
{
	static char error[DIALECT_ERROR_BYTES];
	struct buf b = {.max = 1 << 20};

	buf_puts(&b, before);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%zu%s\n", line, i, end);
	dialect_free(dialect_read(SLICE("x"), b.data, b.len, error));
	buf_free(&b);
	return error;
}

static void
test_limits(void)
{
	static const char section[] = "[event]\nevent_type = create";

	is_str(fault_of(HEAD EVENT, "# ", "", 396), "", "400 lines");
	is_str(fault_of(HEAD EVENT, "# ", "", 397),
	    "line 401: more than 400 lines", "no more");
	is_str(fault_of(HEAD EVENT, "Tag = ${body/a", "}", 96), "",
	    "96 pointers");
	is_str(fault_of(HEAD EVENT, "Tag = ${body/a", "}", 97),
	    "line 101: more than 96 pointers", "no more");
	is_str(fault_of(HEAD, section, "", 64), "", "64 sections");
	is_str(fault_of(HEAD, section, "", 65),
	    "line 131: more than 64 sections", "no more");
	is_str(fault_of(HEAD EVENT, "#", "", 20000), "over 65536 bytes long",
	    "64 KiB");
}

static void
test_builtin(void)
{
	char error[DIALECT_ERROR_BYTES];
	size_t n = 0;

	for (const struct builtin *b = builtins; b->name != NULL; b++, n++) {
		struct dialect *d = dialect_read(slice_of(b->name),
		    (const char *)b->text, b->len, error);

		ok(d != NULL && d->about.len > 0 && d->paste.len > 0 &&
			d->sample.len > 0,
		    b->name);
		dialect_free(d);
	}
	ok(n >= 20, "they are built in");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i);
	test_limits();
	test_builtin();
	return done_testing();
}
