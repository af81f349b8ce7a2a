/* SPDX-License-Identifier: ISC */
#include "form.h"
#include "tap.h"

static const struct {
	const char *form, *want, *name;
} cases[] = {
    {"token=abc", "abc", "a field alone"},
    {"a=1&token=abc&b=2", "abc", "among others"},
    {"token=", "", "an empty one"},
    {"token=a&token=b", "a", "of two the first"},
    {"token=a+b%20c%2B", "a b c+", "what is encoded is decoded"},
    {"token=%e2%82%aC", "\xe2\x82\xac", "in either case"},
    {"token=a=b", "a=b", "the first = ends the name"},
    {"&&token=x&", "x", "empty fields are passed over"},
    {"", NULL, "no field in nothing"},
    {"token", NULL, "nor in a name alone"},
    {"tokens=a", NULL, "a longer name is another"},
    {"oken=a", NULL, "so is a shorter one"},
    {"Token=a", NULL, "names have a case"},
    {"x=token=a", NULL, "a value is no name"},
    {"token=%", NULL, "a % needs two digits"},
    {"token=%4", NULL, "not one"},
    {"token=%4g", NULL, "and of hexadecimal ones"},
    {"token=a%00b", NULL, "a NUL would end the value"},
    {"token=12345678", NULL, "too long is none"},
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
		is_int(rc, cases[i].want == NULL ? -1 : 0, cases[i].name);
		is_str(value, cases[i].want == NULL ? "" : cases[i].want,
		    "and its value");
	}
	is_int(form_field((struct slice){NULL, 0}, "token", value, 8), -1,
	    "no form has no fields");
	is_int(form_field((struct slice){"token=1234567", 13}, "token", value,
		   8),
	    0, "what just fits is taken");
	is_int(form_field((struct slice){"token=a%41", 9}, "token", value, 8),
	    -1, "nothing is read beyond the end");
	return done_testing();
}
