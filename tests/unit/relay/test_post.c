/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "relay/http_sink.h"
#include "relay/post.h"
#include "tap.h"

static char empty[] = "", loopback[] = "127.0.0.0/8",
	    metadata[] = "169.254.0.0/16", ca[] = "/tmp/ca.XXXXXX";
static struct conf conf = {.relay_allow = loopback,
    .relay_proxy = empty,
    .relay_ca = empty};
static struct sink plain;
static char why[JOB_WHY_BYTES];
static int timeout_ms = 20000;

/* Begin a request.  Returns as post_send() does. */
static int
send_to(struct post *p, const char *url, const char *body, const char *pin,
    void *owner)
{
	struct webhook w = {.url.max = 8192,
	    .headers.max = 8192,
	    .body.max = 1 << 20,
	    .mask.hidden.max = 8192};
	int rc;

	buf_puts(&w.url, url);
	mask_add_url(&w.mask, slice_of(url));
	buf_append(&w.url, "", 1);
	buf_append(&w.headers, "x-one: 1\0content-type: text/x\0x-none;", 37);
	buf_append(&w.headers, "", 1);
	buf_puts(&w.body, body);
	rc = post_send(p, &w, pin, timeout_ms, owner, why);
	webhook_free(&w);
	return rc;
}

/* Send one request and wait for what becomes of it. */
static struct post_result
ask(const char *url, const char *body, const char *pin)
{
	struct post_result r = {.status = -1};
	struct post *p = post_open(&conf, false, why);
	int64_t deadline = clock_ms() + 60000;

	if (p == NULL || send_to(p, url, body, pin, &r) == -1) {
		snprintf(r.error, sizeof(r.error), "%s", why);
	} else {
		while (!post_next(p, &r) && clock_ms() < deadline)
			post_wait(p, NULL, 0, 100);
		ok(r.owner == &r && post_flying(p) == 0, url);
	}
	if (p != NULL)
		post_close(p);
	return r;
}

static const char *
at(const char *path)
{
	static char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", plain.port, path);
	return url;
}

static void
check_answers(void)
{
	static const struct {
		const char *path;
		int status, retry_after;
		const char *error, *excerpt;
	} answers[] = {
	    {"/200", 200, -1, "", "ok"},
	    {"/204", 204, -1, "", ""},
	    {"/302", 302, -1,
		"redirects to 169.254.169.254, which is not followed", ""},
	    {"/400", 400, -1, "", "invalid_fields"},
	    {"/410", 410, -1, "", ""},
	    {"/429-seconds", 429, 7, "", ""},
	    {"/429-json", 429, 3, "", "{\"retry_after\": 2.5}"},
	    {"/503-date", 503, 86400, "", ""},
	    {"/503", 503, -1, "", ""},
	    {"/sEcReT-in-the-path", 500, -1, "", "no such hook: ***"},
	    {"/half", 0, -1, NULL, ""},
	    {"/nothing", 0, -1, NULL, ""},
	    {"/rubbish", 0, -1, NULL, ""},
	};
	struct post_result r;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		r = ask(at(answers[i].path), "{}", NULL);
		is_int(r.status, answers[i].status, "the status is told");
		is_int(r.retry_after, answers[i].retry_after,
		    "and when to come again");
		if (answers[i].error == NULL)
			ok(r.error[0] != '\0', "and that there was an error");
		else
			is_str(r.error, answers[i].error, "and no error");
		is_str(r.excerpt, answers[i].excerpt, "and the answer");
	}
	timeout_ms = 300;
	r = ask(at("/drip"), "{}", NULL);
	is_int(r.status, 0, "an answer without end counts as none");
	ok(r.took_ms >= 250 && r.error[0] != '\0', "after its time");
	r = ask(at("/silent"), "{}", NULL);
	ok(r.status == 0 && r.took_ms >= 250, "so does one without beginning");
	timeout_ms = 20000;
	r = ask(at("/big"), "{}", NULL);
	is_int(r.status, 200,
	    "of an answer that is too long the status counts");
	is_int((long)strlen(r.excerpt), POST_EXCERPT_BYTES - 1,
	    "and its beginning is kept");
}

/* A receiver that sends heads without end gets nothing but its time. */
static void
check_floods(void)
{
	static const char *const floods[] = {"/1xx", "/headers", "/trailers"};
	struct rusage before, after;
	struct post_result r;

	timeout_ms = 2000;
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		getrusage(RUSAGE_SELF, &before);
		r = ask(at(floods[i]), "{}", NULL);
		getrusage(RUSAGE_SELF, &after);
		printf("# status %d, %d ms, %ld KiB: %s\n", r.status, r.took_ms,
		    after.ru_maxrss - before.ru_maxrss, r.error);
		ok(r.took_ms < 4000, "a flood ends in time");
		ok(after.ru_maxrss - before.ru_maxrss < 8 * 1024,
		    "and takes no memory");
	}
	timeout_ms = 20000;
}

