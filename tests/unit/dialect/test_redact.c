/* SPDX-License-Identifier: ISC */
#include "dialect/redact.h"

#include "dialect/builtin.h"
#include "dialect/carrier.h"
#include "dialect_fixture.h"

#define STARS "************"

/* Single quotes stand for double ones; the token is tokentoken12. */
static const struct {
	const char *carriers; /* NULL: the dialect is not known */
	const char *body, *want; /* NULL: as it was */
	const char *name;
} bodies[] = {
    {"body:/k", "{'k':'tokentoken12','a':'b'}", "{'k':'" STARS "','a':'b'}",
	"a member is overwritten"},
    {"body:/a/k", "{'a':{'k':'tokentoken12'}}", "{'a':{'k':'" STARS "'}}",
	"a deep one"},
    {"body:/k", "{'k':'t\\u006fkentoken12'}", "{'k':'*****************'}",
	"with escapes"},
    {"body:/k", "{'\\u006b':'t\\u006fkentoken12'}",
	"{'\\u006b':'*****************'}", "or a name with some"},
    {"body:/k", "{'k':'other','k':'tokentoken12'}",
	"{'k':'*****','k':'" STARS "'}", "and others of the name"},
    {"body:/k", "{'k':'a\\\\\\'b,','x':'}'}", "{'k':'*******','x':'}'}",
	"up to the right quote"},
    {"body:/k", "{'k':'tokentoken12','title':'tokentoken12 at x'}",
	"{'k':'" STARS "','title':'" STARS " at x'}", "and where it is copied"},
    {"body:/k", "{'desk':'a','k2':'b','k':'tokentoken12'}",
	"{'desk':'a','k2':'b','k':'" STARS "'}", "but no other name"},
    {"body:/k", "{'k':12,'a':{'k':null},'b':{'k':{'k':'x'}}}",
	"{'k':11,'a':{'k':null},'b':{'k':{'k':'*'}}}", "it stays JSON"},
    {"body:/k", "{'k':'tokentoken12',}", "{'k':'" STARS "',}",
	"in what is no JSON"},
    {"body:/k", "{k: tokentoken12, 'a'", "{k: 111111111111, 'a'",
	"or hardly any"},
    {"body:/k", "{'k':'unfinished", "{'k':'**********", "or cut short"},
    {"body:/k", "k=tokentoken12&a=b", "k=" STARS "&a=b", "or a form"},
    {NULL, "--b\r\nx: y; name='routing_key'\r\n\r\nabc\r\n--b--",
	"--b\r\nx: y; name='routing_key'\r\n\r\n***\r\n--b--",
	"or a form in parts"},
    {"body:/k", "{'m':'{\\'k\\':\\'tokentoken12\\'}'}",
	"{'m':'{\\'k\\':\\'" STARS "\\'}'}", "or JSON in a string"},
    {"bearer", "{'a':'tokentoken12','routing_key':'abc'}",
	"{'a':'" STARS "','routing_key':'***'}", "whatever the dialect"},
    {NULL, "{'service_key' : 'abc','a':'b'}", "{'service_key' : '***','a':'b'}",
	"known or not"},
    {NULL, "{'a':'routing_key'}", NULL, "what is no name stays"},
    {NULL, "", NULL, "as does nothing"},
    {NULL, "a tokentoken12 or tokentoke", "a " STARS " or *********",
	"where it is cut the token may be, too"},
    {NULL, "tokent", NULL, "but not a little of it"},
};

static struct translation *t;

static struct dialect *
begin(const char *carriers, const char *body, struct request *req)
{
	char lines[200];
	struct dialect *d;

	snprintf(lines, sizeof(lines),
	    "token = %s\n[event]\nwhen = header/x-a has\nwhen = header/x-b "
	    "has\nevent_type = create\n",
	    carriers);
	d = dialect_of(lines);
	translate_body(t, d, req, "", body);
	return d;
}

