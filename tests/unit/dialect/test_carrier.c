/* SPDX-License-Identifier: ISC */
#include "dialect/carrier.h"

#include "dialect_fixture.h"

static const struct {
	const char *carriers;
	const char *header; /* NULL = none; else HTTP_NAME=value */
	const char *query, *body;
	const char *want; /* NULL = no token */
	const char *name;
} cases[] = {
    {"bearer", "HTTP_AUTHORIZATION=Bearer abc", "", "{}", "abc", "bearer"},
    {"bearer", "HTTP_AUTHORIZATION=bEARER  a b ", "", "{}", "a b",
	"in any case, and trimmed"},
    {"bearer", "HTTP_AUTHORIZATION=Basic eDp5", "", "{}", NULL,
	"another scheme is none"},
    {"bearer", "HTTP_AUTHORIZATION=Bearers abc", "", "{}", NULL,
	"nor a longer one"},
    {"bearer", "HTTP_AUTHORIZATION=Bearer", "", "{}", NULL, "nor it alone"},
    {"bearer", NULL, "", "{}", NULL, "nor no header"},
    {"scheme:GenieKey", "HTTP_AUTHORIZATION=GenieKey k-1", "", "{}", "k-1",
	"a scheme of one's own"},
    {"basic", "HTTP_AUTHORIZATION=Basic eDpzZXNhbWU=", "", "{}", "sesame",
	"the password"},
    {"basic", "HTTP_AUTHORIZATION=Basic OnNlc2FtZQ==", "", "{}", "sesame",
	"of nobody"},
    {"basic", "HTTP_AUTHORIZATION=Basic c2VzYW1lOg==", "", "{}", "sesame",
	"the user when there is none"},
    {"basic", "HTTP_AUTHORIZATION=Basic eDphOmI=", "", "{}", "a:b",
	"which may have a colon"},
    {"basic", "HTTP_AUTHORIZATION=Basic c2VzYW1l", "", "{}", "",
	"without a colon it is nobody's"},
    {"basic", "HTTP_AUTHORIZATION=Basic !!", "", "{}", "", "nor is this"},
    {"basic", "REDIRECT_HTTP_AUTHORIZATION=Basic eDp5", "", "{}", "y",
	"behind a RewriteRule"},
    {"header:X-API-Key", "HTTP_X_API_KEY=k", "", "{}", "k", "a header"},
    {"query:api-key", NULL, "a=1&api-key=k%20l", "{}", "k l", "the query"},
    {"query:api-key", NULL, "api-key=", "{}", "", "which may be empty"},
    {"query:api-key", NULL, "a=1", "{}", NULL, "or lack it"},
    {"body:/a/k", NULL, "", "{\"a\":{\"k\":\"s\\u0065cret\"}}", "secret",
	"the body"},
    {"body:/a/k", NULL, "", "{\"a\":{\"k\":17}}", "", "where it is a string"},
    {"body:/a/k", NULL, "", "{\"a\":{\"k\":null}}", NULL, "if it has it"},
    {"bearer query:t", NULL, "t=q", "{}", "q", "the first that is there"},
    {"bearer query:t", "HTTP_AUTHORIZATION=Bearer b", "t=q", "{}", "b",
	"counts"},
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct translation *t = calloc(1, sizeof(*t));
		char lines[200], header[100], *env[] = {header, NULL};
		struct request req = {.method = "POST", .env = env};
		struct buf own = {.max = 4096};
		struct dialect *d;
		struct slice token;

		snprintf(lines, sizeof(lines),
		    "token = %s\n[event]\nevent_type = create\n",
		    cases[i].carriers);
		d = dialect_of(lines);
		snprintf(header, sizeof(header), "%s",
		    cases[i].header == NULL ? "X=" : cases[i].header);
		req.query = cases[i].query;
		translate_body(t, d, &req, "", cases[i].body);
		token = carrier_token(&t->scope, &req, &own);
		is_bytes(token.p, token.len, cases[i].want, cases[i].name);
		buf_free(&own);
		buf_free(&req.body);
		translation_free(t);
		free(t);
		dialect_free(d);
	}
	return done_testing();
}