static void
check_request(void)
{
	static char body[200 * 1024 + 1];
	struct post_result r;
	const char *sent;

	memset(body, 'y', sizeof(body) - 1);
	r = ask(at("/200"), body, NULL);
	is_int(r.status, 200, "a body of 200 KiB is taken");
	sent = strstr(plain.request, "\r\n\r\n");
	ok(sent != NULL && strcmp(sent + 4, body) == 0, "byte by byte");
	ok(strncmp(plain.request, "POST /200 HTTP/1.1\r\n", 20) == 0,
	    "it is a POST");
	ok(strstr(plain.request,
	       "\r\nx-one: 1\r\ncontent-type: text/x\r\n"
	       "x-none:\r\n") != NULL,
	    "with the headers as they were given");
	ok(strstr(plain.request, "\r\nUser-Agent: tocsin/" VERSION "\r\n") !=
		NULL,
	    "and our name");
	ok(strcasestr(plain.request, "\r\nExpect:") == NULL &&
		strcasestr(plain.request, "\r\nAccept-Encoding:") == NULL,
	    "and asks for nothing special");
	ask(at("/200"), "", NULL);
	ok(strncmp(plain.request, "GET /200 HTTP/1.1\r\n", 19) == 0,
	    "without a body it is a GET");
}

static const struct {
	const char *url, *error;
} refused[] = {
    {"file:///etc/passwd", "the address is neither https:// nor http://"},
    {"gopher://127.0.0.1/",
	"the address is neither https:// nor "
	"http://"},
    {"127.0.0.1", "the address is not a URL, or contains a user"},
    {"http://u:p@127.0.0.1/", "the address is not a URL, or contains a user"},
    {"https://10.1.2.3/",
	"10.1.2.3 is private: it needs relay_allow = 10.1.2.3 in the "
	"configuration"},
    {"https://[::ffff:10.1.2.3]/",
	"10.1.2.3 is private: it needs relay_allow = 10.1.2.3 in the "
	"configuration"},
    {"https://167838211/",
	"10.1.2.3 is private: it needs relay_allow "
	"= 10.1.2.3 in the configuration"},
    {"https://0x0a.0x010203/",
	"10.1.2.3 is private: it needs relay_allow = 10.1.2.3 in the "
	"configuration"},
    {"https://012.1.2.3/",
	"10.1.2.3 is private: it needs relay_allow "
	"= 10.1.2.3 in the configuration"},
    {"http://169.254.169.254/latest",
	"169.254.169.254 is link-local, multicast or reserved: it needs "
	"relay_allow = 169.254.169.254 in the configuration"},
    {"http://[64:ff9b::a9fe:a9fe]/",
	"169.254.169.254 is link-local, multicast or reserved: it needs "
	"relay_allow = 169.254.169.254 in the configuration"},
    {"http://192.0.2.1/",
	"http:// to a public address: it needs relay_plain_http = yes "
	"in the configuration, or better https://"},
};

/* What is refused before a byte is sent. */
static void
check_refusals(void)
{
	int before = atomic_load(&plain.requests);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		is_str(ask(refused[i].url, "{}", NULL).error, refused[i].error,
		    "is refused, and why");
	is_int(atomic_load(&plain.requests), before, "nobody was asked");
}

/* What the configuration decides. */
static void
check_settings(void)
{
	int before = atomic_load(&plain.requests);

	conf.relay_allow = empty;
	is_str(ask(at("/200"), "{}", NULL).error,
	    "127.0.0.1 is private: it needs relay_allow = 127.0.0.1 in the "
	    "configuration",
	    "what nobody allows is refused, and what would allow it is told");
	conf.relay_allow = metadata;
	ok(strstr(ask(at("/200"), "{}", NULL).error, "127.0.0.1 is private") !=
		NULL,
	    "another range that is allowed does not help");
	conf.relay_allow = (char[]){"10.1.2.3/8"};
	is_str(ask(at("/200"), "{}", NULL).error,
	    "relay_allow: \"10.1.2.3/8\": has bits after its prefix",
	    "a relay_allow that cannot be read allows nothing");
	conf.relay_allow = loopback;
	is_int(atomic_load(&plain.requests), before, "nobody was asked");
}

/* The environment of a CGI program has what a sender wrote. */
static void
check_environment(void)
{
	struct post_result r;

	setenv("http_proxy", "http://127.0.0.2:1", 1);
	setenv("HTTPS_PROXY", "http://127.0.0.2:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.2:1", 1);
	r = ask(at("/200"), "{}", NULL);
	is_int(r.status, 200, "a proxy of the environment is not used");
	conf.relay_proxy = (char[]){"http://127.0.0.2:1"};
	setenv("no_proxy", "*", 1);
	conf.relay_plain_http = true;
	r = ask(at("/200"), "{}", NULL);
	is_int(r.status, 0, "that of the configuration is, in any case");
	conf.relay_plain_http = false;
	is_str(ask(at("/200"), "{}", NULL).error,
	    "http:// needs relay_plain_http = yes in the configuration",
	    "but not for http:// that is not allowed");
	conf.relay_proxy = empty;
}

