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
	return done_testing();
}
