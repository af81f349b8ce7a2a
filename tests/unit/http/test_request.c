/* SPDX-License-Identifier: ISC */
#include "http/request.h"

#include "base/clock.h"
#include "tap.h"

static struct request req;

/* Read a request of these variables; NULL ends them. */
#define READ(...) read_all((const char *[]){__VA_ARGS__, NULL})

static void
read_all(const char **variables)
{
	static char copies[8][512];
	char *env[9] = {NULL};

	for (int i = 0; i < 8 && variables[i] != NULL; i++) {
		snprintf(copies[i], sizeof(copies[i]), "%s", variables[i]);
		env[i] = copies[i];
	}
	request_read(&req, env);
}

static void
is_slice(struct slice got, const char *want, const char *name)
{
	is_bytes(got.p, got.len, want, name);
}

static void
test_variables(void)
{
	int64_t before = clock_wall_us();

	READ("REQUEST_METHOD=POST", "SCRIPT_NAME=/a", "PATH_INFO=/b",
	    "QUERY_STRING=c=d", "CONTENT_TYPE=application/json",
	    "CONTENT_LENGTH=12", "REMOTE_ADDR=192.0.2.7",
	    "HTTP_CONTENT_ENCODING=gzip");
	is_str(req.method, "POST", "the method");
	is_str(req.script_name, "/a", "the script's name");
	is_str(req.path_info, "/b", "the path behind it");
	is_str(req.query, "c=d", "a query may have an equals sign");
	is_str(req.content_type, "application/json", "the type");
	is_str(req.content_length, "12", "the length");
	is_slice(req.content_encoding, "gzip", "the encoding");
	is_slice(req.remote_addr, "192.0.2.7", "the sender's address");
	ok(req.received_at >= before && req.received_at <= clock_wall_us(),
	    "the time is that of reading it");
	is_slice(req.token, NULL, "a token that was not sent is absent");
	is_slice(req.request_id, NULL, "and so is an id");
}

static void
test_missing(void)
{
	READ("NOTHING_OF_USE", "=", "REQUEST_METHOD_X=GET", "request_method=x",
	    "CONTENT_LENGTH=", "HTTP_CONTENT_LENGTH=7");
	is_str(req.method, "", "no method is an empty one");
	is_str(req.query, "", "no query is an empty one");
	ok(req.script_name == NULL && req.path_info == NULL,
	    "what the server did not say is not known");
	ok(req.content_type == NULL, "nor is the type");
	is_str(req.content_length, NULL, "an empty length is none");
	is_slice(req.content_encoding, NULL, "no encoding is absent");
	READ("PATH_INFO=", "HTTP_PAGERTREE_TOKEN=", "CONTENT_TYPE=");
	is_str(req.path_info, "", "an empty path is not a missing one");
	is_slice(req.token, "", "nor is an empty token");
	is_str(req.content_type, "", "nor an empty type");
}

static void
test_token(void)
{
	READ("HTTP_PAGERTREE_TOKEN=a b=c, d");
	is_slice(req.token, "a b=c, d", "a token is taken as it is");
	ok(!req.token_repeated, "one is one");
	READ("HTTP_PAGERTREE_TOKEN=a", "HTTP_PAGERTREE_TOKEN=a");
	ok(!req.token_repeated, "the same one twice is one");
	READ("HTTP_PAGERTREE_TOKEN=a", "HTTP_PAGERTREE_TOKEN=b");
	ok(req.token_repeated, "two are two");
	READ("HTTP_PAGERTREE_TOKEN=a", "HTTP_PAGERTREE_TOKEN=b",
	    "HTTP_PAGERTREE_TOKEN=b");
	ok(req.token_repeated, "and stay so");
	READ("HTTP_PAGERTREE_TOKEN=", "HTTP_PAGERTREE_TOKEN=b");
	ok(req.token_repeated, "an empty one counts");
	READ("REQUEST_METHOD=POST");
	ok(!req.token_repeated && req.token.p == NULL,
	    "the next request has none of that");
}

static void
test_hops(void)
{
	READ("REQUEST_METHOD=POST");
	is_int(req.hops, 0, "without its header a request came from nobody");
	READ("HTTP_TOCSIN_HOPS=3");
	is_int(req.hops, 3, "with it, through as many as it says");
	READ("HTTP_TOCSIN_HOPS=1, 2");
	is_int(req.hops, -1, "what is no number says nothing");
}