static void
check_many(void)
{
	struct post *p = post_open(&conf, true, why);
	int owners[20], got = 0, before = atomic_load(&plain.requests);
	int64_t deadline = clock_ms() + 60000;
	struct post_result r;
	int pipe_fds[2];
	struct pollfd fd = {.events = POLLIN};

	for (int i = 0; i < 20; i++)
		send_to(p, at("/200"), "{}", NULL, &owners[i]);
	is_int((long)post_flying(p), 20, "twenty fly");
	while (got < 20 && clock_ms() < deadline) {
		post_wait(p, NULL, 0, 100);
		while (post_next(p, &r))
			got += r.status == 200;
	}
	is_int(got, 20, "and arrive");
	is_int(atomic_load(&plain.requests) - before, 20, "once each");
	if (pipe(pipe_fds) == -1 || write(pipe_fds[1], "x", 1) != 1)
		abort();
	fd.fd = pipe_fds[0];
	post_wait(p, &fd, 1, 5000);
	is_int(fd.revents, POLLIN, "another descriptor is watched");
	send_to(p, at("/silent"), "{}", NULL, owners);
	post_close(p);
	ok(true, "what flies can be dropped");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

/* Make a certificate for an address, valid from and to days from now. */
static SSL_CTX *
certificate(const char *san, int to, char pin[64])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	X509 *x = X509_new();
	X509_EXTENSION *names =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	unsigned char *der = NULL, sum[32];
	int len = i2d_PUBKEY(key, &der);
	FILE *f = fopen(ca, "w");

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -30 * 86400L);
	X509_gmtime_adj(X509_getm_notAfter(x), to * 86400L);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)"sink", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_version(x, 2);
	X509_set_pubkey(x, key);
	X509_add_ext(x, names, -1);
	X509_sign(x, key, EVP_sha256());
	SSL_CTX_use_certificate(tls, x);
	SSL_CTX_use_PrivateKey(tls, key);
	EVP_Digest(der, (size_t)len, sum, NULL, EVP_sha256(), NULL);
	memcpy(pin, "sha256//", 9);
	EVP_EncodeBlock((unsigned char *)pin + 8, sum, sizeof(sum));
	if (f == NULL || PEM_write_X509(f, x) != 1 || fclose(f) == EOF)
		abort();
	X509_EXTENSION_free(names);
	X509_free(x);
	EVP_PKEY_free(key);
	OPENSSL_free(der);
	return tls;
}

static void
check_tls(void)
{
	static const struct {
		const char *san;
		int to;
		bool trusted, pinned, wrong_pin;
		int status;
		const char *name;
	} cases[] = {
	    {"IP:127.0.0.1", 1, true, false, false, 200,
		"a certificate of relay_ca is trusted"},
	    {"IP:127.0.0.1", 1, false, false, false, 0,
		"any other that nobody signed is not"},
	    {"IP:127.0.0.1", -1, true, false, false, 0, "nor an expired one"},
	    {"IP:127.0.0.2", 1, true, false, false, 0,
		"nor one of another server"},
	    {"IP:127.0.0.1", 1, true, true, false, 200,
		"a pin that fits is accepted"},
	    {"IP:127.0.0.1", 1, true, true, true, 0,
		"one that does not is refused"},
	    {"IP:127.0.0.1", 1, false, true, false, 0,
		"a pin does not stand in for a signature"},
	};
	struct sink tls;
	char pin[64], url[64];
	struct post_result r;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&tls, 0, sizeof(tls));
		sink_start(&tls, certificate(cases[i].san, cases[i].to, pin));
		conf.relay_ca = cases[i].trusted ? ca : empty;
		pin[20] ^= cases[i].wrong_pin ? 3 : 0;
		snprintf(url, sizeof(url), "https://127.0.0.1:%d/200",
		    tls.port);
		r = ask(url, "{}", cases[i].pinned ? pin : NULL);
		is_int(r.status, cases[i].status, cases[i].name);
		is_int(atomic_load(&tls.requests), cases[i].status == 200,
		    "and sees the request, or not");
		ok((r.error[0] == '\0') == (cases[i].status == 200),
		    "an error is told");
		sink_stop(&tls);
	}
	conf.relay_ca = empty;
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (mkstemp(ca) == -1)
		abort();
	sink_start(&plain, NULL);
	check_answers();
	check_floods();
	check_request();
	check_refusals();
	check_settings();
	check_many();
	check_tls();
	check_environment();
	sink_stop(&plain);
	unlink(ca);
	return done_testing();
}