static void
test_bodies(void)
{
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const char *text =
		    bodies[i].want == NULL ? bodies[i].body : bodies[i].want;
		char *body = with_quotes(bodies[i].body), *to = strdup(body);
		char *want = with_quotes(text);
		bool known = bodies[i].carriers != NULL;
		struct request req = {.method = "POST", .query = ""};
		struct dialect *d =
		    begin(known ? bodies[i].carriers : "bearer", body, &req);
		struct slice from = {req.body.data, req.body.len};

		ok(redact_body(known ? &t->scope : NULL, from, to,
		       SLICE("tokentoken12")),
		    "it can be kept");
		is_str(to, want, bodies[i].name);
		free(body);
		free(want);
		free(to);
		buf_free(&req.body);
		dialect_free(d);
	}
}

/* A token that is short, and in a document that is not the body. */
static void
test_lost(void)
{
	struct request req = {.method = "POST", .query = ""};
	struct dialect *d = begin("body:/k", "{\"k\":\"tok\"}", &req);
	char other[] = "%6b=tok";

	ok(!redact_body(&t->scope, SLICE("%6b=tok"), other, SLICE("tok")),
	    "what cannot be found must not be kept");
	buf_free(&req.body);
	dialect_free(d);
}

static void
test_query(void)
{
	static char x_a[] = "HTTP_X_A=1", x_c[] = "HTTP_X_C=2";
	static char x_b[] = "HTTP_X_B=has tokentoken12";
	static char authorization[] = "HTTP_AUTHORIZATION=Bearer x";
	char *env[] = {x_a, x_b, x_c, authorization, NULL};
	struct request req = {.method = "POST", .query = "", .env = env};
	struct dialect *d = begin("query:k bearer", "{}", &req);
	struct buf b = {.max = 4096};

	redact_query(d, "a=1&k=x&K=y&token=z&&b=tokentoken12&c", SLICE(""), &b);
	is_bytes(b.data, b.len, "a=1&b=tokentoken12&c",
	    "a query loses what is named as a token");
	buf_reset(&b);
	redact_query(d, "a=1&b=tokentoken12&c", SLICE("tokentoken12"), &b);
	is_bytes(b.data, b.len, "a=1&c", "and what has it");
	buf_reset(&b);
	redact_query(NULL, "a=1", SLICE(""), &b);
	is_int((long long)b.len, 0, "all, where nobody knows");
	redact_headers(d, &req, SLICE("tokentoken12"), &b);
	is_bytes(b.data, b.len, "header: x-a: 1\n",
	    "headers are kept that are looked at, but not the token");
	buf_free(&b);
	buf_free(&req.body);
	dialect_free(d);
}

/* The names of carriers are known, whatever dialect a request has. */
static void
test_builtins(void)
{
	char error[DIALECT_ERROR_BYTES], text[200], copy[200];
	struct dialect *x = dialect_of("[event]\nevent_type = create\n");
	struct buf b = {.max = 4096};

	for (const struct builtin *f = builtins; f->name != NULL; f++) {
		struct dialect *d = dialect_read(slice_of(f->name),
		    (const char *)f->text, f->len, error);

		for (size_t i = 0; i < d->n_carriers; i++) {
			struct slice name = d->carriers[i].name;

			if (d->carriers[i].kind == CARRIER_BODY)
				name = d->nodes[d->carriers[i].node].name;
			snprintf(text, sizeof(text), "%.*s=SECRET",
			    (int)name.len, name.p);
			memcpy(copy, text, sizeof(copy));
			buf_reset(&b);
			if (d->carriers[i].kind == CARRIER_BODY) {
				redact_body(NULL, slice_of(text), copy,
				    SLICE(""));
				ok(strstr(copy, "SECRET") == NULL, f->name);
			} else if (d->carriers[i].kind == CARRIER_QUERY) {
				redact_query(x, text, SLICE(""), &b);
				is_int((long long)b.len, 0, f->name);
			}
		}
		dialect_free(d);
	}
	buf_free(&b);
	dialect_free(x);
}

int
main(void)
{
	t = calloc(1, sizeof(*t));
	test_bodies();
	test_lost();
	test_query();
	test_builtins();
	translation_free(t);
	free(t);
	return done_testing();
}