#define CHARS_64                                                               \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What may go into the log of events, and what is dropped. */
static const struct {
	const char *value;
	bool kept;
	const char *name;
} labels[] = {
    {"2001:db8::1%eth0", true, "an address"},
    {"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true, "all that is printed"},
    {CHARS_64 CHARS_64, true, "128 bytes"},
    {CHARS_64 CHARS_64 "x", false, "129 bytes are too many"},
    {"", false, "nothing is none"},
    {"a b", false, "a space is not for a label"},
    {"a\tb", false, "nor is a tab"},
    {"a\nb", false, "nor a new line"},
    {"a\x7f", false, "nor a control character"},
    {"\xc3\xa4", false, "nor what is not ASCII"},
};

static void
test_labels(void)
{
	char id[300], address[300];

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const char *want = labels[i].kept ? labels[i].value : NULL;

		snprintf(id, sizeof(id), "HTTP_X_REQUEST_ID=%s",
		    labels[i].value);
		snprintf(address, sizeof(address), "REMOTE_ADDR=%s",
		    labels[i].value);
		READ(id, address);
		is_slice(req.request_id, want, labels[i].name);
		is_slice(req.remote_addr, want, "the same for an address");
	}
}

/* The memory of one body serves the next. */
static void
test_body(void)
{
	char *before;

	req.body.max = 100;
	buf_puts(&req.body, "a body");
	before = req.body.data;
	READ("REQUEST_METHOD=POST");
	ok(req.body.len == 0 && req.body.max == 100, "the body is empty");
	ok(req.body.data == before, "its memory stays");
	buf_free(&req.body);
}

static void
test_headers(void)
{
	char x[] = "HTTP_X_API_KEY=k=1", other[] = "HTTP_X_API_KEYS=2";
	char old[] = "REDIRECT_HTTP_AUTHORIZATION=Basic b2xk";
	char new[] = "HTTP_AUTHORIZATION=Bearer new", bare[] = "X_API_KEY=3";
	char *all[] = {bare, other, x, old, NULL, NULL};

	request_read(&req, all);
	is_slice(request_header(&req, SLICE("x-api-key")), "k=1",
	    "any header is found by its name");
	is_slice(request_header(&req, SLICE("x-api")), NULL,
	    "a shorter one is another");
	is_slice(request_header(&req, SLICE("authorization")), "Basic b2xk",
	    "a RewriteRule renames it");
	all[4] = new;
	request_read(&req, all);
	is_slice(request_header(&req, SLICE("authorization")), "Bearer new",
	    "what has its own name goes first");
	req.env = NULL;
	is_slice(request_header(&req, SLICE("x-api-key")), NULL,
	    "no variables, no headers");
}

/* What tocsin.cgi hands on. */
static void
test_identity(void)
{
	struct identity first = {.received_at = 5, .deadline = clock_ms() + 9},
			second = {.received_at = 6};
	char one[IDENTITY_TEXT_BYTES + 20], two[IDENTITY_TEXT_BYTES + 20];

	snprintf(one, sizeof(one), "%s=", IDENTITY_NAME);
	identity_format(&first, one + strlen(one));
	snprintf(two, sizeof(two), "%s=", IDENTITY_NAME);
	identity_format(&second, two + strlen(two));
	READ(one, two);
	ok(req.has_identity, "an identity is read");
	is_int(req.identity.received_at, 5, "the first one");
	is_int(request_deadline(&req, 2000), first.deadline,
	    "its deadline holds");
	ok(request_deadline(&req, 1) < first.deadline,
	    "where it is not later than that of the configuration");
	READ("HTTP_DOOR_IDENTITY=1", IDENTITY_NAME "=1", IDENTITY_NAME "=");
	ok(!req.has_identity, "what is none is none, and no header is one");
	ok(request_deadline(&req, 2000) > clock_ms() + 1000,
	    "then the configuration decides");
}

static void
test_encoding(void)
{
	static const char *const plain[] = {"", "identity", "Identity",
	    "identity, identity", " ,identity\t,"};

	ok(request_encoding((struct slice){NULL, 0}).p == NULL,
	    "without a Content-Encoding a body is plain");
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		ok(request_encoding(slice_of(plain[i])).p == NULL,
		    "and so it is with identity alone");
	is_slice(request_encoding(SLICE("identity,\tgzip, br")), "gzip",
	    "the first that encodes is named");
}

int
main(void)
{
	test_headers();
	test_identity();
	test_variables();
	test_missing();
	test_token();
	test_hops();
	test_labels();
	test_body();
	test_encoding();
	return done_testing();
}
