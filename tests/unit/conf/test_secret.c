/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "conf/secret.h"
#include "tap.h"

/* S stands for the stars that replace a secret. */
#define S "********"

static const struct {
	const char *text;
	const char *want; /* NULL: the same, for there is no secret */
	const char *name;
} cases[] = {
    {"", NULL, "nothing"},
    {"host=x user=y dbname=z", NULL, "a conninfo without a password"},
    {"password=abc", "password=" S, "a password alone"},
    {"host=x password=abc user=y", "host=x password=" S " user=y",
	"a password between others"},
    {"password = abc user=y", "password = " S " user=y",
	"white space about the equals sign"},
    {"password='a b' user=y", "password=" S " user=y",
	"a quoted password with a blank"},
    {"password='a\\' b' user=y", "password=" S " user=y",
	"a quoted password with a quote"},
    {"password=a\\ b user=y", "password=" S " user=y",
	"a password with an escaped blank"},
    {"password='never closed user=y", "password=" S,
	"a quote that is never closed"},
    {"sslpassword=abc", "sslpassword=" S, "the password of a key"},
    {"passfile=/etc/pass", NULL, "the path of a password file"},
    {"sslkey=/etc/key", NULL, "the path of a key"},
    {"oauth_client_secret=abc", "oauth_client_secret=" S,
	"the secret of a client"},
    {"password=", NULL, "an empty password"},
    {"user='password=x'", NULL, "the word in another value"},
    {"host x = = password=abc", "host x = = password=" S,
	"a conninfo that libpq would refuse"},
    {"postgresql://h/db", NULL, "a URI without a user"},
    {"postgresql://u@h:5432/db", NULL, "a URI with a user"},
    {"postgresql://u:pw@h:5432/db", "postgresql://u:" S "@h:5432/db",
	"a URI with a password"},
    {"postgres://:pw@h", "postgres://:" S "@h", "a password without a user"},
    {"postgres://u:p/w@x@h", "postgres://u:" S "@h",
	"a password with a slash and an at"},
    {"postgres://h1:1,h2:2/db?user=u@x", NULL,
	"ports of two hosts, and an at in the query"},
    {"postgres://h/?password=pw&user=u", "postgres://h/?password=" S "&user=u",
	"a password in the query"},
    {"postgres://u:p@h?a&b=c&sslpassword=q",
	"postgres://u:" S "@h?a&b=c&sslpassword=" S, "two passwords in a URI"},
    {"postgres://h/?pass%77ord=pw&%75ser=u",
	"postgres://h/?pass%77ord=" S "&%75ser=u", "an encoded key"},
    {"postgres://h?%70%61%73%73%77%6F%72%64=pw",
	"postgres://h?%70%61%73%73%77%6F%72%64=" S, "all of it encoded"},
    {"postgres://h?passwor%64=p%77&ssl%70assword=q",
	"postgres://h?passwor%64=" S "&ssl%70assword=" S, "its end, twice"},
    {"postgres://h?a%zz=b&c%4=d&e%=f",
	"postgres://h?a%zz=" S "&c%4=" S "&e%=" S,
	"an encoding that libpq would refuse"},
    {"postgres://h?p%2561ssword=x", "postgres://h?p%2561ssword=" S,
	"one that is encoded twice"},
    {"postgres://h?password", NULL, "a query without a value"},
};

int
main(void)
{
	const char *want;
	char name[128];
	char *got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		want = cases[i].want;
		got = secret_mask(cases[i].text);
		snprintf(name, sizeof(name), "%s: %s", cases[i].name,
		    want == NULL ? "nothing is hidden"
				 : "the secret is hidden");
		is_str(got, want == NULL ? cases[i].text : want, name);
		free(got);
		snprintf(name, sizeof(name), "%s: %s", cases[i].name,
		    want == NULL ? "no secret is found" : "it is found");
		ok(secret_present(cases[i].text) == (want != NULL), name);
	}
	return done_testing();
}
