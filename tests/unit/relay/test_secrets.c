/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay/secrets.h"
#include "tap.h"

static char path[] = "/tmp/secrets.XXXXXX";
static char why[SECRETS_WHY_BYTES];

/* Make the file that the tests read. */
static void
write_file(const char *text, mode_t mode)
{
	FILE *f;

	chmod(path, 0600);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF ||
	    chmod(path, mode) == -1)
		abort();
}

static const struct {
	const char *text;
	const char *want; /* NULL: refused */
	const char *name;
} texts[] = {
    {"https://example.org/a", "https://example.org/a", "a text without any"},
    {"{{secret.pd}}", "R0UT1NG", "a secret alone"},
    {"https://example.org/{{secret.pd}}/{{secret.a.b-c_1}}?x",
	"https://example.org/R0UT1NG/with spaces = and more?x",
	"two secrets within an address"},
    {"{{secret.}}", "{{secret.}}", "a name that is empty is none"},
    {"{{secret.a b}}", "{{secret.a b}}", "nor one with a space"},
    {"{{secret.pd}", "{{secret.pd}", "nor what does not end"},
    {"{{secret.pd", "{{secret.pd", "or just stops"},
    {"{{{secret.pd}}}", "{R0UT1NG}", "braces around it stay"},
    {"{{title}}", "{{title}}", "other placeholders stay"},
    {"{{secret.none}}", NULL, "an unknown secret"},
    {"{{secret.empty}}", NULL, "an empty one"},
    {"{{secret.#pd}}", "{{secret.#pd}}", "a comment"},
};

static const struct {
	const char *body, *paths, *want, *name;
} bodies[] = {
    {"not JSON {{secret.pd}}", NULL, "not JSON {{secret.pd}}",
	"without paths, a body is as it was"},
    {"{\"a\":\"{{secret.pd}}\"}", "[]", "{\"a\":\"{{secret.pd}}\"}",
	"with an empty list, too"},
    {"{\"a\": \"{{secret.pd}}\", \"b\":1}", "[\"/a\"]",
	"{\"a\": \"R0UT1NG\", \"b\":1}", "a leaf gets its value"},
    {"{\"title\":\"{{secret.pd}}\",\"a\":\"{{secret.pd}}\"}", "[\"/a\"]",
	"{\"title\":\"{{secret.pd}}\",\"a\":\"R0UT1NG\"}",
	"a title that looks like one does not"},
    {"{\"b\":{\"x/y\":[\"{{secret.quote}}\"]},\"a\":\"{{secret.pd}}\"}",
	"[\"/a\", \"/b/x~1y/0\", \"/a\"]",
	"{\"b\":{\"x/y\":[\"a\\\"b\\\\\"]},\"a\":\"R0UT1NG\"}",
	"in any order, depth and number, and quoted"},
    {"{\"a\":\"x {{secret.pd}}\"}", "[\"/a\"]", NULL,
	"a leaf that is more than its secret"},
    {"{\"a\":1}", "[\"/a\"]", NULL, "a number"},
    {"{\"a\":1}", "[\"/b\"]", NULL, "no such leaf"},
    {"{\"a\":\"{{secret.none}}\"}", "[\"/a\"]", NULL, "no such secret"},
    {"not JSON", "[\"/a\"]", NULL, "no JSON"},
    {"{\"a\":\"{{secret.pd}}\"}", "[\"a\"]", NULL, "no pointer"},
    {"{\"a\":\"{{secret.pd}}\"}", "{}", NULL, "no list"},
};

static void
check(int rc, const struct buf *out, const char *want, const char *name)
{
	if (want == NULL)
		ok(rc == -1 && why[0] != '\0', name);
	else
		is_bytes(rc == 0 ? out->data : NULL, out->len, want, name);
}

static void
check_all(void)
{
	struct buf out = {.max = 4096};
	struct secrets s;
	int rc;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		secrets_init(&s, path);
		rc = secrets_fill(&s, slice_of(texts[i].text), &out, why);
		check(rc, &out, texts[i].want, texts[i].name);
		buf_reset(&out);
		secrets_free(&s);
	}
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		secrets_init(&s, path);
		rc = secrets_fill_body(&s, slice_of(bodies[i].body),
		    slice_of(bodies[i].paths), &out, why);
		check(rc, &out, bodies[i].want, bodies[i].name);
		buf_reset(&out);
		secrets_free(&s);
	}
	buf_free(&out);
}

/* Return why a secret of the file at that path cannot be had. */
static const char *
refusal(const char *at)
{
	struct buf out = {.max = 64};
	struct secrets s;
	int rc;

	secrets_init(&s, at);
	rc = secrets_fill(&s, SLICE("{{secret.pd}}"), &out, why);
	secrets_free(&s);
	buf_free(&out);
	return rc == 0 ? NULL : why;
}

int
main(void)
{
	char want[SECRETS_WHY_BYTES];
	struct buf out = {.max = 64};
	struct secrets s;

	if (mkstemp(path) == -1)
		abort();
	write_file("# comment\n#pd = no\n\n pd =\tR0UT1NG \r\n"
		   "a.b-c_1 = with spaces = and more\nempty =\n"
		   "quote = a\"b\\",
	    0600);
	check_all();
	secrets_init(&s, path);
	secrets_fill(&s, SLICE("{{secret.pd}}{{secret.quote}}"), &out, why);
	ok(s.used.len == 13 && memcmp(s.used.data, "R0UT1NG\0a\"b\\", 13) == 0,
	    "what was used is noted");
	secrets_free(&s);
	buf_free(&out);
	is_str(refusal(""), "it needs a secret, but relay_secrets is not set",
	    "without a file there are none");
	is_str(refusal("/nowhere"),
	    "could not read relay_secrets, \"/nowhere\": No such file or "
	    "directory",
	    "a missing file is told");
	is_str(refusal("/tmp"),
	    "could not read relay_secrets, \"/tmp\": not a regular file",
	    "so is a directory");
	write_file("pd = 1", 0644);
	snprintf(want, sizeof(want),
	    "could not read relay_secrets, \"%s\": others can read it: chmod "
	    "600 it, or make root its owner with mode 640",
	    path);
	is_str(refusal(path), want, "a file that others can read is refused");
	unlink(path);
	return done_testing();
}
