/* SPDX-License-Identifier: ISC */
#include "http/form.h"
#include "tap.h"

static const struct {
	const char *form, *want, *name;
	int rc;
} cases[] = {
    {"token=abc", "abc", "a field alone", 0},
    {"a=1&token=abc&b=2", "abc", "among others", 0},
    {"token=", "", "an empty one", 0},
    {"token=a&token=b", "a", "of two the first", 0},
    {"token=a+b%20c%2B", "a b c+", "what is encoded is decoded", 0},
    {"token=%e2%82%aC", "\xe2\x82\xac", "in either case", 0},
    {"token=a=b", "a=b", "the first = ends the name", 0},
    {"&&token=x&", "x", "empty fields are passed over", 0},
    {"", NULL, "no field in nothing", -1},
    {"token", NULL, "nor in a name alone", -1},
    {"tokens=a", NULL, "a longer name is another", -1},
    {"oken=a", NULL, "so is a shorter one", -1},
    {"Token=a", NULL, "names have a case", -1},
    {"x=token=a", NULL, "a value is no name", -1},
    {"token=%", NULL, "a % needs two digits", -2},
    {"token=%4", NULL, "not one", -2},
    {"token=%4g", NULL, "and of hexadecimal ones", -2},
    {"token=a%00b", NULL, "a NUL would end the value", -2},
    {"token=12345678", NULL, "too long is none", -2},
};

/* Single quotes stand for double ones in what is wanted. */
static const struct {
	const char *form, *want, *name;
} objects[] = {
    {"", "{}", "no fields are an empty object"},
    {"&&", "{}", "nor are empty ones any"},
    {"a=1&b=", "{'a':'1','b':''}", "fields are strings"},
    {"a=1&a=2", "{'a':'1','a':'2'}", "two of a name stay two"},
    {"a&=b", "{'a':'','':'b'}", "either side may be missing"},
    {"a=b=c", "{'a':'b=c'}", "the first = ends the name"},
    {"a+b=%20%22%5C%0a", "{'a b':' \\'\\\\\\n'}", "values are quoted"},
    {"a=100%&b=%4", "{'a':'100%','b':'%4'}", "a lone % stands for itself"},
    {"a=%e9t%C3%A9", "{'a':'\\ufffdt\xc3\xa9'}", "Latin-1 is replaced"},
    {"a=%00%ed%a0%80", "{'a':'\\u0000\\ufffd\\ufffd\\ufffd'}",
	"and so is all that is not UTF-8"},
};

static void
test_json(size_t i)
{
	struct buf b = {.max = 6 * strlen(objects[i].form) + 7};
	char want[100];
	size_t n;

	for (n = 0; objects[i].want[n] != '\0'; n++)
		want[n] = objects[i].want[n] == '\'' ? '"' : objects[i].want[n];
	want[n] = '\0';
	form_json(&b, slice_of(objects[i].form));
	ok(!b.failed, "it keeps to its bound");
	is_bytes(b.data, b.len, want, objects[i].name);
	buf_free(&b);
}

/*
 * Forms in parts, ~ being the end of a line and D the header that names one;
 * NULL: not well formed.
 */
static const struct {
	const char *type, *form, *want, *name;
} parts[] = {
    {"boundary=b", "--b~D: name='a'~~1~--b~D: name='c'~~~--b--~",
	"{'a':'1','c':''}", "parts are fields"},
    {"charset=x; Boundary='b c'", "--b c~D: name='a'~~1~--b c--", "{'a':'1'}",
	"the boundary may be quoted"},
    {"boundary=b", "note~--b~D: name=a~~1~--b--~the end", "{'a':'1'}",
	"what stands around them is nothing"},
    {"boundary=b",
	"--b~content-type: text/plain~D: filename='x'; name='a'~E: f~~1~--b--",
	"{'a':'1'}", "other headers are left out"},
    {"boundary=b", "--b~D: name='a'~~--b ~-b~~{}~--b--", NULL,
	"a boundary ends a part anywhere"},
    {"boundary=b", "--b~D: name='a'~~1~~2--b~\xff~--b--",
	"{'a':'1\\r\\n\\r\\n2--b\\r\\n\\ufffd'}",
	"values have lines, any bytes"},
    {"boundary=b", "--b~D: form-data~~1~--b~~~2~--b--", "{}",
	"a part without a name is left out"},
    {"boundary=b", "--b--", "{}", "there may be none"},
    {"boundary=b", "", NULL, "an empty body has no end"},
    {"boundary=b", "--b~D: name='a'~~1", NULL, "nor has one that was cut"},
    {"boundary=b", "--b~D: name='a'~--b--", NULL, "a part has an empty line"},
    {"boundary=", "--~D: name='a'~~1~----", NULL, "a boundary is not empty"},
    {"charset=x", "--b--", NULL, "nor missing"},
    {"boundary=12345678901234567890123456789012345678901234567890"
     "123456789012345678901",
	"", NULL, "nor longer than 70 bytes"},
};

/* Write text with its signs replaced. */
static void
spell(char to[400], const char *text)
{
	to[0] = '\0';
	for (; *text != '\0'; text++) {
		const char sign[2] = {*text, '\0'};

		strcat(to,
		    *text == '~'        ? "\r\n"
			: *text == '\'' ? "\""
			: *text == 'D'  ? "Content-Disposition"
					: sign);
	}
}

static void
test_parts(size_t i)
{
	char type[400] = "multipart/form-data; ", form[400], want[400];
	struct buf b = {0};
	int rc;

	spell(type + strlen(type), parts[i].type);
	spell(form, parts[i].form);
	b.max = 6 * strlen(form) + 7;
	rc = form_parts_json(&b, slice_of(form), type);
	ok(!b.failed, "it keeps to its bound");
	is_int(rc, parts[i].want == NULL ? -1 : 0, parts[i].name);
	if (rc == 0 && parts[i].want != NULL) {
		spell(want, parts[i].want);
		is_bytes(b.data, b.len, want, "and so are its fields");
	}
	buf_free(&b);
}

int
main(void)
{
	char value[8];
	int rc;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rc = form_field((struct slice){cases[i].form,
				    strlen(cases[i].form)},
		    "token", value, sizeof(value));
		is_int(rc, cases[i].rc, cases[i].name);
		is_str(value, cases[i].want == NULL ? "" : cases[i].want,
		    "and its value");
	}
	is_int(form_field((struct slice){NULL, 0}, "token", value, 8), -1,
	    "no form has no fields");
	is_int(form_field((struct slice){"token=1234567", 13}, "token", value,
		   8),
	    0, "what just fits is taken");
	is_int(form_field((struct slice){"token=a%41", 9}, "token", value, 8),
	    -2, "nothing is read beyond the end");
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		test_json(i);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		test_parts(i);
	return done_testing();
}
